"""Random cases of the calling cycle against a plain reference, compared after every step.

No open case without an open duty; no deadline lost; each rung told once and never before it is owed; time
used and time stood still are the time passed; a refusal changes nothing, and neither does continuing as new.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from models.policy import orders
from models.policy.calling import CallingCase
from models.policy.case import CaseState
from models.policy.orders import Telling
from models.terms import Clock, Level, UnitKind
from tests.models import clockwork
from tests.models.comparing import Pair
from tests.models.moves import Seeded, World, suggest
from tests.models.reference import Limits, Report
from tests.models.reference_clock import MINUTE, Minutes
from tests.models.reference_end import WholeReference

TIME = Minutes(dt.date(2025, 9, 22), clockwork.CALENDAR.off, clockwork.CALENDAR.on, range(5))
HOUR = 60 * MINUTE
UNITS = {"min": MINUTE, "h": HOUR, "d": 7 * HOUR}


def limits(**overrides: str) -> Limits:
    found = {}
    for (level, kind), text in clockwork.LIMITS.items():
        number, unit, *counted = overrides.get(f"{level.value}_{kind.value}", text).split()
        found[level, kind] = (int(number) * UNITS[unit], Clock.CLOCK if counted else Clock.WORKING)
    return found


OTHER = {"GENERAL_ACCEPT": "2 h", "GENERAL_HANDLE": "1 d", "SIMPLE_HANDLE": "1 d", "COMPLEX_ASSESS": "1 h"}
PLACE = {
    "street": (UnitKind.STREET, "donghu"),
    "office": (UnitKind.OFFICE, "jinjiang"),
    "leader": (UnitKind.LEADER, "jinjiang"),
}
WORLD = World(
    departments=[(UnitKind.DEPARTMENT, name) for name in ("lighting", "parks", "water", "police")],
    teams=[(UnitKind.COMMUNITY, "donghu-1"), (UnitKind.STREET, "donghu"), (UnitKind.GRID, "donghu-1-1")],
    persons=["person-1", "person-2", "person-3"],
    origins=["other-00", "other-01"],
    office=PLACE["office"],
    other_limits=limits(**OTHER),
    other_rules=clockwork.rules("manhole", **OTHER),
)
TAKEN: Counter[str] = Counter()


class Cycle(RuleBasedStateMachine):
    """Cases one after the other: where one ends, the next begins."""

    @initialize(
        level=st.sampled_from(Level),
        minute=st.integers(0, 12 * 1440),
        asked=st.lists(st.booleans(), min_size=1, max_size=2),
    )
    def begins(self, level: Level, minute: int, asked: list[bool]) -> None:
        self.now = minute * MINUTE
        self.steps = 0
        self.open(level, asked)

    def open(self, level: Level, asked: list[bool]) -> None:
        reports = [Report(f"report-{n}", one) for n, one in enumerate(asked)]
        state = CaseState("case-1", "jinjiang", "donghu", clockwork.rules(), level, TIME.instant(self.now))
        told = [Telling(report.id, report.asked) for report in reports]
        case = CallingCase(clockwork.replace(state, reports=told))
        self.pair = Pair(case, WholeReference(TIME, limits(), level, PLACE, reports), WORLD)
        self.pair.begin(self.now)

    @rule(seed=st.integers(0, 2**32 - 1))
    def step(self, seed: int) -> None:
        """One rule, since hypothesis leaves rules out of whole runs; what it does follows from its seed."""
        self.steps += 1
        choose = Seeded(str(seed))
        what = choose.number(0, 39)
        if what == 0:
            self.pair.carry()
        elif what < 6:
            self.time_passes(choose)
        elif what < 10:
            self.alarm_rings(choose)
        else:
            self.order(choose)

    def order(self, choose: Seeded) -> None:
        move = suggest(self.pair.ref, WORLD, self.now, choose)
        self.pair.send(move, self.now, orders.Actor(f"command-{self.steps}"))
        if self.pair.ref.closed and choose.number(0, 2):
            self.count()
            self.open(choose.pick(list(Level)), choose.pick([[True], [False], [True, False]]))

    def time_passes(self, choose: Seeded) -> None:
        """Mostly everything is told at once; else no worker ran, and the next order finds it untold."""
        longest = choose.pick([30, 240, 1440, 6 * 1440])
        self.now += choose.number(1, longest) * MINUTE + choose.pick([0, 0, 1, MINUTE - 1])
        if choose.number(0, 3):
            self.pair.tell(self.now)

    def alarm_rings(self, choose: Seeded) -> None:
        """At the very instant of the next rung, or beside it by a microsecond."""
        rung, off = self.pair.ref.next_rung(), choose.pick([-1, 0, 0, 1])
        if rung is not None and rung + off > self.now:
            self.now = rung + off
            self.pair.tell(self.now)

    def count(self) -> None:
        TAKEN.update(self.pair.taken)
        TAKEN[f"then {self.pair.ref.stage.value}"] += 1

    def teardown(self) -> None:
        if hasattr(self, "pair"):
            self.count()


def proved(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Cycle,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_random_cases_go_as_the_reference_says():
    proved(40, 40)


@pytest.mark.prove
def test_very_many_random_cases_go_as_the_reference_says():
    TAKEN.clear()
    proved(600, 60)
    print(f"\nmoves taken: {sum(TAKEN.values())}: {dict(TAKEN.most_common())}")
