"""A case on the real server, with policy and its reference beside it: driven alike, compared everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import WorkflowUpdateFailedError

from models.policy import orders
from models.policy.calling import CallingCase
from models.queries import db
from models.rulebooks.geography import department_id
from models.terms import Command, Level, ReportSource, UnitKind
from tests.models.comparing import Pair
from tests.models.moves import OUTSIDE, Move, Seeded, World, order_for, suggest
from tests.models.reference import Report
from tests.models.reference_clock import MINUTE, Minutes, Unit
from tests.models.reference_end import WholeReference
from tests.workflows.bench import Bench
from tests.workflows.ground import CALENDAR, TODAY, arguments, issue_on_record
from workflows.contracts import update_name

TIME = Minutes((TODAY - timedelta(days=1)).date(), CALENDAR.off, CALENDAR.on, CALENDAR.weekdays)
MARGIN = 2 * MINUTE
"""Orders keep away from every instant at which something changes: a real server takes its time."""
TIMER_MAY_DIFFER = 1_100_000
"""Microseconds: Temporal's timers count from the task that set them, in whole milliseconds."""
SECOND = 1_000_000

Ask = Callable[[str, UUID], Awaitable[dict[str, Any]]]
"""GraphQL: the answer to a question about an issue."""
QUESTION = """
query($id: ID!) { issue(id: $id) { stage level dueAt duties { key status dueAt yellowAt told } } }
"""


async def world(street: str) -> World:
    communities = await db.rows("SELECT id FROM communities WHERE street_id = $1 ORDER BY id LIMIT 2", street)
    district = await db.value("SELECT district_id FROM streets WHERE id = $1", UUID(street))
    people = await db.rows("SELECT id FROM people ORDER BY id LIMIT 3")
    names = ("lighting", "parks", "water", "police")
    return World(
        departments=[(UnitKind.DEPARTMENT, str(department_id("jinjiang", name))) for name in names],
        teams=[(UnitKind.COMMUNITY, str(row["id"])) for row in communities] + [(UnitKind.STREET, street)],
        persons=[str(row["id"]) for row in people],
        origins=["another"],
        office=(UnitKind.OFFICE, str(district)),
        other_limits={},
        other_rules=None,
    )


class Beside:
    """One example: so many moves and clock jumps, all from one seed."""

    def __init__(self, env: Any, queue: str, ask: Ask, seed: int) -> None:
        self.env, self.queue, self.ask, self.seed = env, queue, ask, seed
        self.choose = Seeded(str(seed))
        self.alarms: list[int] = []
        """Instants the timer was ever set to: it is left to ring where a later one takes its place."""

    async def play(self, steps: int) -> dict[str, int]:
        """Raises AssertionError where anything differs; returns the moves taken."""
        level = self.choose.pick(list(Level))
        source = self.choose.pick([ReportSource.RESIDENT, ReportSource.RESIDENT, ReportSource.PATROL])
        record = await issue_on_record(level, source=source)
        async with Bench(self.env, level, queue=self.queue, record=record) as case:
            await self._begin(case)
            for _ in range(steps):
                if self.pair.ref.closed:
                    break
                await self._step()
            if self.pair.ref.closed:
                assert await case.handle.result() == self.pair.ref.stage.value
        return self.pair.taken

    async def _begin(self, case: Bench) -> None:
        self.case = case
        state = (await arguments(case.record, CALENDAR, self.queue))["arg"]
        limits = {tuple(key.split("/")): (one.allowed, one.clock) for key, one in state.rules.limits.items()}
        place: dict[str, Unit] = {
            "street": (UnitKind.STREET, state.street),
            "office": (UnitKind.OFFICE, state.district),
            "leader": (UnitKind.LEADER, state.district),
        }
        self.world = replace(await world(state.street), other_limits=limits)
        reports = [Report(report.id, report.asked) for report in state.reports]
        ref = WholeReference(TIME, limits, state.level, place, reports)
        self.pair = Pair(CallingCase(state), ref, self.world)
        self.pair.begin(TIME.of(state.opened_at))
        await self._everywhere()

    async def _now(self) -> int:
        return TIME.of(await self.env.get_current_time(self.case.handle))

    async def _step(self) -> None:
        if self.choose.number(0, 2) == 0:
            await self._jump()
        await self._away_from_edges()
        now = await self._now()
        self.pair.tell(now)
        move = suggest(self.pair.ref, self.world, now, self.choose)
        move = await self._with_another_case(move)
        await self._send(move, now)
        await self._everywhere()

    # The clock -------------------------------------------------------------------------------------------

    async def _jump(self) -> None:
        now, rung = await self._now(), self.pair.ref.next_rung()
        target = now + self.choose.number(3, self.choose.pick([60, 600, 4000])) * MINUTE
        if rung is not None and self.choose.number(0, 1):
            target = max(rung, now) + MARGIN + self.choose.number(1, 90) * MINUTE
        await self._to(target)

    async def _away_from_edges(self) -> None:
        """Where something is about to fall due, it is waited for."""
        now = await self._now()
        for _ in range(20):
            near = [edge for edge in self._edges() if now - MARGIN < edge < now + MARGIN]
            if not near:
                return
            await self._to(max(near) + MARGIN + SECOND)
            now = await self._now()

    def _edges(self) -> list[int]:
        ref = self.pair.ref
        rungs = [ref_due for d in ref.duties for share, _ in d.ladder if (ref_due := d.due(TIME, share))]
        return rungs + ([*ref.plan[1]] if ref.plan else [])

    async def _to(self, target: int) -> None:
        while True:
            near = [edge for edge in self._edges() if target - MARGIN < edge < target + MARGIN]
            if not near:
                break
            target = max(near) + MARGIN + SECOND
        await self.case.to(TIME.instant(target))
        self.pair.tell(await self._now())
        await self._everywhere()

    # Orders ----------------------------------------------------------------------------------------------

    async def _with_another_case(self, move: Move) -> Move:
        """Merging is between two cases: the other is made, and started."""
        if move.name == "MERGE" and move.args["into"] != "itself":
            self.other = await self._another()
            return Move("MERGE", {"into": str(self.other.record.id)})
        if move.name == "JOIN":
            self.other = await self._another()
            told = (await self.other.record.state()).reports
            return Move("JOIN", {"reports": [Report(one.id, one.asked) for one in told]})
        return move

    async def _another(self) -> Bench:
        source = self.choose.pick([ReportSource.RESIDENT, ReportSource.PATROL])
        other = Bench(self.env, queue=self.queue, record=await issue_on_record(source=source))
        other.issue = other.record.id
        other.handle = await self.env.client.start_workflow(
            **await arguments(other.record, CALENDAR, self.queue)
        )
        return other

    async def _send(self, move: Move, now: int) -> None:
        by = self.case.by()
        order = order_for(move, self.pair.case.state, by, self.pair.ref, self.world)
        may = self.pair.ref.may(move, now)
        before = await self._lines()
        if not may:
            with pytest.raises(WorkflowUpdateFailedError):
                await self._sent(move, order)
            assert await self._lines() == before, "a refusal writes nothing"
            self.pair.send(move, now, by)
            return
        await self._sent(move, order)
        row = await db.row(
            "SELECT at FROM timeline_entries WHERE issue_id = $1 AND seq > $2 AND owed_at IS NULL LIMIT 1",
            self.case.issue,
            before,
        )
        self.pair.send(move, TIME.of(row["at"]), by)
        await db.execute(
            "DELETE FROM outbox WHERE issue_id IN (SELECT id FROM issues WHERE split_from_id = $1)",
            self.case.issue,
        )

    async def _sent(self, move: Move, order: Any) -> None:
        if move.name == "JOIN":
            merge = orders.Merge(self.other.by(), str(self.case.issue))
            await self.other.order(update_name(Command.MERGE), merge)
        elif move.name in OUTSIDE:
            await self.case.order(move.name.lower(), order)
        else:
            await self.case.order(update_name(Command(move.name)), order)

    async def _lines(self) -> int:
        return await db.value("SELECT count(*) FROM timeline_entries WHERE issue_id = $1", self.case.issue)

    # Everywhere ------------------------------------------------------------------------------------------

    async def _everywhere(self) -> None:
        """PostgreSQL, GraphQL, search attributes, timer and timeline say what the reference says."""
        await self.case.written(self.pair.case.seq)
        ref = self.pair.ref
        due = _instant(ref.due())
        duties = {d.key: owed for d, owed in zip(self.pair.case.state.duties, ref.duties, strict=True)}
        expected = {
            key: (_instant(d.due(TIME)), _instant(d.due(TIME, 80)), "OPEN" if d.since else "SUSPENDED")
            for key, d in duties.items()
        }
        rows = await db.rows(
            "SELECT key, due_at, yellow_at, status FROM duties WHERE issue_id = $1 AND closed_at IS NULL",
            self.case.issue,
        )
        assert {row["key"]: (row["due_at"], row["yellow_at"], row["status"]) for row in rows} == expected
        issue = await db.row("SELECT * FROM issues WHERE id = $1", self.case.issue)
        assert issue["seq"] == self.pair.case.seq, "nothing was told that is not owed"
        assert (issue["due_at"], issue["stage"], issue["level"], issue["suspended"]) == (
            due, ref.stage.value, ref.level.value, ref.suspended,
        )  # fmt: skip
        said = (await self.ask(QUESTION, self.case.issue))["issue"]
        assert (_read(said["dueAt"]), said["stage"], said["level"]) == (due, ref.stage, ref.level)
        assert {
            one["key"]: (_read(one["dueAt"]), _read(one["yellowAt"]), one["status"])
            for one in said["duties"]
            if one["status"] in ("OPEN", "SUSPENDED")
        } == expected
        shown = await self.case.shown()
        assert (shown["due"], shown["stage"], shown["level"]) == (due, ref.stage.value, ref.level.value)
        await self._timeline()
        await self._timer()

    async def _timeline(self) -> None:
        rows = await db.rows(
            "SELECT data, owed_at, at FROM timeline_entries WHERE issue_id = $1 AND owed_at IS NOT NULL",
            self.case.issue,
        )
        told = sorted((row["owed_at"], row["data"]["duty"], row["data"]["percent"]) for row in rows)
        wanted = sorted((_instant(one.owed), one.kind.value, one.percent) for one in self.pair.ref.heard)
        assert told == wanted
        assert all(row["at"] >= row["owed_at"] for row in rows), "none before it is owed"

    async def _timer(self) -> None:
        """Temporal's timer rings at the next rung; or before, at an instant that has moved since."""
        rung = self.pair.ref.next_rung()
        if rung is None or self.pair.ref.closed:
            return
        async with asyncio.timeout(10):
            while True:  # set in the task after the one that wrote
                rings = await self._rings()
                if len(rings) == 1 and abs(rings[0] - rung) <= TIMER_MAY_DIFFER:
                    self.alarms.append(rung)
                    return
                earlier = [one for one in self.alarms if one < rung]
                if any(abs(ring - one) <= TIMER_MAY_DIFFER for ring in rings for one in earlier):
                    return
                await asyncio.sleep(0.05)

    async def _rings(self) -> list[int]:
        """When the timers that run will ring, from the history."""
        running: dict[str, int] = {}
        for event in (await self.case.history()).events:
            at = event.event_time.ToDatetime(tzinfo=TODAY.tzinfo)
            started = event.timer_started_event_attributes
            if started.timer_id:
                running[started.timer_id] = TIME.of(at + started.start_to_fire_timeout.ToTimedelta())
            running.pop(event.timer_fired_event_attributes.timer_id, None)
            running.pop(event.timer_canceled_event_attributes.timer_id, None)
        return list(running.values())


def _instant(at: int | None) -> datetime | None:
    return None if at is None else TIME.instant(at)


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
