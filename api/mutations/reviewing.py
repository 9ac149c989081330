"""逆向评议: scored collectively, so one drafts the sheet and another signs it (domain guide 3)."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.commanding import Intent, admitted, carry_out, issue_of_assignment
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, WHO, said
from api.mutations.results import DepartmentReviewed, ReviewDrafted, read
from api.problems import AnyProblem
from api.rules import commanded
from api.types.record import Asked
from models.policy import orders
from models.policy.access import Rule
from models.policy.calling import REVIEW_POINTS
from models.policy.text import OPTIONAL_WORDS
from models.queries import paper_shapes as paper
from models.queries import shapes, sheets
from models.queries.cases import CaseOnRecord
from models.queries.commands import Receipt
from models.queries.sheets import Draft
from models.terms import Command, derived_id

ReviewDepartmentResult: TypeAlias = Annotated[
    ReviewDrafted | AnyProblem, strawberry.union("ReviewDepartmentResult", description=DONE)
]
SignReviewResult: TypeAlias = Annotated[
    DepartmentReviewed | AnyProblem, strawberry.union("SignReviewResult", description=DONE)
]


@strawberry.input(description="A score of 0 to 20 for each of the five criteria.")
class ReviewScoresInput:
    report_in: int = said("Whether they turned up 报到.")
    professionalism: int = said("How well they knew their job 专业性.")
    responsibility: int = said("Whether they took it on as theirs 担当意识.")
    cooperation: int = said("How they worked with others 配合度.")
    outcome: int = said("What came of it 办理结果.")

    def by_criterion(self) -> dict[str, int]:
        """The scores as the rulebook names the criteria."""
        return {name.upper(): score for name, score in vars(self).items()}


@strawberry.input(description="A street's review of one department on one issue 一事一评.")
class ReviewDepartmentInput:
    idempotency_key: str = said(KEY_WORDS)
    assignment: ID = said("The department's part.")
    scores: ReviewScoresInput = said("The five scores.")
    comment: str | None = said("A word with it.", default=None)


@strawberry.input(description="A signature under a sheet.")
class SignReviewInput:
    idempotency_key: str = said(KEY_WORDS)
    sheet: ID = said("The sheet.")
    version: int = said("The version that was looked at; a sheet that changed since is not signed.")


@strawberry.type
class ReviewingMutation:
    @commanded(
        Rule.SIGNED_IN,
        "逆向评议: drafts the sheet by which the street scores the department that served it, and signs it; "
        f"it counts once another person of the street signs. Changing it voids its signatures. {WHO}",
    )
    @refusable
    async def review_department(
        self, info: Asked, input: Annotated[ReviewDepartmentInput, COMMAND]
    ) -> ReviewDepartmentResult:
        asking = Asking(info.context, "REVIEW", input.idempotency_key)
        part = asking.key("input.assignment", input.assignment, "Assignment")[1]
        comment = asking.text("input.comment", input.comment, OPTIONAL_WORDS)
        check_points(asking, input.scores)
        issue = await issue_of_assignment(asking, "input.assignment", part)
        scores = input.scores.by_criterion()
        content = {**scores, "draft": True}
        intent = Intent(
            Command.REVIEW, issue, "input.assignment", str(part), content=content, texts={"note": comment}
        )
        asked = await admitted(asking, intent)
        if asked.actor is not None:
            person, post = UUID(asked.actor.person), UUID(asked.actor.post)
            received = await sheets.draft(
                Draft(issue, part, scores, comment, person, post),
                command=asked.command,
                actor=asking.actor,
                fingerprint=asked.fingerprint,
                now=info.context.now(),
            )
            if received.receipt is Receipt.CONFLICT:
                raise asking.refuse(asking.problems.key_reused())
        return ReviewDrafted(
            issue=await read(info.context, shapes.ISSUE, issue),
            sheet=await read(info.context, paper.REVIEW_SHEET, sheets.sheet_id(part)),
        )

    @commanded(
        Rule.SIGNED_IN, f"签字: another person of the street signs the sheet: the review counts. {WHO}"
    )
    @refusable
    async def sign_review(self, info: Asked, input: Annotated[SignReviewInput, COMMAND]) -> SignReviewResult:
        asking = Asking(info.context, "REVIEW", input.idempotency_key)
        key = asking.key("input.sheet", input.sheet, "ReviewSheet")[1]
        found = await sheets.sheet(key)
        if found is None:
            raise asking.refuse(asking.problems.not_found("input.sheet", "sheet"))
        sheet, person = found, info.context.viewer.person

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            if input.version != sheet.version:
                raise asking.invalid("input.version", "VERSION", found=sheet.version)
            if person in sheet.signers:
                raise asking.refuse(asking.problems.signed("input.sheet"))
            signers = sorted({str(one) for one in sheet.signers} | {str(person)})
            return orders.Review(actor, str(sheet.assignment), sheet.scores, signers)

        intent = Intent(
            Command.REVIEW,
            sheet.issue,
            "input.sheet",
            str(sheet.assignment),
            content={"sheet": str(key), "version": input.version},
            lent={"note": sheet.comment},
        )
        case = await carry_out(asking, intent, build)
        await _keep_signature(info, sheet, input.version, case)
        card = derived_id(sheet.issue, "scorecard", sheet.assignment)
        return DepartmentReviewed(
            issue=await read(info.context, shapes.ISSUE, sheet.issue),
            scorecard=await read(info.context, shapes.SCORECARD, card),
        )


async def _keep_signature(info: Asked, sheet: sheets.Sheet, version: int, case: CaseOnRecord) -> None:
    """Beside the scorecard, which names who signed, the sheet itself shows it."""
    viewer = info.context.viewer
    post = next((p.id for p in viewer.posts if p.id and p.street == case.street), None)
    if viewer.person is not None and post is not None:
        await sheets.sign(sheet.id, sheet.issue, version, viewer.person, post, info.context.now())


def check_points(asking: Asking, scores: ReviewScoresInput) -> None:
    """Each from 0 to what its criterion is worth; refuses naming the criterion."""
    for name, score in vars(scores).items():
        most = REVIEW_POINTS[name.upper()]
        if not 0 <= score <= most:
            raise asking.invalid(f"input.scores.{_camel(name)}", "RANGE", least=0, most=most)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
