"""The acceptance of one photo: `evidence/{id}` has it read, checked and settled, however often that takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow

from workflows.retries import UNTIL_WRITTEN

ACCEPT_EVIDENCE = "accept_evidence"
"""The activity, named, so that workflows import no IO."""
ACCEPT_TIMEOUT = timedelta(minutes=3)
"""One try: a download, a picture read within its limits, four uploads."""
SILENCE = timedelta(seconds=15)
"""A try that says nothing for so long has died with its worker, and another begins."""


@dataclass(frozen=True)
class AcceptanceOrder:
    """Which photo."""

    evidence: str


def evidence_queue(calling: str) -> str:
    """The task queue of pictures beside that of cases: decoding must not take the places cases wait for."""
    return f"{calling}-evidence"


def acceptance_id(evidence: str) -> str:
    """The id of a photo's acceptance: derived, so that a second start finds the first."""
    return f"evidence/{evidence}"


@workflow.defn
class Acceptance:
    """From confirmed to accepted or refused."""

    @workflow.run
    async def run(self, order: AcceptanceOrder) -> str:
        """Returns the status it was settled with."""
        status: str = await workflow.execute_activity(
            ACCEPT_EVIDENCE,
            order,
            start_to_close_timeout=ACCEPT_TIMEOUT,
            heartbeat_timeout=SILENCE,
            retry_policy=UNTIL_WRITTEN,
            result_type=str,
        )
        return status
