"""Commands on a running issue, in the order of the calling cycle (domain guide 3)."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias
from uuid import UUID

import strawberry

from api.mutations.asking import Asking, refusable
from api.mutations.commanding import Intent, carry_out, issue_of_assignment
from api.mutations.inputs import (
    COMMAND,
    DONE,
    AddProgressNoteInput,
    AssessIssueInput,
    AssignmentInput,
    CallDepartmentInput,
    ReviewDepartmentInput,
    VerifyIssueInput,
)
from api.mutations.results import (
    AssignmentAccepted,
    AssignmentCompleted,
    DepartmentCalled,
    DepartmentReviewed,
    IssueAssessed,
    IssueVerified,
    ProgressNoted,
    ReportedIn,
    after,
    read,
)
from api.problems import AnyProblem
from api.rules import commanded
from api.types.record import Asked
from models.policy import orders, steps
from models.policy.access import Rule
from models.policy.calling import REVIEW_POINTS
from models.policy.duty import Holder
from models.policy.text import OPTIONAL_WORDS, WORDS
from models.queries import cases, evidence, shapes
from models.queries.cases import CaseOnRecord
from models.terms import Command, EvidenceKind, Level, UnitKind, derived_id

MOST_PHOTOS = 20
WHO = "Who may is the policy table's to say; a refusal is a member of the result."


AssessIssueResult: TypeAlias = Annotated[
    IssueAssessed | AnyProblem, strawberry.union("AssessIssueResult", description=DONE)
]
CallDepartmentResult: TypeAlias = Annotated[
    DepartmentCalled | AnyProblem, strawberry.union("CallDepartmentResult", description=DONE)
]
AcceptAssignmentResult: TypeAlias = Annotated[
    AssignmentAccepted | AnyProblem, strawberry.union("AcceptAssignmentResult", description=DONE)
]
ReportInResult: TypeAlias = Annotated[
    ReportedIn | AnyProblem, strawberry.union("ReportInResult", description=DONE)
]
CompleteAssignmentResult: TypeAlias = Annotated[
    AssignmentCompleted | AnyProblem, strawberry.union("CompleteAssignmentResult", description=DONE)
]
AddProgressNoteResult: TypeAlias = Annotated[
    ProgressNoted | AnyProblem, strawberry.union("AddProgressNoteResult", description=DONE)
]
VerifyIssueResult: TypeAlias = Annotated[
    IssueVerified | AnyProblem, strawberry.union("VerifyIssueResult", description=DONE)
]
ReviewDepartmentResult: TypeAlias = Annotated[
    DepartmentReviewed | AnyProblem, strawberry.union("ReviewDepartmentResult", description=DONE)
]


@strawberry.type
class CaseworkMutation:
    @commanded(
        Rule.SIGNED_IN, f"研判: the street judges level and category, and who handles what is SIMPLE. {WHO}"
    )
    @refusable
    async def assess_issue(
        self, info: Asked, input: Annotated[AssessIssueInput, COMMAND]
    ) -> AssessIssueResult:
        asking = Asking(info.context, "ASSESS", input.idempotency_key)
        issue = asking.key("input.issue", input.issue, "Issue")[1]
        note = asking.text("input.note", input.note, OPTIONAL_WORDS)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            return await _assessment(asking, input, actor, case)

        content = {
            "level": input.level.value,
            "category": input.category,
            "team": input.team and input.team.name,
        }
        intent = Intent(Command.ASSESS, issue, "input.issue", content=content, texts={"note": note})
        await carry_out(asking, intent, build)
        return IssueAssessed(issue=await read(info.context, shapes.ISSUE, issue))

    @commanded(Rule.SIGNED_IN, f"呼叫: the street calls the department that must respond. {WHO}")
    @refusable
    async def call_department(
        self, info: Asked, input: Annotated[CallDepartmentInput, COMMAND]
    ) -> CallDepartmentResult:
        asking = Asking(info.context, "CALL", input.idempotency_key)
        issue = asking.key("input.issue", input.issue, "Issue")[1]
        department = asking.key("input.department", input.department, "Department")[1]
        demand = asking.text("input.demand", input.demand, WORDS)
        call = derived_id("call", asking.id)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            if await cases.district_of_department(department) != case.district:
                raise asking.refuse(asking.problems.not_found("input.department", "department"))
            return orders.CallDepartments(actor, str(call), [str(department)])

        content = {"department": str(department)}
        intent = Intent(Command.CALL, issue, "input.issue", content=content, texts={"demand": demand})
        await carry_out(asking, intent, build)
        assignment = await cases.assignment_of_call(call)
        return DepartmentCalled(
            call=await read(info.context, shapes.CALL, call), **await after(info.context, issue, assignment)
        )

    @commanded(Rule.SIGNED_IN, f"承接: the department takes its part on. {WHO}")
    @refusable
    async def accept_assignment(
        self, info: Asked, input: Annotated[AssignmentInput, COMMAND]
    ) -> AcceptAssignmentResult:
        return AssignmentAccepted(**await _step(info, Command.ACCEPT, input))

    @commanded(Rule.SIGNED_IN, f"报到: the department turns up on site. {WHO}")
    @refusable
    async def report_in(self, info: Asked, input: Annotated[AssignmentInput, COMMAND]) -> ReportInResult:
        return ReportedIn(**await _step(info, Command.REPORT_IN, input))

    @commanded(Rule.SIGNED_IN, f"办结: the handler declares its part done. {WHO}")
    @refusable
    async def complete_assignment(
        self, info: Asked, input: Annotated[AssignmentInput, COMMAND]
    ) -> CompleteAssignmentResult:
        return AssignmentCompleted(**await _step(info, Command.COMPLETE, input))

    @commanded(Rule.SIGNED_IN, f"进展: a note on how it goes. {WHO}")
    @refusable
    async def add_progress_note(
        self, info: Asked, input: Annotated[AddProgressNoteInput, COMMAND]
    ) -> AddProgressNoteResult:
        asking = Asking(info.context, "NOTE", input.idempotency_key)
        issue = asking.key("input.issue", input.issue, "Issue")[1]
        note = asking.text("input.note", input.note, WORDS)
        assignment = None
        if input.assignment is not None:
            part = asking.key("input.assignment", input.assignment, "Assignment")[1]
            if await issue_of_assignment(asking, "input.assignment", part) != issue:
                raise asking.refuse(asking.problems.not_found("input.assignment", "assignment"))
            assignment = str(part)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            return orders.AddNote(actor, assignment)

        intent = Intent(Command.NOTE, issue, "input.issue", assignment, texts={"note": note})
        await carry_out(asking, intent, build)
        return ProgressNoted(issue=await read(info.context, shapes.ISSUE, issue))

    @commanded(Rule.SIGNED_IN, f"核实: someone other than the handler checks the result on site. {WHO}")
    @refusable
    async def verify_issue(
        self, info: Asked, input: Annotated[VerifyIssueInput, COMMAND]
    ) -> VerifyIssueResult:
        asking = Asking(info.context, "VERIFY", input.idempotency_key)
        issue = asking.key("input.issue", input.issue, "Issue")[1]
        note = asking.text("input.note", input.note, OPTIONAL_WORDS)
        if len(input.evidence) > MOST_PHOTOS:
            raise asking.invalid("input.evidence", "COUNT", most=MOST_PHOTOS)
        photos = [asking.key("input.evidence", photo, "Evidence")[1] for photo in input.evidence]

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            kinds = await evidence.confirmed_kinds(issue, photos)
            if len(kinds) < len(set(photos)):
                raise asking.invalid("input.evidence", "EVIDENCE")
            if input.passed and EvidenceKind.AFTER not in kinds.values():
                raise asking.invalid("input.evidence", "PHOTO")
            return orders.Verify(actor, input.passed, [str(photo) for photo in kinds])

        content = {"passed": input.passed, "evidence": sorted(map(str, photos))}
        intent = Intent(Command.VERIFY, issue, "input.issue", content=content, texts={"note": note})
        await carry_out(asking, intent, build)
        return IssueVerified(issue=await read(info.context, shapes.ISSUE, issue))

    @commanded(Rule.SIGNED_IN, f"逆向评议: the street scores the department that served it. {WHO}")
    @refusable
    async def review_department(
        self, info: Asked, input: Annotated[ReviewDepartmentInput, COMMAND]
    ) -> ReviewDepartmentResult:
        asking = Asking(info.context, "REVIEW", input.idempotency_key)
        part = asking.key("input.assignment", input.assignment, "Assignment")[1]
        comment = asking.text("input.comment", input.comment, OPTIONAL_WORDS)
        for name, score in vars(input.scores).items():
            most = REVIEW_POINTS[name.upper()]
            if not 0 <= score <= most:
                field = f"input.scores.{_camel(name)}"
                raise asking.invalid(field, "RANGE", least=0, most=most)
        issue = await issue_of_assignment(asking, "input.assignment", part)
        scores = input.scores.by_criterion()

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            return orders.Review(actor, str(part), scores)

        intent = Intent(
            Command.REVIEW, issue, "input.assignment", str(part), content=scores, texts={"note": comment}
        )
        await carry_out(asking, intent, build)
        card = derived_id(issue, "scorecard", part)
        return DepartmentReviewed(
            issue=await read(info.context, shapes.ISSUE, issue),
            scorecard=await read(info.context, shapes.SCORECARD, card),
        )


async def _step(info: Asked, command: Command, input: AssignmentInput) -> dict[str, Any]:
    """Accept, report in and complete differ in nothing but the command."""
    asking = Asking(info.context, command.value, input.idempotency_key)
    part = asking.key("input.assignment", input.assignment, "Assignment")[1]
    note = asking.text("input.note", input.note, OPTIONAL_WORDS)
    issue = await issue_of_assignment(asking, "input.assignment", part)

    async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
        return orders.OnAssignment(actor, str(part))

    intent = Intent(command, issue, "input.assignment", str(part), texts={"note": note})
    await carry_out(asking, intent, build)
    return await after(info.context, issue, part)


async def _assessment(
    asking: Asking, input: AssessIssueInput, actor: orders.Actor, case: CaseOnRecord
) -> orders.Order:
    book = await cases.rulebook(case.rulebook)
    category = input.category or case.category
    item = book.item(category)
    if item is None:
        raise asking.invalid("input.category", "CATEGORY")
    team = None
    if input.level is Level.SIMPLE:
        team = _team(case, UnitKind[input.team.name] if input.team else item.own_team)
        if team is None:
            raise asking.invalid("input.team", "TEAM")
    refused = steps.assessment_refusal(input.level, team.kind if team else None)
    if refused is not None:
        raise asking.refuse(asking.problems.refused(refused))
    rules = await cases.rules_of(case, category) if category != case.category else None
    return orders.Assess(actor, input.level, team, rules)


def _team(case: CaseOnRecord, kind: UnitKind) -> Holder | None:
    """The street's own people of this kind; None where the issue lies in no such unit."""
    units: dict[UnitKind, UUID | None] = {
        UnitKind.STREET: case.street,
        UnitKind.COMMUNITY: case.community,
        UnitKind.GRID: case.grid,
    }
    unit = units.get(kind)
    return Holder(kind, str(unit)) if unit else None


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
