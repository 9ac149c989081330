"""The end of a case: verification, answer, follow-up, reverse review; filed when nothing is owed any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from models.policy import orders, steps
from models.policy.case import Data
from models.policy.casework import Casework
from models.policy.orders import Telling
from models.policy.steps import Refusal, RefusalCode
from models.terms import Criterion, DutyKind, EntryKind, Level, Rating, Stage, UnitKind

REVIEW_POINTS: Mapping[str, int] = {criterion.value: 20 for criterion in Criterion}
LEAST_SIGNERS = 2
"""A reverse review is scored collectively (domain guide 3)."""
AT_THE_END = (DutyKind.VERIFY, DutyKind.ANSWER, DutyKind.FOLLOW_UP, DutyKind.REVIEW)
REOPENINGS = 1
"""How often a dissatisfied reporter reopens handling; after that it is recorded only."""


class Closing(Casework):
    """Decisions on whether it is right, and what those who told of it think."""

    # Verification ------------------------------------------------------------------------------------------

    def refuse_verify(self, order: orders.Verify, now: datetime) -> Refusal | None:
        return steps.verification_refusal(self.facts(), order.by.person)

    def verify(self, order: orders.Verify, now: datetime) -> None:
        """Passed: reporters are answered and departments reviewed, side by side. Failed: handling reopens."""
        self._fulfil(DutyKind.VERIFY, now)
        if not order.passed:
            self._again(order.by, now)
            return
        self._owe_reviews(now)
        self._note(EntryKind.VERIFIED, now, by=order.by, data={"photos": len(order.evidence)})
        if order.answered:
            self._answer(order.by, [report.id for report in self._state.reports], now)
        else:
            self._ask(now)
        self._settle(order.by, now)

    def _owe_reviews(self, now: datetime) -> None:
        """A scorecard for each department; SIMPLE has none, and one that was given stays."""
        served = [p for p in self._active if p.unit.kind is UnitKind.DEPARTMENT and not p.reviewed]
        if self.level is Level.SIMPLE or not served:
            return
        self._put(stage=Stage.REVIEWING)
        for part in served:
            self._open(DutyKind.REVIEW, self._street, now, part.id)

    # Answer ------------------------------------------------------------------------------------------------

    def refuse_answer(self, order: orders.Answer, now: datetime) -> Refusal | None:
        waiting = [report.id for report in self._state.reports if not report.answered]
        strange = [one for one in order.reports if one not in waiting]
        return Refusal(RefusalCode.NOT_FOUND, "reports", strange[0]) if strange else None

    def answer(self, order: orders.Answer, now: datetime) -> None:
        """The words go to each reporter named, or to all who wait."""
        waiting = [report.id for report in self._state.reports if not report.answered]
        self._answer(order.by, order.reports or waiting, now)
        self._settle(order.by, now)

    def _answer(self, by: orders.Actor, reports: list[str], now: datetime) -> None:
        self._put(
            reports=[
                replace(report, answered=report.answered or report.id in reports)
                for report in self._state.reports
            ]
        )
        self._note(EntryKind.ANSWERED, now, by=by, data={"reports": reports, "round": self._state.round})
        self._ask(now)

    def _ask(self, now: datetime) -> None:
        """Owes what is missing – an answer first, then to ask those who are asked – and no more than that."""
        reports = self._state.reports
        unanswered = any(not report.answered for report in reports)
        unasked = any(report.asked and report.rating is None for report in reports)
        if unanswered:
            self._owe(DutyKind.ANSWER, now)
        else:
            self._fulfil(DutyKind.ANSWER, now)
        if not unasked:
            self._fulfil(DutyKind.FOLLOW_UP, now)
        elif not unanswered:
            self._owe(DutyKind.FOLLOW_UP, now)

    def _owe(self, kind: DutyKind, now: datetime) -> None:
        if self._duties.of(kind) is None:
            self._open(kind, self._street, now)

    # Rating ------------------------------------------------------------------------------------------------

    def refuse_rate(self, order: orders.Rate, now: datetime) -> Refusal | None:
        if order.rating is Rating.UNREACHED:
            said = (Rating.DISSATISFIED.value, Rating.SATISFIED.value)
            return Refusal(RefusalCode.BAD_INPUT, "rating", order.rating.value, said)
        return self.refuse_follow_up(order, now)

    def refuse_follow_up(self, order: orders.Rate, now: datetime) -> Refusal | None:
        """Each reporter who is asked, once in a round, after they were answered."""
        report = self._telling(order.report)
        if report is None:
            return Refusal(RefusalCode.NOT_FOUND, "report", order.report)
        if report.rating is not None:
            return Refusal(RefusalCode.WRONG_STATUS, "report", report.rating.value)
        if not report.asked or not report.answered:
            found = "UNANSWERED" if report.asked else "NOT_ASKED"
            return Refusal(RefusalCode.WRONG_STATUS, "report", found)
        return None

    def rate(self, order: orders.Rate, now: datetime) -> None:
        self._rated(EntryKind.RATED, order, now)

    def follow_up(self, order: orders.Rate, now: datetime) -> None:
        self._rated(EntryKind.FOLLOWED_UP, order, now)

    def _rated(self, kind: EntryKind, order: orders.Rate, now: datetime) -> None:
        """What was said counts; whoever is dissatisfied reopens handling once."""
        self._put(
            reports=[
                replace(report, rating=order.rating) if report.id == order.report else report
                for report in self._state.reports
            ]
        )
        data: Data = {"report": order.report, "rating": order.rating.value, "round": self._state.round}
        self._note(kind, now, by=order.by, data=data)
        if order.rating is Rating.DISSATISFIED and self._state.round < REOPENINGS:
            self._reopen(order, now)
            return
        self._ask(now)
        self._settle(order.by, now)

    def _reopen(self, order: orders.Rate, now: datetime) -> None:
        """Handling anew: answers are void, and everyone is asked again."""
        for kind in AT_THE_END:
            self._end(kind, now)
        self._put(
            stage=Stage.HANDLING,
            round=self._state.round + 1,
            reports=[replace(report, answered=False, rating=None) for report in self._state.reports],
        )
        data: Data = {"report": order.report, "round": self._state.round}
        self._note(EntryKind.REOPENED, now, by=order.by, data=data)
        self._again(order.by, now)

    def _telling(self, report: str) -> Telling | None:
        return next((one for one in self._state.reports if one.id == report), None)

    # Review ------------------------------------------------------------------------------------------------

    def refuse_review(self, order: orders.Review, now: datetime) -> Refusal | None:
        wrong = steps.review_refusal(order.scores, REVIEW_POINTS)
        if wrong is not None:
            return wrong
        signers = len(set(order.signers))
        if signers < LEAST_SIGNERS:
            return Refusal(RefusalCode.BAD_INPUT, "signers", str(signers), (f"{LEAST_SIGNERS}..",))
        return None

    def review(self, order: orders.Review, now: datetime) -> None:
        """One scorecard for each department."""
        part = self._change(order.assignment, reviewed=True)
        self._fulfil(DutyKind.REVIEW, now, part.id)
        total = sum(order.scores[key] for key in REVIEW_POINTS)
        data: Data = {"total": total, **order.scores, "signers": sorted(set(order.signers))}
        self._on_part(EntryKind.REVIEWED, part, order.by, now, data)
        self._settle(order.by, now)

    # Filing ------------------------------------------------------------------------------------------------

    def _settle(self, by: orders.Actor, now: datetime) -> None:
        """Filed when it is verified, answered, followed up and reviewed."""
        if self.stage not in steps.AFTER_WORK or any(self._duties.of(kind) for kind in AT_THE_END):
            return
        self._stop(Stage.FILED, now)
        self._note(EntryKind.FILED, now, by=by)
