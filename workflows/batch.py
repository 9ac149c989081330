"""A batch of operators' orders: pages of cases one after another, until none waits (docs/operations.md).

Which cases and what came of each is in PostgreSQL; here is only how far it is to go on. So a batch of
thousands has a short history, and whatever dies is taken up by the next worker where it was.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from models.policy.steps import RefusalCode
from models.terms import BatchStatus
from workflows.contracts import (
    BATCH_MARK,
    BATCH_PAGE,
    PAGE_TIMEOUT,
    WRITE_TIMEOUT,
    BatchMark,
    BatchState,
    PageDone,
    RefusalDetail,
)
from workflows.retries import UNTIL_WRITTEN

PAGES_A_RUN = 300
"""Six events a page: far below what a history may hold."""
REST = timedelta(seconds=5)
"""Before the next page, where no case of the last one answered."""
HEARTBEAT = timedelta(seconds=30)


@workflow.defn
class Batch:
    """One batch, `batch/{id}`; suspended, resumed and cancelled between two pages."""

    @workflow.init
    def __init__(self, state: BatchState) -> None:
        self._id = state.batch
        self._status = BatchStatus.PAUSED if state.paused else BatchStatus.RUNNING
        self._marked = self._status
        self._pages = 0

    @workflow.run
    async def run(self, state: BatchState) -> str:
        while not self._status.ended:
            await self._mark()
            if self._status is BatchStatus.RUNNING:
                await self._page()
            elif self._status is BatchStatus.PAUSED:
                await workflow.wait_condition(lambda: self._status is not self._marked)
            if self._grown():
                await workflow.wait_condition(workflow.all_handlers_finished)
                if not self._status.ended:
                    workflow.continue_as_new(BatchState(self._id, self._status is BatchStatus.PAUSED))
        await self._mark()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._status.value

    async def _page(self) -> None:
        done: PageDone = await workflow.execute_activity(
            BATCH_PAGE,
            self._id,
            result_type=PageDone,
            start_to_close_timeout=PAGE_TIMEOUT,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=UNTIL_WRITTEN,
        )
        self._pages += 1
        workflow.set_current_details(f"{done.left} cases wait")
        if done.left == 0 and not self._status.ended:
            self._status = BatchStatus.DONE
        elif done.settled == 0:
            await self._rest()

    async def _rest(self) -> None:
        try:
            await workflow.wait_condition(lambda: self._status is not BatchStatus.RUNNING, timeout=REST)
        except TimeoutError:
            return

    def _grown(self) -> bool:
        return workflow.info().is_continue_as_new_suggested() or self._pages >= PAGES_A_RUN

    async def _mark(self) -> None:
        """Writes where the batch stands, where that changed."""
        while self._marked is not self._status:
            status = self._status
            await workflow.execute_activity(
                BATCH_MARK,
                BatchMark(self._id, status),
                start_to_close_timeout=WRITE_TIMEOUT,
                retry_policy=UNTIL_WRITTEN,
            )
            self._marked = status

    # Orders of the batch itself: answered once they are on record ---------------------------------------

    @workflow.update
    async def pause(self) -> str:
        return await self._turn(BatchStatus.PAUSED)

    @pause.validator
    def _refuse_pause(self) -> None:
        self._refuse(BatchStatus.RUNNING, BatchStatus.PAUSED)

    @workflow.update
    async def resume(self) -> str:
        return await self._turn(BatchStatus.RUNNING)

    @resume.validator
    def _refuse_resume(self) -> None:
        self._refuse(BatchStatus.PAUSED, BatchStatus.RUNNING)

    @workflow.update
    async def cancel(self) -> str:
        return await self._turn(BatchStatus.CANCELLED)

    @cancel.validator
    def _refuse_cancel(self) -> None:
        self._refuse(BatchStatus.RUNNING, BatchStatus.PAUSED, BatchStatus.CANCELLED)

    async def _turn(self, status: BatchStatus) -> str:
        if not self._status.ended:
            self._status = status
        await workflow.wait_condition(lambda: self._marked is self._status)
        return self._status.value

    def _refuse(self, *expected: BatchStatus) -> None:
        if self._status in expected:
            return
        detail = RefusalDetail(
            RefusalCode.WRONG_STATUS.value, "batch", self._status.value, [status.value for status in expected]
        )
        raise ApplicationError(detail.code, detail, type=detail.code, non_retryable=True)
