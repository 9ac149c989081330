"""Negative items and cycles as decisions: single cases first, then any order of events whatever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from models.policy import grouping, half_year
from models.policy.calendar import Calendar
from models.policy.duty import Rung
from models.policy.grouping import Voice
from models.policy.item_orders import Advance, Answers, CallEnded, OnItem, RaiseCall, RoundFacts
from models.policy.item_steps import ITEM_STEPS, item_refusal
from models.policy.limits import Limit
from models.policy.loop import LoopCase, LoopState
from models.policy.orders import Actor, Extend
from models.policy.perception import outcome
from models.policy.rectification import ItemCase, ItemState
from models.policy.rectification_rules import STEP_DUTIES, DutyRules, Grouping, HalfYear, Perceiving
from models.terms import (
    CycleStep,
    DutyKind,
    DutyStatus,
    EntryKind,
    ItemCommand,
    ItemStatus,
    RungTarget,
    Severity,
    Stage,
    SurveyStatus,
)

HOUR = 3_600_000_000
START = datetime(2026, 4, 1, 1, tzinfo=UTC)
CALENDAR = Calendar("24x7", [(0, 1440)], weekdays=[0, 1, 2, 3, 4, 5, 6])
LADDER = [Rung(50, RungTarget.HOLDER), Rung(100, RungTarget.HEAD), Rung(120, RungTarget.OFFICE)]
RULES = DutyRules(
    "gulou/1",
    "MINOR",
    CALENDAR,
    {
        **{kind.value: Limit(10 * HOUR, "10 h") for kind in STEP_DUTIES.values()},
    },
    {"DEFAULT": LADDER},
    Perceiving(satisfied=80, points=80, sample=10, answers=3),
)
BY = Actor("c0", "post", "person")


def after(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def an_item() -> ItemCase:
    case = ItemCase(ItemState("i", "d", "s", RULES, START, "GL-2026H1-0001"))
    case.begin()
    return case


def a_loop() -> LoopCase:
    case = LoopCase(LoopState("c", "d", RULES, START, "2026H1"))
    case.begin()
    return case


def called(case: ItemCase, hours: float, issue: str = "issue") -> None:
    case.raise_call(RaiseCall(BY, issue, "line", "street_light"), after(hours))


# Items -----------------------------------------------------------------------------------------------


def test_while_its_call_is_with_departments_the_streets_clock_stands_still():
    case = an_item()
    called(case, 4)
    assert case.duties.next_instant() is None
    case.call_ended(CallEnded("issue", Stage.CANCELLED), after(100))
    (duty,) = case.duties.state
    assert case.duties.instant(duty) == after(106), "six hours were left"


def test_filing_puts_it_right_and_the_office_owes_residents_word():
    case = an_item()
    called(case, 4)
    case.call_ended(CallEnded("issue", Stage.FILED), after(100))
    assert case.stage is ItemStatus.PERCEIVING
    (duty,) = case.duties.state
    assert (duty.kind, duty.holder.kind, case.duties.instant(duty)) == (
        DutyKind.PERCEIVE,
        "OFFICE",
        after(110),
    )
    ended = case.drain().closed
    assert [(one.view.duty.kind, one.status) for one in ended] == [(DutyKind.RECTIFY, DutyStatus.FULFILLED)]


def test_a_merged_call_is_waited_for_under_its_new_issue():
    case = an_item()
    called(case, 1)
    case.call_ended(CallEnded("issue", Stage.CANCELLED, "other"), after(2))
    case.call_ended(CallEnded("issue", Stage.FILED), after(3))
    assert (case.stage, case.state.issue) == (ItemStatus.WAITING, "other"), "the old one tells it nothing"
    case.call_ended(CallEnded("other", Stage.FILED), after(4))
    assert case.stage is ItemStatus.PERCEIVING


SAID = {
    "nobody": (Answers(0, 3, 0, 0), True, None),
    "some, in time": (Answers(0, 3, 2, 2), False, None),
    "too few when the time is over": (Answers(0, 5, 2, 2), True, None),
    "enough when the time is over": (Answers(0, 5, 3, 3), True, True),
    "all, at the threshold": (Answers(0, 5, 5, 4), False, True),
    "all, below it": (Answers(0, 5, 5, 3), False, False),
    "one who raised it, satisfied": (Answers(0, 1, 1, 1), False, True),
    "one who raised it, dissatisfied": (Answers(0, 1, 1, 0), True, False),
    "two of two when fewer were asked than are wanted": (Answers(0, 2, 2, 2), True, True),
}


@pytest.mark.parametrize("said", SAID)
def test_the_share_satisfied_closes_or_reopens_and_silence_does_neither(said):
    answers, over, closes = SAID[said]
    found = outcome(answers, RULES.perceiving, over)
    assert (found and found.closes) == closes


def test_a_reopened_item_is_owed_anew_with_the_full_time_and_old_answers_change_nothing():
    case = an_item()
    case.start(OnItem(BY), after(1))
    case.complete(OnItem(BY), after(2))
    case.perceived(Answers(0, 2, 2, 0), after(5))
    assert (case.stage, case.state.round) == (ItemStatus.RECTIFYING, 1)
    (duty,) = case.duties.state
    assert (duty.kind, case.duties.instant(duty)) == (DutyKind.RECTIFY, after(15))
    case.complete(OnItem(BY), after(6))
    case.perceived(Answers(0, 2, 2, 2), after(7))
    assert case.stage is ItemStatus.PERCEIVING
    case.perceived(Answers(1, 2, 2, 2), after(8))
    assert case.ended


def test_every_command_and_status_is_as_the_table_says():
    for command in ItemCommand:
        for status in ItemStatus:
            free = item_refusal(command, status, suspended=command is ItemCommand.RESUME)
            assert (free is None) == (status in ITEM_STEPS[command]), (command, status)
            stopped = item_refusal(command, status, suspended=True)
            assert (stopped is None) == (command is ItemCommand.RESUME and status in ITEM_STEPS[command])


# Any order of events --------------------------------------------------------------------------------------


def drawn(random: Random, case: ItemCase, now: datetime, number: int) -> None:
    """Something happens to an item: a command it takes, or a fact, fresh or stale."""
    by = Actor(f"c{number}")
    issue = case.state.issue or "none"
    answered = random.randint(0, 4)
    said = Answers(random.choice([case.state.round, 0]), 4, answered, random.randint(0, answered))
    facts = (
        lambda: case.call_ended(CallEnded(issue, random.choice([Stage.FILED, Stage.CANCELLED])), now),
        lambda: case.call_ended(CallEnded(issue, Stage.CANCELLED, f"m{number}"), now),
        lambda: case.call_ended(CallEnded("stranger", Stage.FILED), now),
        lambda: case.perceived(said, now),
        lambda: [case.extend(Extend(by, d.key, d.allowed + HOUR, "more"), now) for d in case.duties.state],
    )
    if random.random() < 0.5:
        random.choice(facts)()
        return
    command = random.choice([c for c in ItemCommand if c in TAKEN])
    order = RaiseCall(by, f"issue-{number}", "line", "k") if command is ItemCommand.RAISE_CALL else OnItem(by)
    if case.refuse(command, order, now) is None:
        case.take(command, order, now)


TAKEN = {
    ItemCommand.START,
    ItemCommand.RAISE_CALL,
    ItemCommand.COMPLETE,
    ItemCommand.SUSPEND,
    ItemCommand.RESUME,
}
OWED = {
    ItemStatus.ISSUED: DutyKind.RECTIFY,
    ItemStatus.RECTIFYING: DutyKind.RECTIFY,
    ItemStatus.WAITING: DutyKind.RECTIFY,
    ItemStatus.PERCEIVING: DutyKind.PERCEIVE,
}


@pytest.mark.parametrize("seed", range(200))
def test_whatever_happens_exactly_one_duty_is_owed_until_it_is_closed(seed):
    random, case, now = Random(seed), an_item(), START
    seq, told = 0, set()
    for number in range(60):
        now += timedelta(minutes=random.randint(1, 400))
        case.tell(now)
        if not case.ended:
            drawn(random, case, now, number)
        batch = case.drain()
        assert [note.seq for note in batch.notes] == list(range(seq + 1, batch.seq + 1)), "no line is lost"
        seq = batch.seq
        notices = [(n.duty, n.target, n.owed_at) for n in batch.notes if n.target]
        assert not told & set(notices), "nothing is told twice"
        told |= set(notices)
        owed = [duty.kind for duty in case.duties.state]
        assert owed == ([] if case.ended else [OWED[case.stage]])
        running = [duty for duty in case.duties.state if duty.since is not None]
        stopped = case.stage is ItemStatus.WAITING or case.state.suspended
        assert bool(running) == (not case.ended and not stopped)
        assert (case.stage is ItemStatus.WAITING) <= (case.state.issue is not None)
        # Another process goes on from what was kept, and ends the same.
        case = ItemCase(replace(case.state))
    assert case.state.round <= seq


# The cycle ------------------------------------------------------------------------------------------------


def test_the_loop_goes_through_its_six_steps_each_a_duty_of_the_office():
    case = a_loop()
    seen = [case.stage]
    moves = [
        RoundFacts(SurveyStatus.CLOSED),
        RoundFacts(SurveyStatus.SCORED),
        RoundFacts(SurveyStatus.PUBLISHED, drafts=2),
    ]
    for hours, facts in enumerate(moves, 1):
        case.learn(facts, after(hours))
        seen.append(case.stage)
    assert seen == [CycleStep.SOLICIT, CycleStep.ASSESS, CycleStep.FEED_BACK, CycleStep.FEED_BACK]
    drafts = Advance(BY, RoundFacts(SurveyStatus.PUBLISHED, drafts=2))
    assert case.refuse_advance(drafts, after(4)).expected == ("LIST_ISSUED",)
    issued = RoundFacts(SurveyStatus.PUBLISHED, undone=2, open=2, items=2)
    case.advance(Advance(BY, issued), after(5))
    assert case.stage is CycleStep.RECTIFY
    case.learn(replace(issued, undone=1), after(6))
    assert case.stage is CycleStep.RECTIFY
    case.learn(replace(issued, undone=0, open=1), after(7))
    assert case.stage is CycleStep.PERCEIVE
    case.learn(replace(issued, undone=0, open=0), after(8))
    assert case.stage is CycleStep.IMPROVE
    case.advance(Advance(BY, replace(issued, undone=0, open=0)), after(9))
    assert case.ended
    batch = case.drain()
    assert [one.view.duty.kind for one in batch.closed] == list(STEP_DUTIES.values())
    assert {one.view.duty.holder.kind for one in batch.closed} == {"OFFICE"}
    assert batch.notes[-1].kind is EntryKind.ENDED


def test_a_round_without_items_is_perceived_and_rectified_at_once():
    case = a_loop()
    case.learn(RoundFacts(SurveyStatus.PUBLISHED), START)
    assert case.stage is CycleStep.FEED_BACK, "before the first draft there is none either"
    case.advance(Advance(BY, RoundFacts(SurveyStatus.PUBLISHED)), START)
    assert case.stage is CycleStep.IMPROVE


@pytest.mark.parametrize("seed", range(50))
def test_facts_told_again_or_late_never_move_the_loop_back(seed):
    random, case, now = Random(seed), a_loop(), START
    steps = list(CycleStep)
    for _ in range(40):
        now += timedelta(hours=random.randint(0, 5))
        before = steps.index(case.stage)
        total, left = random.randint(0, 3), random.randint(0, 3)
        facts = RoundFacts(random.choice(list(SurveyStatus)), random.randint(0, 1), left, left + total, 9)
        case.tell(now)
        order = Advance(Actor(f"c{now}"), facts)
        if random.random() < 0.3 and case.refuse_advance(order, now) is None:
            case.advance(order, now)
        else:
            case.learn(facts, now)
        assert steps.index(case.stage) >= before
        assert [d.kind for d in case.duties.state] == ([] if case.ended else [STEP_DUTIES[case.stage]])


# Grouping ----------------------------------------------------------------------------------------------


def voice(key: str, words: str | None, community: str = "c", category: str | None = "lights") -> Voice:
    return Voice(key, "s", community, category, "street_cleaning", words)


def test_similar_words_of_one_place_and_category_are_one_suggestion():
    voices = [
        voice("1", "小区门口路灯坏了三盏"),
        voice("2", "小区门口路灯坏了几盏"),
        voice("3", "小区门口路灯坏了三盏", community="other"),
        voice("4", "小区门口路灯坏了三盏", category="noise"),
        voice("5", "广场舞声音太大"),
    ]
    found = {one.voices: one for one in grouping.suggestions(voices, Grouping())}
    assert set(found) == {("1", "2"), ("3",), ("4",), ("5",)}
    assert found["1", "2"].indicator == "street_cleaning"


def test_low_scores_are_suggested_only_where_there_are_enough():
    few = [voice(str(n), None, category=None) for n in range(2)]
    assert grouping.suggestions(few, Grouping(low_scores=3)) == []
    many = [voice(str(n), None, category=None) for n in range(8)]
    (one,) = grouping.suggestions(many, Grouping(low_scores=3, moderate=3, severe=8))
    assert (len(one.voices), one.severity) == (8, Severity.SEVERE)


def test_nothing_is_suggested_twice_and_what_was_written_is_always_suggested():
    random = Random(7)
    words = ["路灯不亮", "路灯坏了不亮", "垃圾没人清", "垃圾堆没人清理", "电梯又坏了", None]
    voices = [voice(str(n), random.choice(words), random.choice("ab")) for n in range(300)]
    found = grouping.suggestions(voices, Grouping())
    listed = [key for one in found for key in one.voices]
    assert len(listed) == len(set(listed))
    assert {one.id for one in voices if one.words} <= set(listed)
    assert [len(one.voices) for one in found] == sorted((len(one.voices) for one in found), reverse=True)


# The half-year ------------------------------------------------------------------------------------------


def test_a_half_year_begins_on_the_first_working_day_of_its_month():
    hours = Calendar("work", [(540, 720)], weekdays=[0, 1, 2, 3, 4], off=["2026-10-01", "2026-10-02"])
    when = HalfYear([4, 10], 540)
    spring = half_year.round_due(datetime(2026, 4, 1, 1, tzinfo=UTC), when, hours)
    assert (spring.code, spring.at.isoformat()) == ("2026H1", "2026-04-01T09:00:00+08:00")
    autumn = half_year.round_due(datetime(2026, 10, 1, 1, tzinfo=UTC), when, hours)
    assert (autumn.code, autumn.at.isoformat()) == ("2026H2", "2026-10-05T09:00:00+08:00"), "a Monday"
