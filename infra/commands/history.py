"""`huying history`: the events of a case's history in Temporal, and what each is for."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

from infra import connections
from infra.commands.failures import CommandError
from infra.commands.surroundings import surroundings
from infra.settings import Settings
from models.queries import db
from workflows.contracts import workflow_id
from workflows.purposes import Line, counts, lines

PLAIN = """
SELECT i.id, i.code FROM issues i
WHERE CASE WHEN $1::text IS NULL THEN i.level = 'GENERAL' AND i.stage = 'FILED' AND NOT EXISTS (
        SELECT 1 FROM timeline_entries e WHERE e.issue_id = i.id AND e.kind IN
            ('REMINDED', 'BREACHED', 'ESCALATED', 'REWORK', 'RETURNED', 'EXTENSION_ASKED', 'EXTENDED',
             'SUSPENDED', 'HANDED_OVER', 'REGRADED', 'REOPENED', 'JOINED', 'SPLIT', 'PROGRESS'))
    ELSE i.code = $1 END
ORDER BY i.closed_at DESC NULLS LAST LIMIT 1
"""
"""The issue of a code; without one, the last GENERAL one that was filed without incident."""


def run(case: str | None, *, as_json: bool) -> None:
    """Prints the history. Raises CommandError where there is no such case."""
    code, read = asyncio.run(_read(surroundings(), case))
    total = counts(read)
    if as_json:
        print(
            json.dumps(
                {"case": code, "events": len(read), "purposes": total, "history": [*map(asdict, read)]}
            )
        )
        return
    for line in read:
        print(f"{line.number:5}  {line.event:42} {line.purpose}{': ' + line.detail if line.detail else ''}")
    print(f"\n{code}: {len(read)} events")
    for purpose, count in total.items():
        print(f"{count:5}  {purpose}")


async def _read(settings: Settings, case: str | None) -> tuple[str, list[Line]]:
    async with connections.database(settings):
        found = await db.row(PLAIN, case)
        if found is None:
            wanted = (
                f"no issue {case}" if case else "no GENERAL issue filed without incident; try huying demo"
            )
            raise CommandError(wanted)
        client = await connections.temporal(settings)
        history = await client.get_workflow_handle(workflow_id(str(found["id"]))).fetch_history()
        return found["code"], lines(history.events)
