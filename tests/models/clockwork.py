"""A calendar, duties and a case that the tests of policy share; every instant is written out by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.policy import orders
from models.policy.calendar import Calendar
from models.policy.calling import CallingCase
from models.policy.case import CaseState
from models.policy.duty import Duties, Duty, Holder, Rung
from models.policy.rulebook import CaseRules, Limit, limit_key
from models.terms import Clock, Criterion, DutyKind, Level, RungTarget, UnitKind

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

LIMITS = {
    (Level.SIMPLE, DutyKind.ASSESS): "2 h",
    (Level.SIMPLE, DutyKind.HANDLE): "3 d",
    (Level.SIMPLE, DutyKind.VERIFY): "1 d",
    (Level.GENERAL, DutyKind.ASSESS): "4 h",
    (Level.GENERAL, DutyKind.ACCEPT): "4 h",
    (Level.GENERAL, DutyKind.REPORT_IN): "1 d",
    (Level.GENERAL, DutyKind.HANDLE): "7 d",
    (Level.GENERAL, DutyKind.VERIFY): "2 d",
    (Level.GENERAL, DutyKind.REVIEW): "5 d",
}


def when(text: str) -> datetime:
    """`10-09 09:00` of 2025, in Chengdu."""
    return datetime.fromisoformat(f"2025-{text.replace(' ', 'T')}+08:00")


def limit(text: str, clock: Clock = Clock.WORKING) -> Limit:
    number, unit = text.split()
    return Limit(int(number) * {"h": HOUR, "d": DAY}[unit], text, clock)


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
    """A case driven by hand; every line it notes is kept with the batch it was written in."""

    def __init__(self, level: Level = Level.GENERAL, opened: str = "10-09 09:00", **overrides: str | Limit):
        self.case = CallingCase(
            CaseState("case-1", "jinjiang", "donghu", rules(**overrides), level, when(opened))
        )
        self.case.begin()
        self.batches = [self.case.drain()]
        self._commands = 0

    def by(self, person: str | None = None) -> orders.Actor:
        self._commands += 1
        return orders.Actor(f"command-{self._commands}", person=person)

    def tell(self, at: str) -> None:
        self.case.tell(when(at))
        self._drain()

    def assess(self, at: str, level: Level = Level.GENERAL, team: Holder | None = None, new=None) -> None:
        self.case.tell(when(at))
        self.case.assess(orders.Assess(self.by(), level, team, new), when(at))
        self.tell(at)

    def call(self, at: str) -> None:
        self.case.call(orders.CallDepartments(self.by(), "call-1", [LIGHTING.id]), when(at))
        self._drain()

    def step(self, name: str, at: str, person: str | None = None) -> None:
        self.case.tell(when(at))
        getattr(self.case, name)(orders.OnAssignment(self.by(person), self.part.id), when(at))
        self._drain()

    def verify(self, at: str, passed: bool = True) -> None:
        self.case.tell(when(at))
        self.case.verify(orders.Verify(self.by(), passed, ["photo"]), when(at))
        self._drain()

    def review(self, at: str, scores: dict[str, int] | None = None) -> None:
        self.case.tell(when(at))
        self.case.review(orders.Review(self.by(), self.part.id, scores or FULL_MARKS), when(at))
        self._drain()

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

    def _drain(self) -> None:
        if self.case.noted:
            self.batches.append(self.case.drain())


ONE_MINUTE = timedelta(minutes=1)
