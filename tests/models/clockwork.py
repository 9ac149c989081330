"""A calendar, duties and a case that the tests of policy share; every instant is written out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from models.policy import orders
from models.policy.calendar import Calendar
from models.policy.calling import CallingCase
from models.policy.case import CaseState
from models.policy.duty import Duties, Duty, Holder, Rung
from models.policy.orders import Telling
from models.policy.rulebook import CaseRules, Limit, limit_key
from models.policy.steps import Refusal
from models.terms import Clock, Command, Criterion, DutyKind, Level, Role, RungTarget, UnitKind

CALENDAR = Calendar(
    "cn-2025",
    [(540, 720), (810, 1050)],
    off=[f"2025-10-0{n}" for n in range(1, 9)],
    on=["2025-09-28", "2025-10-11"],
    official_until="2025-12-31",
)
"""09:00-12:00 and 13:30-17:30. Off 1-8 October; Sunday 28 September and Saturday 11 October are worked."""

HOUR = 3_600_000_000
DAY = 7 * HOUR
LADDER = [
    Rung(50, RungTarget.HOLDER),
    Rung(80, RungTarget.HOLDER),
    Rung(100, RungTarget.HEAD),
    Rung(120, RungTarget.OFFICE),
    Rung(140, RungTarget.LEADER),
]
LIGHTING = Holder(UnitKind.DEPARTMENT, "lighting")
PARKS = Holder(UnitKind.DEPARTMENT, "parks")
STREET = Holder(UnitKind.STREET, "donghu")
COMMUNITY = Holder(UnitKind.COMMUNITY, "donghu-1")
OFFICE = Holder(UnitKind.OFFICE, "jinjiang")
LEADER = Holder(UnitKind.LEADER, "jinjiang")
FULL_MARKS = {criterion.value: 20 for criterion in Criterion}

SIGNERS = ["clerk-1", "clerk-2"]

_ROWS = {
    Level.SIMPLE: "ASSESS 2 h, HANDLE 3 d, VERIFY 1 d",
    Level.GENERAL: "ASSESS 4 h, ACCEPT 4 h, REPORT_IN 1 d, HANDLE 7 d, VERIFY 2 d, REVIEW 5 d",
    Level.COMPLEX: "ASSESS 4 h, DISPATCH 4 h, ACCEPT 4 h, REPORT_IN 1 d, PLAN 3 d, HANDLE 30 d, VERIFY 3 d, "
    "REVIEW 5 d",
    Level.CRITICAL: "ASSESS 30 min clock, DISPATCH 30 min clock, ACCEPT 30 min clock, REPORT_IN 2 h clock, "
    "PLAN 1 d, HANDLE 15 d, VERIFY 1 d, REVIEW 5 d",
}
_EVERY = "ADJUDICATE_RETURN 4 h, DECIDE_EXTENSION 4 h, DECIDE_PLAN 1 d, ANSWER 1 d, FOLLOW_UP 3 d, APPEAL 3 d"
LIMITS = {
    (level, DutyKind(line.split(" ", 1)[0])): line.split(" ", 1)[1]
    for level, row in _ROWS.items()
    for line in f"{row}, {_EVERY}".split(", ")
}
"""The limits of domain guide 3."""


def when(text: str) -> datetime:
    """`10-09 09:00` of 2025, in Chengdu."""
    return datetime.fromisoformat(f"2025-{text.replace(' ', 'T')}+08:00")


def limit(text: str, clock: Clock = Clock.WORKING) -> Limit:
    number, unit, *counted = text.split()
    clock = Clock.CLOCK if counted else clock
    return Limit(int(number) * {"min": HOUR // 60, "h": HOUR, "d": DAY}[unit], text, clock)


def rules(category: str = "street_light", **overrides: str | Limit) -> CaseRules:
    """The district's limits; `GENERAL_ASSESS="1 h"` replaces one."""
    limits = {limit_key(level, kind): limit(text) for (level, kind), text in LIMITS.items()}
    for name, value in overrides.items():
        level, kind = name.split("_", 1)
        limits[f"{level}/{kind}"] = limit(value) if isinstance(value, str) else value
    return CaseRules("jinjiang/2026.1", category, CALENDAR, limits, {"DEFAULT": LADDER})


def duty(opened: str, hours: float = 4, **fields: object) -> Duty:
    """A duty of the lighting department, running since `opened`."""
    defaults: dict[str, object] = {
        "key": "accept-1",
        "kind": DutyKind.ACCEPT,
        "holder": LIGHTING,
        "allowed": int(hours * HOUR),
        "opened_at": when(opened),
        "since": when(opened),
        "rule": "accept/GENERAL/4 h",
        "ladder": LADDER,
    }
    return Duty(**defaults | fields)


def duties(*open_duties: Duty) -> Duties:
    return Duties(CALENDAR, open_duties)


def told(clock: Duties, until: str) -> list[tuple[str, str]]:
    """What falls due up to an instant, as ("HEAD 100", "10-09 14:30")."""
    return [
        (f"{n.target.value} {n.percent}", f"{n.owed_at.astimezone(CALENDAR.zone):%m-%d %H:%M}")
        for n in clock.advance(when(until))
    ]


class Run:
    """A case driven by hand; every line it notes is kept with the batch it was written in.

    Every order goes the way a workflow takes it: refused or not, breaches told first, then carried out.
    """

    def __init__(
        self,
        level: Level = Level.GENERAL,
        opened: str = "10-09 09:00",
        reports: Sequence[Telling] = (Telling("report-1", asked=False),),
        **overrides: str | Limit,
    ):
        state = CaseState("case-1", "jinjiang", "donghu", rules(**overrides), level, when(opened))
        self.case = CallingCase(replace(state, reports=list(reports)))
        self.case.begin()
        self.batches = [self.case.drain()]
        self._commands = 0

    def by(self, person: str | None = None, role: Role | None = None) -> orders.Actor:
        self._commands += 1
        return orders.Actor(f"command-{self._commands}", person=person, role=role)

    def tell(self, at: str) -> None:
        self.case.tell(when(at))
        self._drain()

    def refusal(self, command: Command, at: str, order: orders.Order) -> Refusal | None:
        return self.case.refuse(command, order, when(at))

    def take(self, command: Command, at: str, order: orders.Order) -> str:
        """Takes an order that must not be refused; returns its command id."""
        now = when(at)
        refusal = self.case.refuse(command, order, now)
        assert refusal is None, f"{command}: {refusal}"
        self.case.tell(now)
        self.case.take(command, order, now)
        self.case.tell(now)
        self._drain()
        return order.by.command

    def assess(self, at: str, level: Level = Level.GENERAL, team: Holder | None = None, new=None) -> None:
        self.take(Command.ASSESS, at, orders.Assess(self.by(), level, team, new))

    def call(self, at: str, *departments: Holder) -> None:
        named = [department.id for department in departments or (LIGHTING,)]
        self.take(Command.CALL, at, orders.CallDepartments(self.by(), "call-1", named))

    def dispatch(self, at: str, *departments: Holder, role: Role = Role.RESPONSE_OFFICE) -> None:
        named = [department.id for department in departments]
        self.take(Command.DISPATCH, at, orders.Dispatch(self.by(role=role), named))

    def step(self, name: str, at: str, person: str | None = None, part: str | None = None) -> None:
        order = orders.OnAssignment(self.by(person), part or self.part.id)
        self.take(Command(name.upper()), at, order)

    def verify(self, at: str, passed: bool = True, answered: bool = True) -> None:
        self.take(Command.VERIFY, at, orders.Verify(self.by(), passed, ["photo"], answered and passed))

    def review(self, at: str, scores: dict[str, int] | None = None, part: str | None = None) -> None:
        order = orders.Review(self.by(), part or self.part.id, scores or FULL_MARKS, SIGNERS)
        self.take(Command.REVIEW, at, order)

    def to_verifying(self) -> None:
        """A GENERAL case, done by its department at 10-09 11:00."""
        self.assess("10-09 09:10")
        self.call("10-09 09:20")
        self.step("accept", "10-09 09:30")
        self.step("report_in", "10-09 10:00")
        self.step("complete", "10-09 11:00", "handler")

    @property
    def part(self):
        return self.case.state.parts[-1]

    def part_of(self, unit: Holder):
        """The last part of this unit."""
        return next(part for part in reversed(self.case.state.parts) if part.unit == unit)

    @property
    def notes(self):
        return [note for batch in self.batches for note in batch.notes]

    def kinds(self) -> list[str]:
        return [note.kind.value for note in self.notes]

    def due(self) -> dict[str, str]:
        """Every open duty's key and due time."""
        return {
            view.duty.key: f"{view.due_at.astimezone(CALENDAR.zone):%m-%d %H:%M}" if view.due_at else "-"
            for view in self.case.views()
        }

    def owed(self) -> list[tuple[str, str]]:
        """Every open duty as its kind and holder."""
        return [(duty.kind.value, duty.holder.id) for duty in self.case.duties.state]

    def _drain(self) -> None:
        """Whatever happened, somebody owes something or the case is at its end (decision 0004)."""
        assert self.case.duties.state or self.case.stage.closed, self.case.stage
        if self.case.noted:
            self.batches.append(self.case.drain())


ONE_MINUTE = timedelta(minutes=1)
