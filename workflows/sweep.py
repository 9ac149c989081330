"""The sweep of photos by schedule: each night what is orphaned or due, each week every object by its hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow

from workflows.retries import UNTIL_WRITTEN

SWEEP_EVIDENCE = "sweep_evidence"
"""The activity, named, so that workflows import no IO."""
SWEEP_TIMEOUT = timedelta(hours=12)
SILENCE = timedelta(minutes=1)
"""A sweep that says nothing for so long has died, and is begun again."""


@dataclass(frozen=True)
class SweepOrder:
    """Whether every object is read."""

    full: bool = False


@workflow.defn
class EvidenceSweeping:
    """One sweep; its figures are its result, its report is in the database."""

    @workflow.run
    async def run(self, order: SweepOrder) -> dict[str, int]:
        figures: dict[str, int] = await workflow.execute_activity(
            SWEEP_EVIDENCE,
            order,
            start_to_close_timeout=SWEEP_TIMEOUT,
            heartbeat_timeout=SILENCE,
            retry_policy=UNTIL_WRITTEN,
            result_type=dict[str, int],
        )
        return figures
