"""From the report until somebody has a part: assess, call, dispatch, regrade, cancel (domain guide 3)."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID

from api.labels import LABELS
from api.mutations import gates
from api.mutations.asking import Asking, refusable
from api.mutations.commanding import Intent, carry_out
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, WHO, IssueReasonInput, said
from api.mutations.named import departments
from api.mutations.results import (
    DepartmentCalled,
    IssueAssessed,
    IssueChanged,
    IssueCommandResult,
    after,
    read,
)
from api.mutations.steps import on_issue
from api.problems import AnyProblem
from api.rules import commanded
from api.types.record import Asked
from models.policy import orders, steps
from models.policy.access import Rule
from models.policy.duty import Holder
from models.policy.text import OPTIONAL_WORDS, WORDS
from models.queries import cases, shapes
from models.queries.cases import CaseOnRecord
from models.terms import Command, EvidenceStep, Level, UnitKind, derived_id

AssessIssueResult: TypeAlias = Annotated[
    IssueAssessed | AnyProblem, strawberry.union("AssessIssueResult", description=DONE)
]
CallDepartmentResult: TypeAlias = Annotated[
    DepartmentCalled | AnyProblem, strawberry.union("CallDepartmentResult", description=DONE)
]


def unit(kind: UnitKind) -> Any:
    """An enum member named and described as this kind of unit."""
    return strawberry.enum_value(kind.value, description=LABELS[UnitKind][1][kind.name].description)


@strawberry.enum(description="Who of the street's own people handles a SIMPLE issue.")
class OwnTeam(Enum):
    STREET = unit(UnitKind.STREET)
    COMMUNITY = unit(UnitKind.COMMUNITY)
    GRID = unit(UnitKind.GRID)


@strawberry.input(description="A street's judgement of an issue.")
class AssessIssueInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue.")
    level: Level = said("How heavy it is.")
    category: str | None = said("The right line of the item list, by key.", default=None)
    team: OwnTeam | None = said(
        "For SIMPLE: who handles it; the item list's own team where left out.", default=None
    )
    note: str | None = said("Why, in words.", default=None)


@strawberry.input(description="A street's call 呼叫单.")
class CallDepartmentInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue.")
    department: ID = said("Who must respond; in COMPLEX whom the street names first.")
    concerned: list[ID] = said("In COMPLEX: the others it thinks concerned.", default_factory=list)
    demand: str = said("What the street asks for, up to 2,000 characters.")


@strawberry.input(description="派单: who must report in and plan together.")
class DispatchIssueInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue.")
    departments: list[ID] = said("Every department concerned; a district leader names the lead first.")
    note: str | None = said("What to see to, in words.", default=None)


@strawberry.input(description="The office's other judgement of how heavy an issue is.")
class RegradeIssueInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue.")
    level: Level = said("What it is from now on; another than it is.")
    reason: str = said("Why, up to 2,000 characters.")


@strawberry.type
class RoutingMutation:
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
            order = await _assessment(asking, input, actor, case)
            await gates.check(asking, case, EvidenceStep.ASSESS, "input.issue", category=input.category)
            return order

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
        first = asking.key("input.department", input.department, "Department")[1]
        others = [asking.key("input.concerned", one, "Department")[1] for one in input.concerned]
        demand = asking.text("input.demand", input.demand, WORDS)
        call = derived_id("call", asking.id)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            if others and case.level is not Level.COMPLEX:
                raise asking.invalid("input.concerned", "ONE_DEPARTMENT")
            await departments(asking, "input.department", [first], case)
            if others:
                await departments(asking, "input.concerned", others, case)
            return orders.CallDepartments(actor, str(call), [str(one) for one in (first, *others)])

        content: dict[str, object] = {"department": str(first)}
        if others:
            content["concerned"] = [str(one) for one in others]
        intent = Intent(Command.CALL, issue, "input.issue", content=content, texts={"demand": demand})
        await carry_out(asking, intent, build)
        assignment = await cases.assignment_of_call(call)
        return DepartmentCalled(
            call=await read(info.context, shapes.CALL, call), **await after(info.context, issue, assignment)
        )

    @commanded(
        Rule.SIGNED_IN,
        "派单: the first dispatch calls everyone concerned to report in and plan together: by the office, of "
        f"a COMPLEX call; by a district leader, top-down, which makes the issue CRITICAL. {WHO}",
    )
    @refusable
    async def dispatch_issue(
        self, info: Asked, input: Annotated[DispatchIssueInput, COMMAND]
    ) -> IssueCommandResult:
        asking = Asking(info.context, "DISPATCH", input.idempotency_key)
        issue = asking.key("input.issue", input.issue, "Issue")[1]
        named = [asking.key("input.departments", one, "Department")[1] for one in input.departments]
        note = asking.text("input.note", input.note, OPTIONAL_WORDS)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            await departments(asking, "input.departments", named, case)
            return orders.Dispatch(actor, [str(one) for one in named])

        content = {"departments": [str(one) for one in named]}
        intent = Intent(Command.DISPATCH, issue, "input.issue", content=content, texts={"note": note})
        await carry_out(asking, intent, build)
        return IssueChanged(issue=await read(info.context, shapes.ISSUE, issue))

    @commanded(
        Rule.SIGNED_IN, f"调整级别: the office judges the level anew; every open duty is recomputed. {WHO}"
    )
    @refusable
    async def regrade_issue(
        self, info: Asked, input: Annotated[RegradeIssueInput, COMMAND]
    ) -> IssueCommandResult:
        asking = Asking(info.context, "REGRADE", input.idempotency_key)
        issue = asking.key("input.issue", input.issue, "Issue")[1]
        reason = asking.text("input.reason", input.reason, WORDS)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            return orders.Regrade(actor, input.level)

        content = {"level": input.level.value}
        intent = Intent(Command.REGRADE, issue, "input.issue", content=content, texts={"note": reason})
        await carry_out(asking, intent, build)
        return IssueChanged(issue=await read(info.context, shapes.ISSUE, issue))

    @commanded(
        Rule.SIGNED_IN, f"撤销: ends an issue; the reason is the answer that every reporter is told. {WHO}"
    )
    @refusable
    async def cancel_issue(
        self, info: Asked, input: Annotated[IssueReasonInput, COMMAND]
    ) -> IssueCommandResult:
        return await on_issue(info, Command.CANCEL, input, orders.Cancel)


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
