"""Many reports of one problem become one issue, and apart again (domain guide 3)."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.commanding import Intent, carry_out, visible
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, WHO, said
from api.mutations.results import IssueMerged, ReportSplit, read
from api.problems import AnyProblem
from api.rules import commanded
from api.types.record import Asked
from models.policy import orders
from models.policy.access import Rule
from models.policy.text import OPTIONAL_WORDS
from models.queries import shapes, subjects
from models.queries.cases import CaseOnRecord
from models.terms import Command

MergeIssueResult: TypeAlias = Annotated[
    IssueMerged | AnyProblem, strawberry.union("MergeIssueResult", description=DONE)
]
SplitReportResult: TypeAlias = Annotated[
    ReportSplit | AnyProblem, strawberry.union("SplitReportResult", description=DONE)
]


@strawberry.input(description="并案: an issue that tells of the same problem as another.")
class MergeIssueInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue that ends; nobody has a part in it yet.")
    into: ID = said("The issue that takes its reports: open, of the same street.")
    note: str | None = said("Why, in words.", default=None)


@strawberry.input(description="拆分: a report that was joined by mistake.")
class SplitReportInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue that holds it.")
    report: ID = said("The report: one that came with another issue.")
    note: str | None = said("Why, in words.", default=None)


@strawberry.type
class MergingMutation:
    @commanded(
        Rule.SIGNED_IN,
        "并案: ends an issue whose reports go on with another; each reporter keeps their own answer. "
        f"`Issue.mergeSuggestions` says which look alike. {WHO}",
    )
    @refusable
    async def merge_issue(self, info: Asked, input: Annotated[MergeIssueInput, COMMAND]) -> MergeIssueResult:
        asking = Asking(info.context, "MERGE", input.idempotency_key)
        issue = asking.key("input.issue", input.issue, "Issue")[1]
        into = asking.key("input.into", input.into, "Issue")[1]
        note = asking.text("input.note", input.note, OPTIONAL_WORDS)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            if into == issue:
                raise asking.invalid("input.into", "INTO")
            other = await visible(asking, into, "input.into")
            if (other.district, other.street) != (case.district, case.street):
                raise asking.invalid("input.into", "SAME_STREET")
            if other.stage.closed:
                raise asking.refuse(asking.problems.closed(other.stage.value, "into"))
            return orders.Merge(actor, str(into))

        intent = Intent(
            Command.MERGE, issue, "input.issue", content={"into": str(into)}, texts={"note": note}
        )
        await carry_out(asking, intent, build)
        return IssueMerged(
            issue=await read(info.context, shapes.ISSUE, issue),
            into=await read(info.context, shapes.ISSUE, into),
        )

    @commanded(Rule.SIGNED_IN, f"拆分: makes a joined report an issue of its own again. {WHO}")
    @refusable
    async def split_report(
        self, info: Asked, input: Annotated[SplitReportInput, COMMAND]
    ) -> SplitReportResult:
        asking = Asking(info.context, "SPLIT", input.idempotency_key)
        issue = asking.key("input.issue", input.issue, "Issue")[1]
        report = asking.key("input.report", input.report, "Report")[1]
        note = asking.text("input.note", input.note, OPTIONAL_WORDS)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            return orders.Split(actor, str(report))

        intent = Intent(
            Command.SPLIT, issue, "input.issue", content={"report": str(report)}, texts={"note": note}
        )
        await carry_out(asking, intent, build)
        made = await subjects.split_off(asking.id, report)
        return ReportSplit(
            issue=await read(info.context, shapes.ISSUE, issue),
            split=await read(info.context, shapes.ISSUE, made) if made else None,
        )
