"""`huying evidence`: whether database and store agree, and making them agree again."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

from infra import connections
from infra.commands.database import ensure_current
from infra.commands.failures import CommandError
from infra.commands.surroundings import surroundings
from infra.settings import Settings
from models.policy.evidence.keeping import ORPHAN_AFTER
from models.terms import derived_id
from storage.evidence import StoreError
from workflows.activities.sweeping import Report, Sweeping


def check(as_json: bool) -> None:
    """Reads every object and changes nothing; raises CommandError where something is wrong."""
    _tell(asyncio.run(_swept(surroundings(), full=True, act=False)), as_json)


def sweep(full: bool, after: float, as_json: bool) -> None:
    """Does now what the schedule does at night; raises CommandError where something is wrong."""
    _tell(asyncio.run(_swept(surroundings(), full=full, act=True, grace=timedelta(minutes=after))), as_json)


async def _swept(settings: Settings, full: bool, act: bool, grace: timedelta = ORPHAN_AFTER) -> Report:
    async with connections.database(settings), connections.pictures(settings) as (store, _):
        await ensure_current()
        now = datetime.now(UTC)
        sweeping = Sweeping(store, lambda: datetime.now(UTC), grace)
        try:
            return await sweeping.run(derived_id("sweep", "command", now.isoformat()), full, act)
        except StoreError as fault:
            raise CommandError(f"{fault}; see `huying doctor`") from fault


def _tell(report: Report, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"figures": report.figures, "faults": report.faults}, indent=1))
    else:
        for name, count in report.figures.items():
            print(f"{name:14} {count:>9,}")
        for fault in report.faults:
            print(f"{fault['fault']}: {fault['key'] or 'an object without a record'} of {fault['photos']}")
    wrong = report.figures["missing"] + report.figures["wrong"]
    if wrong:
        raise CommandError(f"{wrong} photos are not in the store as they were accepted")
