"""Looks for cases that do not move: what the database shows as owed, and what Temporal says of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from models.queries import stuck
from models.queries.stuck import MOST, PATIENCE, Candidate
from models.terms import StuckKind
from workflows.contracts import Stuck, StuckWorkflow, workflow_id
from workflows.gateway import CaseUnavailableError

TASK_ATTEMPTS = 2
"""A workflow task that is tried more often than this fails for a reason."""
ACTIVITY_ATTEMPTS = 3
AT_ONCE = 8
LONGEST = 300
"""Characters of a failure that are shown."""
REPORTED = "TemporalReportedProblems IS NOT NULL"


class Inspector:
    """Asks; changes nothing."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._room = asyncio.Semaphore(AT_ONCE)

    async def stuck(self, districts: Sequence[UUID] | None, now: datetime) -> list[Stuck]:
        """Every case that does not move, longest first, each once. Raises CaseUnavailableError."""
        found = {one.issue: one for one in await stuck.candidates(districts, now)}
        try:
            opened = await stuck.open_cases(districts, now - PATIENCE)
            running = {issue async for issue in self._running()}
            for issue in opened.keys() - running - found.keys():
                found[issue] = Candidate(issue, *opened[issue])
            async for issue in self._running(REPORTED):
                if issue in opened and issue not in found:
                    found[issue] = Candidate(issue, *opened[issue])
            looked = await asyncio.gather(*(self._look(one) for one in found.values()))
        except RPCError as failure:
            raise CaseUnavailableError(failure.message) from failure
        return sorted((one for one in looked if one is not None), key=lambda one: one.since)

    async def others(self, districts: Sequence[UUID] | None) -> list[StuckWorkflow]:
        """Every workflow other than a case that fails or tries again and again, longest first.

        Raises CaseUnavailableError.
        """
        query = "WorkflowType != 'Calling' AND ExecutionStatus = 'Running'"
        if districts is not None:
            named = ", ".join(f"'{one}'" for one in districts)
            query += f" AND District IN ({named})"
        try:
            running = [one.id async for one in self._client.list_workflows(query, page_size=1000, limit=MOST)]
            looked = await asyncio.gather(*(self._other(one) for one in running))
        except RPCError as failure:
            raise CaseUnavailableError(failure.message) from failure
        return sorted((one for one in looked if one is not None), key=lambda one: one.since)

    async def _other(self, workflow: str) -> StuckWorkflow | None:
        async with self._room:
            try:
                found = await self._client.get_workflow_handle(workflow).describe()
            except RPCError as failure:
                if failure.status is RPCStatusCode.NOT_FOUND:
                    return None  # ended and forgotten since it was listed
                raise
            fails = await self._fails(workflow, found.raw_description)
            if fails is None:
                return None
            return StuckWorkflow(
                workflow, fails.kind, fails.since or found.start_time, fails.attempts, shown(fails.detail)
            )

    async def _running(self, also: str = "") -> AsyncIterator[UUID]:
        query = "WorkflowType = 'Calling' AND ExecutionStatus = 'Running'" + (f" AND {also}" if also else "")
        async for execution in self._client.list_workflows(query, page_size=1000):
            name, _, issue = execution.id.partition("/")
            if name == "case":
                yield UUID(issue)

    async def _look(self, one: Candidate) -> Stuck | None:
        if one.waits:
            return _stuck(one, StuckKind.NOT_STARTED, one.attempts, one.error)
        async with self._room:
            handle = self._client.get_workflow_handle(workflow_id(str(one.issue)))
            try:
                found = await handle.describe()
            except RPCError as failure:
                if failure.status is RPCStatusCode.NOT_FOUND:
                    return _stuck(one, StuckKind.NOT_RUNNING, 0, "Temporal does not know it")
                raise
            if found.status is not WorkflowExecutionStatus.RUNNING:
                status = found.status.name if found.status else "unknown"
                return _stuck(one, StuckKind.NOT_RUNNING, 0, f"the workflow is {status}")
            return await self._why(one, found.raw_description)

    async def _why(self, one: Candidate, raw: DescribeWorkflowExecutionResponse) -> Stuck | None:
        fails = await self._fails(workflow_id(str(one.issue)), raw)
        if fails is not None:
            return _stuck(one, fails.kind, fails.attempts, fails.detail, fails.since)
        if not one.owed:
            return None  # visibility lags behind: it runs
        # Nobody serves the queue, or too few do.
        attempts = max((activity.attempt for activity in raw.pending_activities), default=0)
        return _stuck(one, StuckKind.PROJECTION_BEHIND, attempts, "")

    async def _fails(self, workflow: str, raw: DescribeWorkflowExecutionResponse) -> _Failing | None:
        """What of a running workflow is tried again and again."""
        task = raw.pending_workflow_task
        if task.attempt > TASK_ATTEMPTS:
            since = task.original_scheduled_time.ToDatetime(UTC)
            detail = await self._task_failure(workflow)
            return _Failing(StuckKind.WORKFLOW_TASK_FAILING, task.attempt, detail, since)
        for activity in raw.pending_activities:
            if activity.attempt > ACTIVITY_ATTEMPTS:
                said = activity.last_failure.message
                return _Failing(StuckKind.ACTIVITY_RETRYING, activity.attempt, said)
        return None

    async def _task_failure(self, workflow: str) -> str:
        """What the last failed workflow task said."""
        said = ""
        handle = self._client.get_workflow_handle(workflow)
        async for event in handle.fetch_history_events():
            if event.HasField("workflow_task_failed_event_attributes"):
                said = event.workflow_task_failed_event_attributes.failure.message
        return said


@dataclass(frozen=True)
class _Failing:
    """What is tried again and again."""

    kind: StuckKind
    attempts: int
    detail: str
    since: datetime | None = None


def _stuck(
    one: Candidate, kind: StuckKind, attempts: int, detail: str, since: datetime | None = None
) -> Stuck:
    return Stuck(one.issue, one.code, kind, since or one.since, attempts, shown(detail))


def shown(detail: str) -> str:
    """The first line of a failure, as long as is shown."""
    return detail.strip().splitlines()[0][:LONGEST] if detail.strip() else ""
