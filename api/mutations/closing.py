"""The end: verification, answers, what reporters say (domain guide 3)."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry
from strawberry import ID

from api.mutations import gates
from api.mutations.asking import Asking, refusable
from api.mutations.commanding import AboutReport, Intent, carry_out
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, WHO, said
from api.mutations.results import (
    IssueChanged,
    IssueCommandResult,
    IssueVerified,
    RatingResult,
    ReportRated,
    read,
)
from api.problems import AnyProblem
from api.rules import commanded
from api.types.record import Asked
from models.policy import access, orders
from models.policy.access import Rule
from models.policy.text import OPTIONAL_WORDS, WORDS
from models.queries import shapes, subjects
from models.queries.cases import CaseOnRecord
from models.terms import Command, Rating

MOST_PHOTOS = 20
MOST_REPORTS = 100
SAID = (Rating.SATISFIED, Rating.DISSATISFIED)

VerifyIssueResult: TypeAlias = Annotated[
    IssueVerified | AnyProblem, strawberry.union("VerifyIssueResult", description=DONE)
]


@strawberry.input(description="The result of looking at the place.")
class VerifyIssueInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue.")
    passed: bool = said("Whether the problem is gone; if not, handling reopens.")
    evidence: list[ID] = said(
        "Accepted photos; those the rulebook asks for when it passed, usually one AFTER photo."
    )
    note: str | None = said("What was found.", default=None)
    answer: str | None = said(
        "When it passed: what every reporter is answered in the same step; for clerks of the street.",
        default=None,
    )


@strawberry.input(description="答复: what the street tells reporters of the result.")
class AnswerReportersInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue.")
    answer: str = said("The answer, up to 2,000 characters.")
    reports: list[ID] = said("Whom it answers; left out, everybody who waits.", default_factory=list)


@strawberry.input(description="评价: what one's own report came to.")
class RateReportInput:
    idempotency_key: str = said(KEY_WORDS)
    report: ID = said("One's own report.")
    rating: Rating = said("SATISFIED or DISSATISFIED; the latter reopens handling, once.")
    comment: str | None = said("A word with it, up to 2,000 characters.", default=None)


@strawberry.input(description="回访: what a reporter said when the street asked.")
class RecordFollowUpInput:
    idempotency_key: str = said(KEY_WORDS)
    report: ID = said("The report.")
    rating: Rating = said("What the reporter said, or that they were not reached.")
    comment: str | None = said("The reporter's words, up to 2,000 characters.", default=None)


@strawberry.type
class ClosingMutation:
    @commanded(Rule.SIGNED_IN, f"核实: someone other than the handler checks the result on site. {WHO}")
    @refusable
    async def verify_issue(
        self, info: Asked, input: Annotated[VerifyIssueInput, COMMAND]
    ) -> VerifyIssueResult:
        asking = Asking(info.context, "VERIFY", input.idempotency_key)
        issue = asking.key("input.issue", input.issue, "Issue")[1]
        note = asking.text("input.note", input.note, OPTIONAL_WORDS)
        answer = asking.text("input.answer", input.answer, OPTIONAL_WORDS)
        if answer and not input.passed:
            raise asking.invalid("input.answer", "ONLY_PASSED")
        if len(input.evidence) > MOST_PHOTOS:
            raise asking.invalid("input.evidence", "COUNT", most=MOST_PHOTOS)
        photos = [asking.key("input.evidence", photo, "Evidence")[1] for photo in input.evidence]

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            fit = await gates.check_named(asking, case, photos, input.passed, "input.evidence")
            if answer:
                _check_may_answer(asking, case)
            return orders.Verify(actor, input.passed, fit, bool(answer))

        content = {"passed": input.passed, "evidence": sorted(map(str, photos))}
        texts = {"note": note, **({"answer": answer} if answer else {})}
        intent = Intent(Command.VERIFY, issue, "input.issue", content=content, texts=texts)
        await carry_out(asking, intent, build)
        return IssueVerified(issue=await read(info.context, shapes.ISSUE, issue))

    @commanded(
        Rule.SIGNED_IN, f"答复: the street answers those who told of it; no issue is filed without. {WHO}"
    )
    @refusable
    async def answer_reporters(
        self, info: Asked, input: Annotated[AnswerReportersInput, COMMAND]
    ) -> IssueCommandResult:
        asking = Asking(info.context, "ANSWER", input.idempotency_key)
        issue = asking.key("input.issue", input.issue, "Issue")[1]
        answer = asking.text("input.answer", input.answer, WORDS)
        if len(input.reports) > MOST_REPORTS:
            raise asking.invalid("input.reports", "COUNT", most=MOST_REPORTS)
        named = sorted({str(asking.key("input.reports", one, "Report")[1]) for one in input.reports})

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            return orders.Answer(actor, named)

        intent = Intent(
            Command.ANSWER, issue, "input.issue", content={"reports": named}, texts={"answer": answer}
        )
        await carry_out(asking, intent, build)
        return IssueChanged(issue=await read(info.context, shapes.ISSUE, issue))

    @commanded(
        Rule.SIGNED_IN, f"评价: the reporter says how it went, once answered; only of one's own report. {WHO}"
    )
    @refusable
    async def rate_report(self, info: Asked, input: Annotated[RateReportInput, COMMAND]) -> RatingResult:
        asking = Asking(info.context, "RATE", input.idempotency_key)
        if input.rating not in SAID:
            expected = ", ".join(rating.value for rating in SAID)
            raise asking.invalid("input.rating", "SAID", expected=expected)
        return await _rate(asking, Command.RATE, input)

    @commanded(Rule.SIGNED_IN, f"回访: the street asked the reporter how it went, and writes it down. {WHO}")
    @refusable
    async def record_follow_up(
        self, info: Asked, input: Annotated[RecordFollowUpInput, COMMAND]
    ) -> RatingResult:
        return await _rate(Asking(info.context, "FOLLOW_UP", input.idempotency_key), Command.FOLLOW_UP, input)


async def _rate(
    asking: Asking, command: Command, input: RateReportInput | RecordFollowUpInput
) -> ReportRated:
    key = asking.key("input.report", input.report, "Report")[1]
    comment = asking.text("input.comment", input.comment, OPTIONAL_WORDS)
    report = await subjects.report(key)
    if report is None:
        raise asking.refuse(asking.problems.not_found("input.report", "report"))

    async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
        return orders.Rate(actor, str(key), input.rating)

    intent = Intent(
        command,
        report.issue,
        "input.report",
        content={"rating": input.rating.value},
        texts={"comment": comment} if comment else {},
        report=AboutReport(key, report.reporter),
    )
    await carry_out(asking, intent, build)
    context = asking.context
    return ReportRated(
        issue=await read(context, shapes.ISSUE, report.issue), report=await read(context, shapes.REPORT, key)
    )


def _check_may_answer(asking: Asking, case: CaseOnRecord) -> None:
    decision = access.may_command(Command.ANSWER, asking.context.viewer, case.access())
    if decision.reason is not None:
        raise asking.refuse(asking.problems.forbidden(decision.reason, decision.rule, "input.answer"))
