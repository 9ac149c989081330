"""The end of a case (domain guide 3): answered, followed up, reviewed; merged with others, split again."""

from __future__ import annotations

import pytest

from models.policy import orders
from models.policy.orders import Telling
from models.policy.steps import RefusalCode
from models.terms import AssignmentStatus, Command, EntryKind, Level, Rating, Stage
from tests.models.clockwork import COMMUNITY, FULL_MARKS, Run, when

RESIDENT, HOTLINE, PATROL = Telling("r", asked=True), Telling("h", asked=True), Telling("p", asked=False)


def verified(*reports: Telling, level: Level = Level.GENERAL, answered: bool = True) -> Run:
    """Verified at 13:30; SIMPLE by the community, GENERAL by the department."""
    run = Run(level, reports=reports or (RESIDENT,))
    if level is Level.SIMPLE:
        run.assess("10-09 09:10", level, COMMUNITY)
        run.step("complete", "10-09 11:00", "worker")
    else:
        run.to_verifying()
    run.verify("10-09 13:30", answered=answered)
    return run


def rate(run: Run, at: str, report: str, rating: Rating, command: Command = Command.RATE) -> None:
    run.take(command, at, orders.Rate(run.by(), report, rating))


def test_no_issue_is_filed_without_an_answer():
    run = verified(PATROL, level=Level.SIMPLE, answered=False)
    assert (run.case.stage, run.due()) == (Stage.VERIFYING, {"answer-4": "10-10 12:00"})
    run.take(Command.ANSWER, "10-09 14:00", orders.Answer(run.by()))
    assert run.case.stage is Stage.FILED
    assert run.kinds()[-3:] == ["VERIFIED", "ANSWERED", "FILED"]


def test_residents_and_the_hotline_are_asked_and_others_only_answered():
    run = verified(RESIDENT, HOTLINE, PATROL)
    assert run.owed() == [("REVIEW", "donghu"), ("FOLLOW_UP", "donghu")]
    assert run.due()["follow_up-7"] == "10-13 12:00"
    run.review("10-09 14:00")
    rate(run, "10-09 15:00", "r", Rating.SATISFIED)
    assert run.case.stage is Stage.REVIEWING
    rate(run, "10-09 16:00", "h", Rating.UNREACHED, Command.FOLLOW_UP)
    assert run.case.stage is Stage.FILED
    assert run.kinds()[-3:] == ["RATED", "FOLLOWED_UP", "FILED"]


def test_the_review_is_waited_for_as_well():
    run = verified()
    rate(run, "10-09 14:00", "r", Rating.SATISFIED)
    assert (run.case.stage, run.owed()) == (Stage.REVIEWING, [("REVIEW", "donghu")])
    run.review("10-09 15:00")
    assert run.case.stage is Stage.FILED


def test_each_reporter_may_have_an_answer_of_their_own_and_all_must_have_one():
    run = verified(RESIDENT, HOTLINE, answered=False)
    run.take(Command.ANSWER, "10-09 14:00", orders.Answer(run.by(), ["h"]))
    assert [kind for kind, _ in run.owed()] == ["REVIEW", "ANSWER"]
    assert run.refusal(Command.ANSWER, "10-09 14:10", orders.Answer(run.by(), ["h"])).field == "reports"
    run.take(Command.ANSWER, "10-09 14:10", orders.Answer(run.by()))
    assert [kind for kind, _ in run.owed()] == ["REVIEW", "FOLLOW_UP"]
    assert [n.data for n in run.notes if n.kind is EntryKind.ANSWERED] == [
        {"reports": ["h"], "round": 0},
        {"reports": ["r"], "round": 0},
    ]


def test_a_dissatisfied_reporter_reopens_handling_once():
    run = verified(RESIDENT, HOTLINE)
    run.review("10-09 14:00")
    rate(run, "10-09 14:10", "r", Rating.SATISFIED)
    rate(run, "10-09 15:00", "h", Rating.DISSATISFIED, Command.FOLLOW_UP)
    assert (run.case.stage, run.owed()) == (Stage.HANDLING, [("HANDLE", "lighting")])
    assert (run.part.status, run.part.reworks) == (AssignmentStatus.ON_SITE, 1)
    assert [(one.answered, one.rating) for one in run.case.state.reports] == [(False, None)] * 2
    assert run.kinds()[-3:] == ["FOLLOWED_UP", "REOPENED", "REWORK"]
    run.step("complete", "10-10 10:00", "handler")
    run.verify("10-10 11:00")
    assert run.owed() == [("FOLLOW_UP", "donghu")], "the department has its scorecard; one issue, one card"
    rate(run, "10-10 13:40", "h", Rating.DISSATISFIED)
    rate(run, "10-10 13:50", "r", Rating.SATISFIED)
    assert (run.case.stage, run.part.reworks) == (Stage.FILED, 1)


@pytest.mark.parametrize(
    ("report", "rating", "command", "code", "found"),
    [
        pytest.param("x", Rating.SATISFIED, Command.RATE, RefusalCode.NOT_FOUND, "x", id="no such report"),
        pytest.param("p", Rating.SATISFIED, Command.RATE, RefusalCode.WRONG_STATUS, "NOT_ASKED", id="patrol"),
        pytest.param(
            "r",
            Rating.UNREACHED,
            Command.RATE,
            RefusalCode.BAD_INPUT,
            "UNREACHED",
            id="nobody misses oneself",
        ),
        pytest.param("h", Rating.SATISFIED, Command.RATE, RefusalCode.WRONG_STATUS, "SATISFIED", id="twice"),
    ],
)
def test_a_rating_is_of_who_is_asked_and_given_once(report, rating, command, code, found):
    run = verified(RESIDENT, HOTLINE, PATROL)
    rate(run, "10-09 14:00", "h", Rating.SATISFIED)
    refusal = run.refusal(command, "10-09 14:10", orders.Rate(run.by(), report, rating))
    assert (refusal.code, refusal.found) == (code, found)


@pytest.mark.parametrize("signers", [[], ["clerk-1"], ["clerk-1", "clerk-1"]])
def test_a_review_is_signed_by_two_people(signers):
    run = verified(PATROL)
    order = orders.Review(run.by(), run.part.id, FULL_MARKS, signers)
    refusal = run.refusal(Command.REVIEW, "10-09 14:00", order)
    assert (refusal.code, refusal.field) == (RefusalCode.BAD_INPUT, "signers")


# Merging --------------------------------------------------------------------------------------------------


def joined(run: Run, at: str, *reports: Telling, origin: str = "case-2") -> None:
    order = orders.Join(run.by(), origin, list(reports))
    assert run.case.refuse_join(order, when(at)) is None
    run.case.join(order, when(at))
    run.tell(at)
    run._drain()


def test_an_issue_that_is_merged_ends_and_says_where_it_went():
    run = Run()
    run.take(Command.MERGE, "10-09 09:10", orders.Merge(run.by(), "case-1b"))
    assert (run.case.stage, run.owed()) == (Stage.CANCELLED, [])
    assert (run.batches[-1].merged_into, run.case.state.reports) == ("case-1b", [])
    refusal = Run().refusal(Command.MERGE, "10-09 09:10", orders.Merge(run.by(), "case-1"))
    assert (refusal.code, refusal.field) == (RefusalCode.BAD_INPUT, "into")


def test_reports_that_join_are_answered_and_asked_like_our_own():
    run = Run(reports=(PATROL,))
    joined(run, "10-09 09:05", RESIDENT)
    joined(run, "10-09 09:06", RESIDENT)
    assert [(one.id, one.joined) for one in run.case.state.reports] == [("p", False), ("r", True)]
    run.to_verifying()
    run.verify("10-09 13:30")
    assert ("FOLLOW_UP", "donghu") in run.owed()


def test_a_report_that_joins_after_the_answer_is_owed_one():
    run = verified(RESIDENT)
    joined(run, "10-09 14:00", HOTLINE)
    assert sorted(kind for kind, _ in run.owed()) == ["ANSWER", "FOLLOW_UP", "REVIEW"]
    unanswered = orders.Rate(run.by(), "h", Rating.SATISFIED)
    assert run.refusal(Command.RATE, "10-09 14:10", unanswered).found == "UNANSWERED"


def test_a_report_that_joined_is_split_off_into_an_issue_of_its_own():
    run = Run(reports=(PATROL,))
    joined(run, "10-09 09:05", RESIDENT)
    assert run.refusal(Command.SPLIT, "10-09 09:10", orders.Split(run.by(), "p")).found == "NOT_JOINED"
    run.take(Command.SPLIT, "10-09 09:10", orders.Split(run.by(), "r"))
    assert [one.id for one in run.case.state.reports] == ["p"]
    assert run.notes[-1].data["report"] == "r"


def test_splitting_off_the_last_one_waited_for_files_the_issue():
    run = verified(PATROL)
    joined(run, "10-09 14:00", RESIDENT)
    run.review("10-09 14:10")
    assert run.owed() == [("ANSWER", "donghu")]
    run.take(Command.SPLIT, "10-09 14:20", orders.Split(run.by(), "r"))
    assert run.case.stage is Stage.FILED


def test_a_closed_or_suspended_issue_takes_no_reports():
    run = Run()
    run.take(Command.SUSPEND, "10-09 09:10", orders.Pause(run.by()))
    order = orders.Join(run.by(), "case-2", [RESIDENT])
    assert run.case.refuse_join(order, when("10-09 09:20")).found == "SUSPENDED"
    run.take(Command.CANCEL, "10-09 09:30", orders.Cancel(run.by()))
    assert run.case.refuse_join(order, when("10-09 09:40")).found == "CANCELLED"
