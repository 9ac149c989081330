"""Joint handling (domain guide 3, 两次派单): the departments agree a plan, or the office decides one; with it
the second dispatch gives each its own task."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from models.policy import orders
from models.policy.calendar import MICROSECOND
from models.policy.case import Data, Plan
from models.policy.casework import Casework
from models.policy.duty import Duty, calendar_of
from models.policy.orders import Task
from models.policy.rulebook import Limit
from models.policy.steps import Refusal, RefusalCode
from models.terms import DutyKind, DutyStatus, EntryKind, PlanStatus, Stage

PLANS = (DutyKind.PLAN, DutyKind.DECIDE_PLAN)


class Planning(Casework):
    """Decisions on who does what by when."""

    def refuse_propose_plan(self, order: orders.ProposePlan, now: datetime) -> Refusal | None:
        return self._plan_refusal(order.lead, order.tasks, now)

    def propose_plan(self, order: orders.ProposePlan, now: datetime) -> None:
        """A plan that its proposer agrees to; it voids the one before and every agreement to that."""
        self._void_plan(now)
        plan = Plan(order.by.command, order.lead, order.tasks, now, order.assignment, [order.assignment])
        self._keep_plan(plan)
        data: Data = {"plan": plan.id, "lead": plan.lead}
        self._on_part(EntryKind.PLAN_PROPOSED, self._parts[order.assignment], order.by, now, data)
        self._dispatch_agreed(order.by, now)

    def refuse_agree_plan(self, order: orders.AgreePlan, now: datetime) -> Refusal | None:
        plan = self._state.plan
        if plan is None or plan.id != order.plan:
            return Refusal(RefusalCode.NOT_FOUND, "plan", order.plan)
        if order.assignment in plan.agreed:
            return Refusal(
                RefusalCode.WRONG_STATUS, "plan", PlanStatus.AGREED.value, (PlanStatus.PROPOSED.value,)
            )
        late = [i for i, task in enumerate(plan.tasks) if not self._time_until(task.due_at, now)]
        return Refusal(RefusalCode.TOO_LATE, "plan", plan.tasks[late[0]].due_at.isoformat()) if late else None

    def agree_plan(self, order: orders.AgreePlan, now: datetime) -> None:
        plan = self._state.plan
        if plan is None:
            return
        self._keep_plan(replace(plan, agreed=[*plan.agreed, order.assignment]))
        self._on_part(EntryKind.PLAN_AGREED, self._parts[order.assignment], order.by, now, {"plan": plan.id})
        self._dispatch_agreed(order.by, now)

    def refuse_decide_plan(self, order: orders.DecidePlan, now: datetime) -> Refusal | None:
        return self._plan_refusal(order.lead, order.tasks, now)

    def decide_plan(self, order: orders.DecidePlan, now: datetime) -> None:
        """The office's plan; who has not accepted or reported in yet still owes that, and its task too."""
        self._void_plan(now)
        plan = Plan(order.by.command, order.lead, order.tasks, now)
        self._note(EntryKind.PLAN_DECIDED, now, by=order.by, data={"plan": plan.id, "lead": plan.lead})
        self._fulfil(DutyKind.DECIDE_PLAN, now)
        self._dispatch_tasks(replace(plan, status=PlanStatus.DECIDED), order.by, now)

    def _dispatch_agreed(self, by: orders.Actor, now: datetime) -> None:
        """The second dispatch, as soon as everyone agreed; only who is on site can."""
        plan = self._state.plan
        if plan is not None and set(plan.agreed) == {part.id for part in self._active}:
            self._fulfil(DutyKind.PLAN, now)
            self._dispatch_tasks(replace(plan, status=PlanStatus.AGREED), by, now)

    def _dispatch_tasks(self, plan: Plan, by: orders.Actor, now: datetime) -> None:
        for kind in PLANS:
            self._end(kind, now)
        self._keep_plan(replace(plan, settled_at=now))
        self._put(stage=Stage.HANDLING)
        for task in plan.tasks:
            lead = task.assignment == plan.lead
            part = self._change(task.assignment, lead=lead, dispatched_at=now)
            due = self._open(DutyKind.HANDLE, part.unit, now, part.id, self._task_limit(task, now))
            data: Data = {"plan": plan.id, "due": task.due_at.isoformat(), "rule": due.rule}
            self._on_part(EntryKind.DISPATCHED, part, by, now, {"dispatch": 2, "lead": lead, **data})

    # Who convenes, and what voids ---------------------------------------------------------------------

    def _breached(self, duty: Duty, owed_at: datetime) -> None:
        """A plan that is not agreed in time is the office's to decide, from the instant it was owed."""
        if duty.kind is DutyKind.PLAN:
            self._close(self._duties.get(duty.key), DutyStatus.CANCELLED, owed_at)
            self._open(DutyKind.DECIDE_PLAN, self._office, owed_at)

    def _convene(self, now: datetime) -> None:
        """While planning somebody owes the plan: the lead, else the first department concerned."""
        if self.stage is not Stage.PLANNING:
            return
        active = sorted(self._active, key=lambda part: not part.lead)
        if not active:
            for kind in PLANS:
                self._end(kind, now)
        elif (duty := self._duties.of(DutyKind.PLAN)) is not None:
            if all(part.unit != duty.holder for part in active):
                self._give(duty, active[0].unit)
        elif self._duties.of(DutyKind.DECIDE_PLAN) is None:
            self._open(DutyKind.PLAN, active[0].unit, now)

    def _void_plan(self, now: datetime) -> None:
        """The plan proposed is of no force any more: another is, or the parts it speaks of changed."""
        if self._state.plan is not None:
            self._keep_plan(replace(self._state.plan, status=PlanStatus.VOIDED, settled_at=now))

    def _keep_plan(self, plan: Plan) -> None:
        self._plans[plan.id] = plan
        self._put(plan=plan if plan.status is PlanStatus.PROPOSED else None)

    # What a plan must be ------------------------------------------------------------------------------

    def _plan_refusal(self, lead: str, tasks: list[Task], now: datetime) -> Refusal | None:
        """One lead, and one task for each part, due in its future and within the level's handling time."""
        active = sorted(part.id for part in self._active)
        named = [task.assignment for task in tasks]
        if sorted(named) != active:
            wrong = [one for one in named if one not in active or named.count(one) > 1]
            return Refusal(RefusalCode.BAD_INPUT, "tasks", ", ".join(wrong), tuple(active))
        if lead not in active:
            return Refusal(RefusalCode.BAD_INPUT, "lead", lead, tuple(active))
        limit = self._handling
        latest = calendar_of(self._state.rules.calendar, limit.clock).after(
            now, timedelta(microseconds=limit.allowed)
        )
        for position, task in enumerate(tasks):
            if not self._time_until(task.due_at, now) or task.due_at > latest:
                between = (now.isoformat(), latest.isoformat())
                field = f"tasks.{position}.dueAt"
                return Refusal(RefusalCode.BAD_INPUT, field, task.due_at.isoformat(), between)
        return None

    @property
    def _handling(self) -> Limit:
        return self._state.rules.limit_near(self.level, DutyKind.HANDLE)[1]

    def _time_until(self, due_at: datetime, now: datetime) -> int:
        """The microseconds of the handling clock from `now` to an instant."""
        calendar = calendar_of(self._state.rules.calendar, self._handling.clock)
        return calendar.between(now, due_at) // MICROSECOND if due_at > now else 0

    def _task_limit(self, task: Task, now: datetime) -> Limit:
        local = task.due_at.astimezone(self._state.rules.calendar.zone)
        text = f"plan/{self.level.value}/{local:%Y-%m-%d %H:%M}"
        # Agreed at the very last minute there may be no time left: then it is late from the start.
        return Limit(max(self._time_until(task.due_at, now), 1), text, self._handling.clock)
