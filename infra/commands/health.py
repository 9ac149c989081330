"""`huying doctor`: what was looked at, what is wrong, and what mends it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from infra import connections
from infra.commands.database import lacking
from infra.commands.failures import CommandError
from infra.commands.surroundings import surroundings
from infra.doctor import Finding, diagnose
from infra.settings import Settings
from workflows.contracts import SEARCH_ATTRIBUTES


def doctor(as_json: bool) -> None:
    """Prints every finding; raises CommandError where something is wrong."""
    found = asyncio.run(diagnose(surroundings(), search_attributes=SEARCH_ATTRIBUTES, migrations=_migrations))
    if as_json:
        print(json.dumps({"findings": [asdict(one) for one in found]}, ensure_ascii=False, indent=1))
    else:
        Console().print(_table(found))
    wrong = [one.name for one in found if not one.ok]
    if wrong:
        raise CommandError(f"not well: {', '.join(wrong)}")


async def _migrations(settings: Settings) -> str | None:
    async with connections.database(settings):
        return await lacking()


def _table(found: list[Finding]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("", "Looked at", "Found", "What mends it"):
        table.add_column(column, overflow="fold")
    for one in found:
        table.add_row("[green]✓[/]" if one.ok else "[red]✗[/]", one.name, one.detail, one.mend)
    return table
