"""The round and the cycle of a half-year: waits for the first working day, then has them begun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio import workflow

from workflows.bulletin import LONGEST_SLEEP, SCHEDULED_AT
from workflows.contracts import WRITE_TIMEOUT
from workflows.retries import UNTIL_WRITTEN

ROUND_DUE = "round_due"
BEGIN_ROUND = "begin_round"
"""Activities, named, so that workflows import no IO."""


@dataclass(frozen=True)
class RoundOrder:
    """Whose round; `meant` is the instant that the schedule fired for."""

    district: str
    meant: datetime | None = None


@dataclass(frozen=True)
class RoundBegins:
    """Which round it is, and when it begins; no instant where the rulebook begins none."""

    code: str
    at: datetime | None


@workflow.defn
class HalfYearRound:
    """Started by a schedule twice a year, also on holidays; it moves itself to a working day."""

    @workflow.run
    async def run(self, order: RoundOrder) -> str:
        """The id of the cycle; empty where the rulebook begins none any more."""
        scheduled = workflow.info().typed_search_attributes.get(SCHEDULED_AT)
        asked = RoundOrder(order.district, order.meant or scheduled or workflow.info().start_time)
        while True:
            due: RoundBegins = await workflow.execute_activity(
                ROUND_DUE,
                asked,
                result_type=RoundBegins,
                start_to_close_timeout=WRITE_TIMEOUT,
                retry_policy=UNTIL_WRITTEN,
            )
            if due.at is None:
                return ""
            left = due.at - workflow.now()
            if left <= timedelta():
                break
            workflow.set_current_details(f"{due.code}: begins at {due.at.isoformat()}")
            await workflow.sleep(min(left, LONGEST_SLEEP))
        cycle: str = await workflow.execute_activity(
            BEGIN_ROUND,
            asked,
            result_type=str,
            start_to_close_timeout=WRITE_TIMEOUT,
            retry_policy=UNTIL_WRITTEN,
            summary=due.code,
        )
        return cycle
