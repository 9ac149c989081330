"""What is kept of answers, what of it is an opinion, and which sheets are in doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.policy.survey import answering
from models.policy.survey.answering import AnswerFault, Heard, judged
from models.policy.survey.fairness import Sheet, doubts
from models.policy.survey.instrument import QuestionKind
from models.rulebooks.loader import load
from models.terms import FlagReason, ResponseChannel

SPEC = load("gulou").rulebook.survey
INSTRUMENT = SPEC.instrument
SHEET = INSTRUMENT.questionnaire("elderly")
ZONE = timezone(timedelta(hours=8))
OPENS, CLOSES = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC)
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
"""Noon where the district is."""
WHOLE = {question.key: "satisfied" for question in SHEET.questions if question.kind is QuestionKind.SCALE}


def kept(given: dict, whole: bool = False):
    return judged(INSTRUMENT, SHEET, given, whole)


# Answers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        pytest.param({"parking": "good"}, AnswerFault.UNKNOWN_CHOICE, id="a step of no scale"),
        pytest.param({"parking": 80}, AnswerFault.WRONG_KIND, id="points instead of a step"),
        pytest.param({"parking": ["fair", "satisfied"]}, AnswerFault.WRONG_KIND, id="two steps"),
        pytest.param({"topics": "parking"}, AnswerFault.WRONG_KIND, id="one where several are listed"),
        pytest.param({"topics": ["parking", "moon"]}, AnswerFault.UNKNOWN_CHOICE, id="one unknown"),
        pytest.param({"topics": [["parking"]]}, AnswerFault.UNKNOWN_CHOICE, id="lists in lists"),
        pytest.param({"years_here": "12"}, AnswerFault.WRONG_KIND, id="a text where a number is asked"),
        pytest.param({"years_here": True}, AnswerFault.WRONG_KIND, id="yes where a number is asked"),
        pytest.param({"years_here": 101}, AnswerFault.OUT_OF_RANGE, id="too many years"),
        pytest.param({"years_here": -1}, AnswerFault.OUT_OF_RANGE, id="years below none"),
        pytest.param({"suggestions": "x" * 1001}, AnswerFault.TOO_LONG, id="too long"),
        pytest.param({"suggestions": "a\x00b"}, AnswerFault.BAD_TEXT, id="no text"),
        pytest.param({"suggestions": 7}, AnswerFault.WRONG_KIND, id="a number where a text is asked"),
        pytest.param({"colour": "blue"}, AnswerFault.UNKNOWN_QUESTION, id="what was never asked"),
    ],
)
def test_an_answer_that_is_none_is_told(given, fault):
    found = kept(given)
    assert [one.fault for one in found.faults] == [fault]
    assert found.answers == {}


def test_what_is_needed_may_be_missing_until_it_is_handed_in():
    assert kept({"clinic": "fair"}).faults == ()
    missing = {one.question for one in kept({"clinic": "fair"}, whole=True).faults}
    assert missing == set(WHOLE) - {"clinic"}
    assert kept(WHOLE, whole=True).faults == ()


def test_answers_are_kept_in_the_order_asked_and_blanks_not_at_all():
    given = {
        "suggestions": "  修路\n谢谢 ",
        "parking": "fair",
        "years_here": 3,
        "topics": [],
        "topic_other": " ",
    }
    found = kept({**given, "lives_alone": ""})
    assert found.faults == ()
    assert list(found.answers.items()) == [
        ("years_here", 3),
        ("parking", "fair"),
        ("suggestions", "修路\n谢谢"),
    ]


def test_what_earlier_answers_do_not_ask_for_is_left_out():
    asked = kept(
        {
            "topics": ["other", "parking"],
            "topic_other": "电梯",
            "lives_alone": "no_answer",
            "alone_needs": "x",
        }
    )
    assert asked.answers["topic_other"] == "电梯"
    assert asked.answers["topics"] == ["parking", "other"]
    assert "alone_needs" not in asked.answers


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from([question.key for question in SHEET.questions]) | st.text(max_size=8), JSON
    )
)
def test_whatever_is_given_what_is_kept_is_kept_again(given):
    first = kept(given)
    again = kept(first.answers)
    assert again.faults == ()
    assert again.answers == first.answers
    assert answering.digest(first.answers) == answering.digest(dict(reversed(first.answers.items())))


def test_words_and_low_scores_are_opinions():
    answers = {**WHOLE, "clinic": "dissatisfied", "parking": "fair", "care": "x", "suggestions": "修路"}
    answers["nuisance"] = "very_dissatisfied"
    answers["mediation"] = "cannot_say"
    answers["worker_attitude"] = "dissatisfied"
    found = answering.opinions(INSTRUMENT, SHEET, answers, SPEC.low_score)
    assert set(found) == {
        Heard("clinic", "clinic", 30, None),
        Heard("nuisance", "nuisance", 0, None),
        Heard("worker_attitude", "service_desk", 30, None),
        Heard("suggestions", None, None, "修路"),
    }


# Fair play ----------------------------------------------------------------------------------------

FINE = Sheet(
    channel=ResponseChannel.PAGE,
    started_at=NOON,
    finished_at=NOON + timedelta(seconds=120),
    received_at=NOON + timedelta(seconds=120),
    seconds=120,
    answered=21,
    steps=(Decimal(100),) * 20 + (Decimal(80),),
    written=40,
)
LINE = (Decimal(100),) * 21
NIGHT = datetime(2026, 3, 4, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "rules"),
    [
        pytest.param({}, [], id="a sheet like any other"),
        pytest.param({"seconds": 25}, ["speeder: 25 s < 25.2 s for 21 answers"], id="too quick"),
        pytest.param({"seconds": 26}, [], id="quick, but not too quick"),
        pytest.param({"seconds": None}, [], id="nobody measured"),
        pytest.param(
            {"steps": LINE, "seconds": 52},
            ["straight line: 21 times 100 in 52 s < 52.5 s"],
            id="a quick line",
        ),
        pytest.param({"steps": LINE, "seconds": 53}, [], id="a line in good time"),
        pytest.param({"steps": LINE, "seconds": None}, [], id="a line that nobody timed"),
        pytest.param({"steps": LINE[:9], "seconds": 30, "answered": 21}, [], id="a line too short to tell"),
        pytest.param(
            {"alike": 1},
            ["duplicate: the same answers and 40 characters as an earlier sheet"],
            id="words again",
        ),
        pytest.param({"alike": 5, "written": 11}, [], id="the same without many words"),
        pytest.param(
            {"same_device": 1}, ["duplicate: sheet 2 from one device, 1 allowed"], id="device again"
        ),
        pytest.param(
            {"started_at": NOON + timedelta(hours=1)},
            ["impossible time: finished before it was started"],
            id="ends before it begins",
        ),
        pytest.param(
            {"finished_at": NOON + timedelta(hours=1)},
            ["impossible time: finished after it was received"],
            id="not over yet",
        ),
        pytest.param(
            {"started_at": OPENS - timedelta(seconds=1)},
            ["impossible time: outside the round"],
            id="before it opened",
        ),
        pytest.param(
            {"finished_at": CLOSES + timedelta(1), "received_at": CLOSES + timedelta(1)},
            ["impossible time: outside the round"],
            id="after it closed",
        ),
        pytest.param(
            {
                "channel": ResponseChannel.PAPER,
                "started_at": NIGHT,
                "finished_at": NIGHT,
                "received_at": NIGHT,
            },
            ["impossible time: PAPER at 03:00"],
            id="paper at night",
        ),
        pytest.param(
            {"started_at": NIGHT, "finished_at": NIGHT, "received_at": NIGHT}, [], id="a phone at night"
        ),
    ],
)
def test_doubts(changed, rules):
    found = doubts(replace(FINE, **changed), SPEC.fair, OPENS, CLOSES, ZONE)
    assert [one.rule for one in found] == rules
    assert all(one.excludes for one in found)
    assert all(len(one.rule) <= 80 for one in found)


def test_the_rulebook_says_which_doubts_leave_out():
    lenient = replace(SPEC.fair, excludes=(FlagReason.DUPLICATE,))
    sheet = replace(FINE, seconds=3, steps=LINE, same_device=2)
    found = {one.reason: one.excludes for one in doubts(sheet, lenient, OPENS, CLOSES, ZONE)}
    assert found == {
        FlagReason.DUPLICATE: True,
        FlagReason.SPEEDER: False,
        FlagReason.STRAIGHT_LINER: False,
    }
