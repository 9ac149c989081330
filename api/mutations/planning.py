"""方案: departments agree who does what by when, or the office decides (domain guide 3, 两次派单)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.commanding import Intent, carry_out, issue_of_assignment
from api.mutations.inputs import COMMAND, KEY_WORDS, WHO, said
from api.mutations.results import PlanChanged, PlanCommandResult, read
from api.rules import commanded
from api.types.record import Asked
from models.policy import orders
from models.policy.access import Rule
from models.policy.text import OPTIONAL_WORDS, WORDS
from models.queries import paper_shapes as paper
from models.queries import shapes
from models.queries.cases import CaseOnRecord
from models.terms import Command

MOST_TASKS = 20


@strawberry.input(description="What a plan asks of one part.")
class PlanTaskInput:
    assignment: ID = said("The part.")
    task: str = said("The task, up to 2,000 characters.")
    due_at: datetime = said("Until when; at most the level's time to handle from now.")


@strawberry.input(description="方案: a plan for joint handling.")
class ProposePlanInput:
    idempotency_key: str = said(KEY_WORDS)
    assignment: ID = said("The part that proposes, and thereby agrees.")
    lead: ID = said("The part that leads; the others help.")
    tasks: list[PlanTaskInput] = said("A task for each unit that has a part in the issue.")
    note: str | None = said("A word with it.", default=None)


@strawberry.input(description="Consent to a plan.")
class AgreePlanInput:
    idempotency_key: str = said(KEY_WORDS)
    assignment: ID = said("The part that agrees.")
    plan: ID = said("The plan: one that another took the place of meanwhile is not agreed to by mistake.")
    note: str | None = said("A word with it.", default=None)


@strawberry.input(description="The office's plan, where the departments did not agree one in time.")
class DecidePlanInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue.")
    lead: ID = said("The part that leads; the others help.")
    tasks: list[PlanTaskInput] = said("A task for each unit that has a part in the issue.")
    note: str | None = said("A word with it.", default=None)


class Tasks:
    """The tasks of a plan, read from its input; refuses what is none."""

    def __init__(self, asking: Asking, lead: ID, tasks: list[PlanTaskInput]) -> None:
        if not 1 <= len(tasks) <= MOST_TASKS:
            raise asking.invalid("input.tasks", "TASKS")
        self._asking = asking
        self._dues = [task.due_at for task in tasks]
        self.lead = str(asking.key("input.lead", lead, "Assignment")[1])
        self.parts = [
            str(asking.key(f"input.tasks.{n}.assignment", task.assignment, "Assignment")[1])
            for n, task in enumerate(tasks)
        ]
        self.words = {
            f"task:{part}": asking.text(f"input.tasks.{n}.task", task.task, WORDS)
            for n, (part, task) in enumerate(zip(self.parts, tasks, strict=True))
        }

    @property
    def content(self) -> Mapping[str, object]:
        """What of it makes the command this command, beside its words."""
        tasks = [[part, due.isoformat()] for part, due in zip(self.parts, self._dues, strict=True)]
        return {"lead": self.lead, "tasks": tasks}

    def checked(self, case: CaseOnRecord) -> list[orders.Task]:
        """One for each part that is not returned, none of them due already."""
        asking, active = self._asking, {part.id for part in case.parts if part.active}
        if len(set(self.parts)) < len(self.parts) or set(self.parts) != active:
            raise asking.invalid("input.tasks", "TASKS")
        if self.lead not in active:
            raise asking.invalid("input.lead", "LEAD")
        for n, due in enumerate(self._dues):
            if due <= asking.context.now():
                raise asking.invalid(f"input.tasks.{n}.dueAt", "PAST")
        return [orders.Task(part, due) for part, due in zip(self.parts, self._dues, strict=True)]


@strawberry.type
class PlanningMutation:
    @commanded(
        Rule.SIGNED_IN,
        "提出方案: a department on site proposes who leads and who does what by when; a plan proposed before "
        f"is void, and so are its agreements. {WHO}",
    )
    @refusable
    async def propose_plan(
        self, info: Asked, input: Annotated[ProposePlanInput, COMMAND]
    ) -> PlanCommandResult:
        asking = Asking(info.context, "PROPOSE_PLAN", input.idempotency_key)
        part = asking.key("input.assignment", input.assignment, "Assignment")[1]
        note = asking.text("input.note", input.note, OPTIONAL_WORDS)
        tasks = Tasks(asking, input.lead, input.tasks)
        issue = await issue_of_assignment(asking, "input.assignment", part)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            return orders.ProposePlan(actor, str(part), tasks.lead, tasks.checked(case))

        intent = Intent(
            Command.PROPOSE_PLAN,
            issue,
            "input.assignment",
            str(part),
            content=tasks.content,
            texts={"note": note, **tasks.words},
        )
        await carry_out(asking, intent, build)
        return await _changed(info, issue, asking.id)

    @commanded(
        Rule.SIGNED_IN,
        f"同意方案: once every department on site agrees, each gets its task: the second dispatch. {WHO}",
    )
    @refusable
    async def agree_plan(self, info: Asked, input: Annotated[AgreePlanInput, COMMAND]) -> PlanCommandResult:
        asking = Asking(info.context, "AGREE_PLAN", input.idempotency_key)
        part = asking.key("input.assignment", input.assignment, "Assignment")[1]
        plan = asking.key("input.plan", input.plan, "Plan")[1]
        note = asking.text("input.note", input.note, OPTIONAL_WORDS)
        issue = await issue_of_assignment(asking, "input.assignment", part)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            return orders.AgreePlan(actor, str(part), str(plan))

        intent = Intent(
            Command.AGREE_PLAN,
            issue,
            "input.assignment",
            str(part),
            content={"plan": str(plan)},
            texts={"note": note},
        )
        await carry_out(asking, intent, build)
        return await _changed(info, issue, plan)

    @commanded(
        Rule.SIGNED_IN,
        f"裁定方案: the office decides the plan that was not agreed in time; each gets its task. {WHO}",
    )
    @refusable
    async def decide_plan(self, info: Asked, input: Annotated[DecidePlanInput, COMMAND]) -> PlanCommandResult:
        asking = Asking(info.context, "DECIDE_PLAN", input.idempotency_key)
        issue = asking.key("input.issue", input.issue, "Issue")[1]
        note = asking.text("input.note", input.note, OPTIONAL_WORDS)
        tasks = Tasks(asking, input.lead, input.tasks)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            return orders.DecidePlan(actor, tasks.lead, tasks.checked(case))

        intent = Intent(
            Command.DECIDE_PLAN,
            issue,
            "input.issue",
            content=tasks.content,
            texts={"note": note, **tasks.words},
        )
        await carry_out(asking, intent, build)
        return await _changed(info, issue, asking.id)


async def _changed(info: Asked, issue: UUID, plan: UUID) -> PlanChanged:
    return PlanChanged(
        issue=await read(info.context, shapes.ISSUE, issue), plan=await read(info.context, paper.PLAN, plan)
    )
