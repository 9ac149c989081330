"""The calling cycle told a second time, as plainly as can be: what `models.policy` is compared with.

Written from domain guide 3, not from the code: one mutable object, lists, no tables. Units are pairs, parts
go by their number, instants are those of `reference_clock`. A move is a name and its arguments; `may` says
whether it is taken now, `do` carries it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.terms import AssignmentStatus as Status
from models.terms import Clock, DutyKind, Level, Rating, ReturnOutcome, Role, RungTarget, Stage, UnitKind
from tests.models.reference_clock import Minutes, Owed, Unit

Limits = Mapping[tuple[Level, DutyKind], tuple[int, Clock]]
LEVELS = [Level.SIMPLE, Level.GENERAL, Level.COMPLEX, Level.CRITICAL]
TEAMS = (UnitKind.STREET, UnitKind.COMMUNITY, UnitKind.GRID)
UNDONE = (Status.OFFERED, Status.ACCEPTED, Status.ON_SITE)
EARLY = (Stage.COLLECTED, Stage.ASSESSED, Stage.CALLED)
WORKING = (Stage.CALLED, Stage.PLANNING, Stage.HANDLING)
LATE = (Stage.VERIFYING, Stage.REVIEWING)
ENDS = (DutyKind.VERIFY, DutyKind.ANSWER, DutyKind.FOLLOW_UP, DutyKind.REVIEW)
MOST_EXTENSIONS = 2


@dataclass(frozen=True)
class Move:
    """Something ordered of the case."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Part:
    unit: Unit
    status: Status
    bound: bool = False
    lead: bool = False
    reworks: int = 0
    reviewed: bool = False
    handler: str | None = None
    offered_to: Unit | None = None
    asked_until: int | None = None
    asks: int = 0
    """Requests for more time on the HANDLE duty it has now."""


@dataclass
class Report:
    id: str
    asked: bool
    joined: bool = False
    answered: bool = False
    rating: Rating | None = None


@dataclass(frozen=True)
class Heard:
    """One rung told: of which duty, how far, to whom, and when it was owed."""

    kind: DutyKind
    part: int | None
    holder: Unit
    percent: int
    target: RungTarget
    owed: int


@dataclass
class Ended:
    owed: Owed
    at: int


class Reference:
    """One case."""

    def __init__(
        self, time: Minutes, limits: Limits, level: Level, place: Mapping[str, Unit], reports: list[Report]
    ) -> None:
        self.time, self.limits, self.level, self.reports = time, dict(limits), level, reports
        self.street, self.office, self.leader = place["street"], place["office"], place["leader"]
        self.stage = Stage.COLLECTED
        self.suspended = False
        self.round = 0
        self.parts: list[Part] = []
        self.duties: list[Owed] = []
        self.plan: tuple[set[int], list[int]] | None = None
        """Who agreed to the plan proposed, and when its tasks are due."""
        self.heard: list[Heard] = []
        self.ended: list[Ended] = []
        self._numbers = 0

    def begin(self, now: int) -> None:
        self._owe(DutyKind.ASSESS, self.street, now)

    # What can be asked of it --------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        return self.stage in (Stage.FILED, Stage.CANCELLED)

    @property
    def active(self) -> list[int]:
        return [n for n, part in enumerate(self.parts) if part.status is not Status.RETURNED]

    @property
    def routed(self) -> bool:
        return bool(self.active) or self.owes(DutyKind.ADJUDICATE_RETURN) is not None

    def owes(self, kind: DutyKind, part: int | None = None) -> Owed | None:
        return next((d for d in self.duties if d.kind is kind and part in (None, d.part)), None)

    def concerned(self, unit: Unit) -> bool:
        return any(self.parts[n].unit == unit for n in self.active)

    def next_rung(self) -> int | None:
        found = [rung[0] for duty in self.duties if (rung := duty.next_rung(self.time))]
        return min(found, default=None)

    def due(self) -> int | None:
        return min((due for d in self.duties if (due := d.due(self.time)) is not None), default=None)

    def limit(self, kind: DutyKind) -> tuple[int, Clock]:
        """Of this level, or of the next heavier one that knows this kind."""
        heavier = LEVELS[LEVELS.index(self.level) :]
        return next(found for level in heavier if (found := self.limits.get((level, kind))))

    # The clock ------------------------------------------------------------------------------------------

    def tell(self, now: int) -> None:
        """Everything owed up to now, the earliest first."""
        while True:
            rungs = [(rung, duty) for duty in self.duties if (rung := duty.next_rung(self.time))]
            if not rungs:
                return
            (owed, percent, target), duty = min(rungs, key=lambda one: one[0][0])
            if owed > now:
                return
            duty.reached = percent
            self.heard.append(Heard(duty.kind, duty.part, duty.holder, percent, target, owed))
            if duty.kind is DutyKind.PLAN and percent == 100:
                self._end(duty, owed)
                self._owe(DutyKind.DECIDE_PLAN, self.office, owed)

    def _owe(
        self,
        kind: DutyKind,
        holder: Unit,
        now: int,
        part: int | None = None,
        allowed: tuple[int, Clock] | None = None,
    ) -> None:
        time, clock = allowed or self.limit(kind)
        self._numbers += 1
        running = {"halted": now} if self.suspended else {"since": now}
        owed = Owed(kind, holder, part, time, clock, now, number=self._numbers, **running)
        self.duties.append(owed)

    def _end(self, duty: Owed, now: int) -> None:
        self.duties.remove(duty)
        self.ended.append(Ended(duty, now))

    def _settle(self, kind: DutyKind, now: int, part: int | None = None) -> None:
        while (duty := self.owes(kind, part)) is not None:
            self._end(duty, now)

    # Moves -------------------------------------------------------------------------------------------

    def may(self, move: Move, now: int) -> bool:
        if self.closed:
            return False
        free = ("RESUME", "NOTE", "CANCEL", "REGRADE", "EXTEND", "HAND_OVER")
        if self.suspended and move.name not in free:
            return False
        part = move.args.get("part")
        if part is not None and not 0 <= part < len(self.parts):
            return False
        return getattr(self, f"may_{move.name.lower()}")(now, **move.args)

    def do(self, move: Move, now: int) -> None:
        self.tell(now)
        getattr(self, f"do_{move.name.lower()}")(now, **move.args)
        self.tell(now)

    # Until somebody has a part ----------------------------------------------------------------------------

    def may_assess(self, now, level, team=None, limits=None) -> bool:
        fits = level is not Level.SIMPLE or (team is not None and team[0] in TEAMS)
        return self.stage in (Stage.COLLECTED, Stage.ASSESSED) and not self.routed and fits

    def do_assess(self, now, level, team=None, limits=None) -> None:
        changed = level is not self.level or (limits is not None and dict(limits) != self.limits)
        self.level, self.stage = level, Stage.ASSESSED
        self.limits = dict(limits) if limits is not None else self.limits
        self._wait(now)
        if changed:
            self._recompute()
        if level is Level.SIMPLE:
            self._settle(DutyKind.ASSESS, now)
            self.parts.append(Part(team, Status.ON_SITE))
            self.stage = Stage.HANDLING
            self._handle(len(self.parts) - 1, now)

    def may_call(self, now, departments) -> bool:
        count = len(departments)
        distinct = count >= 1 and len(set(departments)) == count
        fits = (self.level is Level.GENERAL and count == 1) or self.level is Level.COMPLEX
        return self.stage is Stage.ASSESSED and not self.routed and distinct and fits

    def do_call(self, now, departments) -> None:
        self._settle(DutyKind.ASSESS, now)
        self.stage = Stage.CALLED
        if self.level is Level.GENERAL:
            self._offer(departments[0], now)
        else:
            self._owe(DutyKind.DISPATCH, self.office, now)

    def may_dispatch(self, now, departments, role) -> bool:
        if self.routed or not departments or len(set(departments)) != len(departments):
            return False
        if role is Role.DISTRICT_LEADER:
            return self.stage in EARLY
        owed = self.owes(DutyKind.DISPATCH) is not None
        return self.stage is Stage.CALLED and self.level is Level.COMPLEX and owed

    def do_dispatch(self, now, departments, role) -> None:
        self._settle(DutyKind.ASSESS, now)
        self._settle(DutyKind.DISPATCH, now)
        top_down = role is Role.DISTRICT_LEADER
        self.level = Level.CRITICAL if top_down else self.level
        self.stage = Stage.PLANNING
        for position, department in enumerate(departments):
            self._offer(department, now).lead = top_down and position == 0
        self._convene(now)

    def may_regrade(self, now, level) -> bool:
        return level is not self.level

    def do_regrade(self, now, level) -> None:
        self.level = level
        if not self.routed:
            self.stage = Stage.ASSESSED
            self._wait(now)
        self._recompute()

    def _wait(self, now: int) -> None:
        """One duty fits: the street's to assess, or the leader's to dispatch what is CRITICAL."""
        critical = self.level is Level.CRITICAL
        kind, holder = (DutyKind.DISPATCH, self.leader) if critical else (DutyKind.ASSESS, self.street)
        for duty in list(self.duties):
            unfit = (duty.kind, duty.holder) != (kind, holder)
            if duty.kind in (DutyKind.ASSESS, DutyKind.DISPATCH) and unfit:
                self._end(duty, now)
        if self.owes(kind) is None:
            self._owe(kind, holder, now)

    def _recompute(self) -> None:
        for duty in self.duties:
            found = self.limits.get((self.level, duty.kind))
            if found is not None:
                duty.allow(self.time, *found)

    def _offer(self, department: Unit, now: int, bound: bool = False) -> Part:
        self.parts.append(Part(department, Status.OFFERED, bound))
        self._owe(DutyKind.ACCEPT, department, now, len(self.parts) - 1)
        return self.parts[-1]

    # One part --------------------------------------------------------------------------------------------

    def may_accept(self, now, part) -> bool:
        return self.stage in WORKING and self.parts[part].status is Status.OFFERED

    def do_accept(self, now, part) -> None:
        self.parts[part].status = Status.ACCEPTED
        self._settle(DutyKind.ACCEPT, now, part)
        self.stage = Stage.HANDLING if self.stage is Stage.CALLED else self.stage
        self._owe(DutyKind.REPORT_IN, self.parts[part].unit, now, part)
        if self.stage is Stage.HANDLING:
            self._handle(part, now)

    def _handle(self, part: int, now: int, allowed: tuple[int, Clock] | None = None) -> None:
        if self.owes(DutyKind.HANDLE, part) is None:
            self.parts[part].asks = 0
            self._owe(DutyKind.HANDLE, self.parts[part].unit, now, part, allowed)

    def may_report_in(self, now, part) -> bool:
        return self.stage in WORKING[1:] and self.parts[part].status is Status.ACCEPTED

    def do_report_in(self, now, part) -> None:
        self.parts[part].status = Status.ON_SITE
        self._settle(DutyKind.REPORT_IN, now, part)

    def may_complete(self, now, part, person=None) -> bool:
        return self.stage is Stage.HANDLING and self.parts[part].status is Status.ON_SITE

    def do_complete(self, now, part, person=None) -> None:
        self.parts[part].status, self.parts[part].handler = Status.DONE, person
        self._settle(DutyKind.HANDLE, now, part)
        self._lapse(part, now)
        self._resolve(now)

    def _resolve(self, now: int) -> None:
        done = bool(self.active) and all(self.parts[n].status is Status.DONE for n in self.active)
        if self.stage is Stage.HANDLING and done and self.owes(DutyKind.ADJUDICATE_RETURN) is None:
            self.stage = Stage.VERIFYING
            self._owe(DutyKind.VERIFY, self.street, now)

    def _lapse(self, part: int, now: int) -> None:
        self.parts[part].asked_until = self.parts[part].offered_to = None
        self._settle(DutyKind.DECIDE_EXTENSION, now, part)

    def may_return(self, now, part) -> bool:
        one, duty = self.parts[part], self.owes(DutyKind.ACCEPT, part)
        if self.stage not in WORKING or one.status is not Status.OFFERED or one.bound:
            return False
        return self.level is not Level.CRITICAL and duty is not None and not duty.late(self.time, now)

    def do_return(self, now, part) -> None:
        self.parts[part].status = Status.RETURNED
        self._settle(DutyKind.ACCEPT, now, part)
        self._settle(DutyKind.HANDLE, now, part)
        self._lapse(part, now)
        self._owe(DutyKind.ADJUDICATE_RETURN, self.office, now, part)
        self.plan = None
        self._convene(now)

    def may_adjudicate(self, now, part, outcome, department=None) -> bool:
        if self.stage not in WORKING or self.owes(DutyKind.ADJUDICATE_RETURN, part) is None:
            return False
        free = department is not None and not self.concerned(department)
        if outcome is ReturnOutcome.REJECTED:
            return department is None
        if outcome is ReturnOutcome.SOLVE_FIRST:
            return free
        return department is None or (free and department != self.parts[part].unit)

    def do_adjudicate(self, now, part, outcome, department=None) -> None:
        one, bound = self.parts[part], outcome is not ReturnOutcome.UPHELD
        self._settle(DutyKind.ADJUDICATE_RETURN, now, part)
        if bound and department in (None, one.unit):
            one.status, one.bound = Status.OFFERED, True
            self._owe(DutyKind.ACCEPT, one.unit, now, part)
        elif department is not None:
            self._offer(department, now, bound)
        self.plan = None
        if not self.routed:
            self.stage = Stage.ASSESSED
            self._settle(DutyKind.PLAN, now)
            self._settle(DutyKind.DECIDE_PLAN, now)
            self._wait(now)
        self._convene(now)
        self._resolve(now)

    # Planning ------------------------------------------------------------------------------------------

    def _convene(self, now: int) -> None:
        """While planning, the lead or the first concerned owes the plan, unless the office decides it."""
        if self.stage is not Stage.PLANNING:
            return
        units = [self.parts[n].unit for n in sorted(self.active, key=lambda n: not self.parts[n].lead)]
        plan = self.owes(DutyKind.PLAN)
        if not units:
            self._settle(DutyKind.PLAN, now)
            self._settle(DutyKind.DECIDE_PLAN, now)
        elif plan is not None and plan.holder not in units:
            plan.pass_to(units[0])
        elif plan is None and self.owes(DutyKind.DECIDE_PLAN) is None:
            self._owe(DutyKind.PLAN, units[0], now)

    def _fits(self, now: int, lead: int, tasks: Mapping[int, int]) -> bool:
        if sorted(tasks) != self.active or lead not in self.active:
            return False
        allowed, clock = self.limit(DutyKind.HANDLE)
        latest = self.time.after(clock, now, allowed)
        return all(due <= latest and self._time_left(due, now) > 0 for due in tasks.values())

    def _time_left(self, due: int, now: int) -> int:
        return self.time.counted(self.limit(DutyKind.HANDLE)[1], now, due) if due > now else 0

    def may_propose_plan(self, now, part, lead, tasks) -> bool:
        here = self.stage is Stage.PLANNING and self.parts[part].status is Status.ON_SITE
        return here and self._fits(now, lead, tasks)

    def do_propose_plan(self, now, part, lead, tasks) -> None:
        self.plan, self.proposed = ({part}, list(tasks.values())), (lead, tasks)
        self._dispatch_when_agreed(now)

    def may_agree_plan(self, now, part, current=True) -> bool:
        if self.stage is not Stage.PLANNING or self.parts[part].status is not Status.ON_SITE:
            return False
        if self.plan is None or not current or part in self.plan[0]:
            return False
        return all(self._time_left(due, now) > 0 for due in self.plan[1])

    def do_agree_plan(self, now, part, current=True) -> None:
        assert self.plan is not None
        self.plan[0].add(part)
        self._dispatch_when_agreed(now)

    def _dispatch_when_agreed(self, now: int) -> None:
        if self.plan is not None and self.plan[0] == set(self.active):
            self._dispatch_tasks(now, *self.proposed)

    def may_decide_plan(self, now, lead, tasks) -> bool:
        owed = self.owes(DutyKind.DECIDE_PLAN) is not None
        return self.stage is Stage.PLANNING and owed and self._fits(now, lead, tasks)

    def do_decide_plan(self, now, lead, tasks) -> None:
        self._dispatch_tasks(now, lead, tasks)

    def _dispatch_tasks(self, now: int, lead: int, tasks: Mapping[int, int]) -> None:
        self._settle(DutyKind.PLAN, now)
        self._settle(DutyKind.DECIDE_PLAN, now)
        self.plan, self.stage = None, Stage.HANDLING
        clock = self.limit(DutyKind.HANDLE)[1]
        for part, due in tasks.items():
            self.parts[part].lead = part == lead
            self._handle(part, now, (max(self._time_left(due, now), 1), clock))
