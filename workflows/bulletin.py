"""The bulletin of a district's month: waits for the working day it is due on, then has it published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import SearchAttributeKey

from workflows.contracts import WRITE_TIMEOUT
from workflows.retries import UNTIL_WRITTEN

BULLETIN_DUE = "bulletin_due"
PUBLISH_BULLETIN = "publish_bulletin"
"""Activities, named, so that workflows import no IO."""

SCHEDULED_AT = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
"""When the schedule meant to start it, as Temporal says: a worker that was away changes nothing."""
LONGEST_SLEEP = timedelta(days=1)
"""A changed calendar is noticed within a day."""


@dataclass(frozen=True)
class BulletinOrder:
    """Which district; the month is the one before the schedule's day, unless it is named."""

    district: str
    month: str = ""


@dataclass(frozen=True)
class BulletinDue:
    """Which month it is about, and when it is to be out; no instant where the rulebook publishes none."""

    month: str
    at: datetime | None


@dataclass(frozen=True)
class DueQuestion:
    """Asks when the bulletin of a month is due: of `month`, or of the one before `instant`."""

    district: str
    month: str
    instant: datetime


@workflow.defn
class MonthlyBulletin:
    """Started by a schedule each month, also on holidays; it moves itself to a working day."""

    @workflow.run
    async def run(self, order: BulletinOrder) -> list[str]:
        """Publishes, and returns the ids of the tables; none where the rulebook publishes none any more."""
        meant = workflow.info().typed_search_attributes.get(SCHEDULED_AT) or workflow.info().start_time
        month = order.month
        while True:
            due = await self._due(DueQuestion(order.district, month, meant))
            if due.at is None:
                return []
            month = due.month
            left = due.at - workflow.now()
            if left <= timedelta():
                break
            workflow.set_current_details(f"{month}: out at {due.at.isoformat()}")
            await workflow.sleep(min(left, LONGEST_SLEEP))
        published: list[str] = await workflow.execute_activity(
            PUBLISH_BULLETIN,
            BulletinOrder(order.district, month),
            start_to_close_timeout=WRITE_TIMEOUT * 6,
            retry_policy=UNTIL_WRITTEN,
            summary=month,
            result_type=list[str],
        )
        return published

    async def _due(self, question: DueQuestion) -> BulletinDue:
        due: BulletinDue = await workflow.execute_activity(
            BULLETIN_DUE,
            question,
            start_to_close_timeout=WRITE_TIMEOUT,
            retry_policy=UNTIL_WRITTEN,
            result_type=BulletinDue,
        )
        return due
