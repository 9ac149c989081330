"""What may be tried of a case: moves a little wiser than chance, so that runs go all the way; and as orders.

A move is chosen in two steps: one that the reference takes is picked, then its arguments are drawn anew, some
of them wrong on purpose. Now and then any move at all is tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol, TypeVar

from models.policy import orders
from models.policy.case import CaseState
from models.policy.duty import Holder
from models.policy.rulebook import CaseRules
from models.terms import Command, Criterion, DutyKind, Level, Rating, ReturnOutcome, Role
from tests.models.reference import Limits, Move, Reference, Report
from tests.models.reference_clock import MINUTE, Unit

Any_ = TypeVar("Any_")
NOBODY = "00000000-0000-0000-0000-000000000000"
OUTSIDE = ("JOIN", "EXTEND", "HAND_OVER")
"""Updates that are no commands: another case's, and the operators'."""
NAMES = [*(command.value for command in Command), *OUTSIDE]
OFTEN = {
    "ASSESS": 10, "CALL": 24, "DISPATCH": 4, "ACCEPT": 12, "RETURN": 8, "ADJUDICATE": 12, "REPORT_IN": 16,
    "PROPOSE_PLAN": 12, "AGREE_PLAN": 24, "DECIDE_PLAN": 12, "COMPLETE": 12, "VERIFY": 16, "ANSWER": 12,
    "RATE": 8, "FOLLOW_UP": 8, "REVIEW": 12, "RESUME": 8, "ASK_EXTENSION": 4, "DECIDE_EXTENSION": 12,
    "OFFER_HANDOVER": 4, "ACCEPT_HANDOVER": 6, "DECLINE_HANDOVER": 3, "REGRADE": 2, "SUSPEND": 2,
}  # fmt: skip
"""How often a move is tried that would be taken; those left out, once."""
RARE = ("CANCEL", "MERGE")


class Choose(Protocol):
    """Where choices come from."""

    def pick(self, options: Sequence[Any_]) -> Any_: ...
    def number(self, least: int, most: int) -> int: ...


class Seeded:
    """The same choices for the same seed."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)

    def pick(self, options: Sequence[Any_]) -> Any_:
        return self._random.choice(options)

    def number(self, least: int, most: int) -> int:
        return self._random.randint(least, most)


@dataclass(frozen=True)
class World:
    """Who there is beside the case's own street, office and leader."""

    departments: Sequence[Unit]
    teams: Sequence[Unit]
    persons: Sequence[str]
    origins: Sequence[str]
    """Issues that may be merged into this one, or take it."""
    office: Unit
    other_limits: Limits
    other_rules: CaseRules | None


def suggest(ref: Reference, world: World, now: int, choose: Choose) -> Move:
    if choose.number(0, 9) == 0:
        return _drawn(choose.pick(NAMES), ref, world, now, choose, choose.number(-1, len(ref.parts)))
    few = choose.number(0, 19) != 0
    fit = [
        (name, part)
        for name, part in _possible(ref, world, now)
        if not (few and name in RARE)
        for _ in range(OFTEN.get(name, 1))
    ]
    if not fit:
        return _drawn(choose.pick(NAMES), ref, world, now, choose, 0)
    name, part = choose.pick(fit)
    return _drawn(name, ref, world, now, choose, part)


def _possible(ref: Reference, world: World, now: int) -> list[tuple[str, int]]:
    """Moves, and parts for them, that are taken with some arguments."""
    sure, found = _Sure(), []
    for name in NAMES:
        for part in range(max(len(ref.parts), 1)):
            move = _drawn(name, ref, world, now, sure, part)
            if ref.may(move, now):
                found.append((name, part))
            if "part" not in move.args:
                break
    return found


class _Sure:
    """Takes what is most likely right."""

    def pick(self, options: Sequence[Any_]) -> Any_:
        return options[0]

    def number(self, least: int, most: int) -> int:
        return least


def _drawn(name: str, ref: Reference, world: World, now: int, choose: Choose, part: int) -> Move:
    """Arguments for a move; the first of every choice is a right one where there is any."""
    free = [unit for unit in world.departments if not ref.concerned(unit)]
    named = free or list(world.departments)
    some = [
        named[: 1 + choose.number(0, 2)],
        list(world.departments)[: choose.number(1, 3)],
        [],
        named[:1] * 2,
    ]
    args: dict[str, Any] = {}
    match name:
        case "ASSESS":
            args = {"level": choose.pick(list(Level)), "team": choose.pick([*world.teams, None])}
            args |= {"limits": choose.pick([None, None, world.other_limits])}
        case "CALL":
            one = ref.level is Level.GENERAL
            args = {"departments": choose.pick([some[0][:1] if one else some[0], *some])}
        case "DISPATCH":
            role = Role.RESPONSE_OFFICE if ref.owes(DutyKind.DISPATCH) else Role.DISTRICT_LEADER
            args = {"departments": choose.pick([some[0], some[0], *some]), "role": role}
            if choose.number(0, 4) == 4:
                args["role"] = choose.pick([Role.DISTRICT_LEADER, Role.RESPONSE_OFFICE])
        case "REGRADE":
            args = {"level": choose.pick([one for one in Level if one is not ref.level] + [ref.level])}
        case "ADJUDICATE":
            args = _adjudicated(ref, named, choose, part)
        case "PROPOSE_PLAN" | "DECIDE_PLAN":
            args = _planned(ref, now, choose)
            args |= {"part": part} if name == "PROPOSE_PLAN" else {}
        case "AGREE_PLAN":
            args = {"part": part, "current": choose.pick([True, True, True, False])}
        case "ASK_EXTENSION" | "DECIDE_EXTENSION":
            args = _extended(name, ref, now, choose, part)
        case "OFFER_HANDOVER":
            mine = ref.parts[part].unit[0] if 0 <= part < len(ref.parts) else None
            world_of = (
                [*named, *world.teams] if mine is not None and mine.value == "DEPARTMENT" else world.teams
            )
            near = [unit for unit in world_of if not ref.concerned(unit)]
            args = {"part": part, "to": choose.pick([*near, *world.departments, *world.teams])}
        case "ACCEPT" | "RETURN" | "REPORT_IN" | "ACCEPT_HANDOVER" | "DECLINE_HANDOVER":
            args = {"part": part}
        case "COMPLETE":
            args = {"part": part, "person": choose.pick(world.persons)}
        case "VERIFY":
            passed = choose.pick([True, True, True, False])
            person = choose.pick([None, *world.persons])
            args = {"passed": passed, "answered": passed and choose.pick([False, True]), "person": person}
        case "ANSWER":
            waiting = [[r.id] for r in ref.reports if not r.answered]
            args = {"reports": choose.pick([[], *waiting, [NOBODY]])}
        case "RATE" | "FOLLOW_UP":
            right = [r.id for r in ref.reports if r.asked and r.answered and r.rating is None]
            args = {"report": choose.pick([*right, *(r.id for r in ref.reports), NOBODY])}
            ratings = [Rating.SATISFIED, Rating.DISSATISFIED, Rating.SATISFIED, Rating.UNREACHED]
            args |= {"rating": choose.pick(ratings)}
        case "REVIEW":
            args = {"part": part, "signers": choose.pick([2, 3, 1]), "points": choose.pick([20, 0, 21])}
        case "NOTE":
            args = {"part": choose.pick([None, part])}
        case "CANCEL":
            args = {"role": choose.pick([Role.RESPONSE_OFFICE, Role.STREET_CLERK])}
        case "MERGE":
            args = {"into": choose.pick([*world.origins, "itself"])}
        case "JOIN":
            number = choose.number(0, 30)
            args = {"reports": [Report(f"{world.origins[0][:-2]}{number:02}", choose.pick([True, False]))]}
        case "SPLIT":
            joined = [r.id for r in ref.reports if r.joined]
            args = {"report": choose.pick([*joined, *(r.id for r in ref.reports), NOBODY])}
        case "EXTEND":
            duty = choose.number(0, max(len(ref.duties) - 1, 0))
            args = {"duty": duty, "allowed": choose.number(1, 30) * 7 * 60 * MINUTE}
        case "HAND_OVER":
            duty = choose.number(0, max(len(ref.duties) - 1, 0))
            args = {"duty": duty, "to": choose.pick([world.office, *world.departments[:2]])}
    return Move(name, args)


def _adjudicated(ref: Reference, free: list[Unit], choose: Choose, part: int) -> dict[str, Any]:
    returner = [ref.parts[part].unit] if 0 <= part < len(ref.parts) else []
    outcome = choose.pick([ReturnOutcome.REJECTED, ReturnOutcome.UPHELD, ReturnOutcome.SOLVE_FIRST])
    right = {
        ReturnOutcome.REJECTED: [None],
        ReturnOutcome.UPHELD: [None, *free[:2]],
        ReturnOutcome.SOLVE_FIRST: [*returner, *free[:1]],
    }[outcome]
    return {"part": part, "outcome": outcome, "department": choose.pick([*right, *right, None, *returner])}


def _planned(ref: Reference, now: int, choose: Choose) -> dict[str, Any]:
    allowed, clock = ref.limit(DutyKind.HANDLE)
    parts = ref.active if choose.number(0, 9) < 9 else list(range(len(ref.parts)))[1:]
    shares = {part: choose.pick([50, 100, 1, 30, 80]) for part in parts}
    tasks = {part: ref.time.after(clock, now, allowed * share // 100) for part, share in shares.items()}
    if tasks and choose.number(0, 9) == 9:
        tasks[next(iter(tasks))] = now + choose.number(-600, 60 * 24 * 90) * MINUTE
    return {"lead": choose.pick([*ref.active, 0, len(ref.parts)]), "tasks": tasks}


def _extended(name: str, ref: Reference, now: int, choose: Choose, part: int) -> dict[str, Any]:
    duty = ref.owes(DutyKind.HANDLE, part)
    due = (duty.due(ref.time) if duty else None) or now
    later = due + choose.pick([3, 1, 7, 20, 0, -1]) * 1440 * MINUTE
    if name == "ASK_EXTENSION":
        return {"part": part, "until": later}
    granted = choose.pick([False, True, True])
    return {"part": part, "granted": granted, "until": choose.pick([None, None, later]) if granted else None}


# As orders ------------------------------------------------------------------------------------------------


def order_for(move: Move, state: CaseState, by: orders.Actor, ref: Reference, world: World) -> Any:
    """What the case is sent; what the move names by number gets its id from `state`."""
    args = dict(move.args)
    ids = [part.id for part in state.parts]

    def part(number: int | None) -> Any:
        if number is None:
            return None
        return ids[number] if 0 <= number < len(ids) else NOBODY

    on = part(args.get("part"))
    instant = ref.time.instant
    until = instant(args["until"]) if args.get("until") is not None else None
    match move.name:
        case "ASSESS":
            rules = world.other_rules if args["limits"] is not None else None
            return orders.Assess(by, args["level"], holder(args["team"]), rules)
        case "CALL":
            return orders.CallDepartments(by, by.command, [unit[1] for unit in args["departments"]])
        case "DISPATCH":
            return orders.Dispatch(as_role(by, args["role"]), [unit[1] for unit in args["departments"]])
        case "REGRADE":
            return orders.Regrade(by, args["level"])
        case "RETURN":
            return orders.Return(by, on, None)
        case "ADJUDICATE":
            named = args["department"]
            return orders.Adjudicate(by, on, args["outcome"], named[1] if named else None)
        case "PROPOSE_PLAN" | "DECIDE_PLAN":
            tasks = [orders.Task(part(n), instant(due)) for n, due in args["tasks"].items()]
            if move.name == "DECIDE_PLAN":
                return orders.DecidePlan(by, part(args["lead"]), tasks)
            return orders.ProposePlan(by, on, part(args["lead"]), tasks)
        case "AGREE_PLAN":
            plan = state.plan.id if state.plan and args["current"] else NOBODY
            return orders.AgreePlan(by, on, plan)
        case "ASK_EXTENSION":
            return orders.AskExtension(by, on, until)
        case "DECIDE_EXTENSION":
            return orders.DecideExtension(by, on, args["granted"], until)
        case "OFFER_HANDOVER":
            return orders.OfferHandover(by, on, holder(args["to"]))
        case "COMPLETE":
            return orders.OnAssignment(as_person(by, args["person"]), on)
        case "ACCEPT" | "REPORT_IN" | "ACCEPT_HANDOVER" | "DECLINE_HANDOVER":
            return orders.OnAssignment(by, on)
        case "VERIFY":
            return orders.Verify(as_person(by, args["person"]), args["passed"], [], args["answered"])
        case "ANSWER":
            return orders.Answer(by, args["reports"])
        case "RATE" | "FOLLOW_UP":
            return orders.Rate(by, args["report"], args["rating"])
        case "REVIEW":
            signers = [*world.persons, NOBODY][: args["signers"]]
            return orders.Review(by, on, {one.value: args["points"] for one in Criterion}, signers)
        case "NOTE":
            return orders.AddNote(by, on)
        case "CANCEL":
            return orders.Cancel(as_role(by, args["role"]))
        case "MERGE":
            return orders.Merge(by, state.id if args["into"] == "itself" else args["into"])
        case "JOIN":
            tellings = [orders.Telling(r.id, r.asked) for r in args["reports"]]
            return orders.Join(by, world.origins[0], tellings)
        case "SPLIT":
            return orders.Split(by, args["report"])
        case "EXTEND":
            return orders.Extend(by, _key(state, args["duty"]), args["allowed"], "extension/operator")
        case "HAND_OVER":
            return orders.HandOver(by, _key(state, args["duty"]), Holder(*args["to"]))
    return orders.Pause(by)


def holder(unit: Unit | None) -> Holder | None:
    return Holder(*unit) if unit else None


def as_role(by: orders.Actor, role: Role) -> orders.Actor:
    return orders.Actor(by.command, by.post, by.person, by.request, role)


def as_person(by: orders.Actor, person: str | None) -> orders.Actor:
    return orders.Actor(by.command, by.post, person, by.request, by.role)


def _key(state: CaseState, number: int) -> str:
    return state.duties[number].key if 0 <= number < len(state.duties) else "nothing-9"
