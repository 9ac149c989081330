"""The cases whose histories are kept in `histories/`: one for each way a case can go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from models.policy import orders
from models.policy.duty import Holder
from models.queries import db
from models.rulebooks.geography import department_id
from models.terms import Level, ReturnOutcome, Role, UnitKind
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


async def plain(case: Bench) -> None:
    """The seven orders of a GENERAL case without incident; its answer is given with the verification."""
    assignment = await case.handled()
    await case.verify()
    await case.review(assignment)


async def joint(case: Bench) -> None:
    """Two dispatches, one return, a plan agreed, tasks done side by side."""
    await case.assess(Level.COMPLEX)
    named = [str(department_id("jinjiang", key)) for key in ("lighting", "parks", "water")]
    await case.order(Calling.call, orders.CallDepartments(case.by(), case.by().command, named))
    office = orders.Actor(case.by().command, role=Role.RESPONSE_OFFICE)
    await case.order(Calling.dispatch, orders.Dispatch(office, named))
    rows = await db.rows("SELECT id FROM assignments WHERE issue_id = $1 ORDER BY position", case.issue)
    first, second, third = (str(row["id"]) for row in rows)
    await case.order(Calling.send_back, orders.Return(case.by(), third))
    await case.order(Calling.adjudicate, orders.Adjudicate(case.by(), third, ReturnOutcome.UPHELD))
    for part in (first, second):
        await case.step(Calling.accept, part)
        await case.step(Calling.report_in, part)
    due = [orders.Task(first, at(3, "12:00")), orders.Task(second, at(4, "12:00"))]
    plan = case.by()
    await case.order(Calling.propose_plan, orders.ProposePlan(plan, first, second, due))
    await case.order(Calling.agree_plan, orders.AgreePlan(case.by(), second, plan.command))
    await case.to(at(3, "14:00"))
    for part in (first, second):
        await case.step(Calling.complete, part)
    await case.verify()
    for part in (first, second):
        await case.review(part)


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
    "general_plain": Scenario(
        plain, Level.GENERAL, ("assess", "call", "accept", "report_in", "complete", "verify", "review")
    ),
    "joint": Scenario(
        joint,
        Level.COMPLEX,
        (
            *("assess", "call", "dispatch", "return", "adjudicate"),
            *("accept", "report_in", "accept", "report_in", "propose_plan", "agree_plan"),
            *("complete", "complete", "verify", "review", "review"),
        ),
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
