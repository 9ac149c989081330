"""The cases whose histories are kept in `histories/`: one for each way a case can go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from models.policy import orders
from models.policy.duty import Holder
from models.queries import db
from models.terms import Level, UnitKind
from tests.workflows.bench import Bench
from tests.workflows.ground import at
from workflows.calling import Calling

HOUR = 3_600_000_000


@dataclass(frozen=True)
class Scenario:
    """How a case is played, and what its history must therefore hold."""

    play: Callable[[Bench], Awaitable[None]]
    level: Level
    updates: tuple[str, ...]
    """The orders taken, in order, over all runs."""
    runs: int = 1


async def filed(case: Bench) -> None:
    assignment = await case.handled()
    await case.order(Calling.add_note, orders.AddNote(await case.saying(note="灯已换好")))
    await case.verify()
    if case.level is Level.GENERAL:
        await case.review(assignment)


async def late_acceptance(case: Bench) -> None:
    assignment = await case.called()
    await case.to(at(3, "09:30"))
    for update in (Calling.accept, Calling.report_in, Calling.complete):
        await case.step(update, assignment)
    await case.verify()
    await case.review(assignment)


async def rework(case: Bench) -> None:
    assignment = await case.handled()
    await case.to(at(1, "10:00"))
    await case.verify(passed=False)
    await case.step(Calling.complete, assignment)
    await case.verify()
    await case.review(assignment)


async def moved_deadlines(case: Bench) -> None:
    """An extension, a suspension over a holiday and a hand-over to the office."""
    assignment = await case.called()
    key = (await case.duty("ACCEPT"))["key"]
    await case.order(Calling.extend, orders.Extend(case.by(), key, 6 * HOUR, "extension/1"))
    await case.to(at(1, "10:00"))
    await case.order(Calling.suspend, orders.Pause(case.by()))
    await case.to(at(3, "09:15"))
    await case.order(Calling.resume, orders.Pause(case.by()))
    district = await db.value("SELECT district_id FROM issues WHERE id = $1", case.issue)
    office = Holder(UnitKind.OFFICE, str(district))
    await case.order(Calling.hand_over, orders.HandOver(case.by(), key, office))
    await case.to(at(3, "15:30"))
    for update in (Calling.accept, Calling.report_in, Calling.complete):
        await case.step(update, assignment)
    await case.verify()
    await case.review(assignment)


async def regraded(case: Bench) -> None:
    """Suggested SIMPLE, in breach of its two hours, then assessed GENERAL, which has four."""
    await case.to(at(1, "11:10"))
    assignment = await case.called()
    for update in (Calling.accept, Calling.report_in, Calling.complete):
        await case.step(update, assignment)
    await case.verify()
    await case.review(assignment)


async def continued(case: Bench) -> None:
    """Assessed late, reminded while handled: one continuation where 60 events suggest it."""
    await case.to(at(1, "11:30"))
    await case.assess(Level.SIMPLE)
    await case.to(at(3, "14:10"))
    await case.step(Calling.complete, await case.assignment())
    await case.verify()


STEPS = ("accept", "report_in", "complete", "verify", "review")
SCENARIOS = {
    "simple_filed": Scenario(filed, Level.SIMPLE, ("assess", "complete", "note", "verify")),
    "general_filed": Scenario(
        filed,
        Level.GENERAL,
        ("assess", "call", "accept", "report_in", "complete", "note", "verify", "review"),
    ),
    "late_acceptance": Scenario(late_acceptance, Level.GENERAL, ("assess", "call", *STEPS)),
    "rework": Scenario(
        rework,
        Level.GENERAL,
        ("assess", "call", "accept", "report_in", "complete", "verify", "complete", "verify", "review"),
    ),
    "moved_deadlines": Scenario(
        moved_deadlines,
        Level.GENERAL,
        ("assess", "call", "extend", "suspend", "resume", "hand_over", *STEPS),
    ),
    "regraded": Scenario(regraded, Level.SIMPLE, ("assess", "call", *STEPS)),
    "continued": Scenario(continued, Level.SIMPLE, ("assess", "complete", "verify"), runs=2),
}
