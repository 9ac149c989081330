"""The sweep: database and store are made to agree again, and every object is looked for that a photo names.

May run twice, and be ended anywhere: whatever is deleted is on record first, or needed by nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from temporalio import activity

from models.policy.evidence.keeping import INCOMING, KEPT, ORPHAN_AFTER, orphan
from models.queries import keeping
from models.terms import derived_id
from storage.evidence import EvidenceStore, NoSuchObjectError, ObjectListed
from workflows.activities.alive import alive
from workflows.sweep import SWEEP_EVIDENCE, SweepOrder

PAGE = 500
MOST_FAULTS = 100

log = structlog.get_logger()


FIGURES = (
    "objects", "read", "missing", "wrong", "orphans", "orphanUploads", "unclaimed", "abandoned", "decided",
    "deleted", "shared",
)  # fmt: skip


@dataclass
class Report:
    """What a sweep found and did. `faults` are the first rows whose object is not as it should be."""

    figures: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIGURES, 0))
    faults: list[dict[str, str]] = field(default_factory=list)

    def add(self, name: str, count: int = 1) -> None:
        self.figures[name] += count

    def fault(self, name: str, key: str, photos: list[UUID]) -> None:
        self.add(name)
        if len(self.faults) < MOST_FAULTS:
            self.faults.append({"fault": name, "key": key, "photos": " ".join(map(str, photos))})


class Sweeping:
    """What sweeps share."""

    def __init__(
        self, store: EvidenceStore, clock: Callable[[], datetime], grace: timedelta = ORPHAN_AFTER
    ) -> None:
        """`grace`: how long something must have lain there unneeded. Less costs an acceptance that is under
        way another try, and nothing else."""
        self._store = store
        self._clock = clock
        self._grace = grace

    @activity.defn(name=SWEEP_EVIDENCE)
    async def sweep(self, order: SweepOrder) -> dict[str, int]:
        """A whole sweep, reported under the id of its workflow's run."""
        info = activity.info()
        async with alive():
            report = await self.run(derived_id("sweep", info.workflow_run_id or ""), order.full)
        log.info("evidence swept", full=order.full, **report.figures)
        return report.figures

    async def run(self, sweep: UUID, full: bool, act: bool = True) -> Report:
        """Everything in turn; with `act` False nothing is deleted or changed, and nothing put on record."""
        report = Report()
        if act:
            await keeping.begin(sweep, full, self._clock())
            report.add("abandoned", await keeping.abandon(self._clock()))
            report.add("decided", await keeping.decide_deletions(self._clock()))
            await self._delete(report)
            await self._unclaim(report)
        await self._uploads(report, act)
        await self._strangers(report, act)
        await self._compare(report, full)
        if act:
            await keeping.end(sweep, report.figures, report.faults, self._clock())
        return report

    async def _delete(self, report: Report) -> None:
        """Carries out what is on record, and sees that the store has none of it."""
        while found := await keeping.undone():
            for one in found:
                shared = [key for key in one.keys if not await self._take_away(key, self._clock())]
                await keeping.done(one.id, shared, self._clock())
                report.add("deleted")
                report.add("shared", len(shared))

    async def _unclaim(self, report: Report) -> None:
        """Objects that were claimed by an acceptance that never came to its end."""
        while found := await keeping.unneeded(self._clock() - self._grace):
            taken = 0
            for key in found:
                taken += await self._take_away(key, self._clock() - self._grace)
            report.add("unclaimed", taken)
            if not taken:
                return

    async def _take_away(self, key: str, claimed_before: datetime) -> bool:
        """Deletes an object nothing needs, and sees that it is gone; False where something needs it."""
        async with keeping.taking_away(key, claimed_before) as free:
            if not free:
                return False
            await self._store.delete(key)
            if await self._store.stat(key) is not None:
                raise RuntimeError(f"the store still has {key} after deleting it")
        return True

    async def _uploads(self, report: Report, act: bool) -> None:
        """Uploads whose photo is settled: another copy sent later, or the last step of one that died."""
        async for page in self._pages(INCOMING):
            waiting = dict.fromkeys(await keeping.awaited([one.key for one in page]), True)
            for one in page:
                if orphan(one.key, one.changed_at, waiting, False, self._clock(), self._grace):
                    report.add("orphanUploads")
                    if act:
                        await self._store.delete(one.key)

    async def _strangers(self, report: Report, act: bool) -> None:
        """Kept objects that are not even claimed: what an older copy of the database would leave."""
        for prefix in KEPT:
            async for page in self._pages(prefix):
                report.add("objects", len(page))
                claimed = await keeping.on_record([one.key for one in page])
                for one in page:
                    if orphan(one.key, one.changed_at, {}, one.key in claimed, self._clock(), self._grace):
                        report.add("orphans")
                        if act:
                            await self._take_away(one.key, self._clock() - self._grace)

    async def _compare(self, report: Report, full: bool) -> None:
        """Whether every object that a photo names is there with its size; if `full`, with its hash."""
        after = ""
        for row in await keeping.nameless():
            report.fault("missing", "", [row["id"]])
        while rows := await keeping.known(after, PAGE):
            there = await self._there(rows[0]["key"], rows[-1]["key"])
            for row in rows:
                found = there.get(row["key"])
                if found is None:
                    report.fault("missing", row["key"], await keeping.photos_of(row["key"]))
                elif found.size != row["size"] or (full and not await self._right(row, report)):
                    report.fault("wrong", row["key"], await keeping.photos_of(row["key"]))
            after = rows[-1]["key"]

    async def _right(self, row: dict[str, str], report: Report) -> bool:
        report.add("read")
        try:
            return (await self._store.sha256_of(row["key"])).sha256 == row["sha256"]
        except NoSuchObjectError:
            return False

    async def _there(self, first: str, last: str) -> dict[str, ObjectListed]:
        """What the store has from `first` to `last`."""
        found: dict[str, ObjectListed] = {}
        after = first[:-1]  # what sorts behind it begins with, or comes before, `first`
        for prefix in KEPT:
            at = after if after.startswith(prefix) else ""
            if at == "" and not (first < prefix <= last or first.startswith(prefix)):
                continue
            async for page in self._pages(prefix, at):
                found |= {one.key: one for one in page if first <= one.key <= last}
                if page[-1].key >= last:
                    break
        return found

    async def _pages(self, prefix: str, after: str = "") -> AsyncIterator[list[ObjectListed]]:
        while page := await self._store.listed(prefix, after=after, limit=PAGE):
            yield page
            after = page[-1].key
