"""Names that Temporal and everybody who speaks to it agree on; operators find them in docs/operations.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from temporalio.common import SearchAttributeKey

from models.policy.orders import Merge, Telling
from models.policy.steps import Refusal
from models.terms import BatchStatus, StuckKind

CALLING_QUEUE = "calling"
"""Task queue of the calling cycle's workflows and activities."""

DISTRICT = SearchAttributeKey.for_keyword("District")
STREET = SearchAttributeKey.for_keyword("Street")
DEPARTMENTS = SearchAttributeKey.for_keyword_list("Departments")
STAGE = SearchAttributeKey.for_keyword("Stage")
LEVEL = SearchAttributeKey.for_keyword("Level")
DUE = SearchAttributeKey.for_datetime("Due")
OVERDUE = SearchAttributeKey.for_bool("Overdue")

SEARCH_ATTRIBUTES: dict[str, str] = {
    "District": "Keyword",
    "Street": "Keyword",
    "Departments": "KeywordList",
    "Stage": "Keyword",
    "Level": "Keyword",
    "Due": "Datetime",
    "Overdue": "Bool",
}
"""Registered on the namespace before the first worker starts; never one named Status."""

PASSED_THROUGH = (
    "models.terms",
    "models.policy",
    "workflows.contracts",
    "workflows.retries",
    "workflows.cycle",
    "workflows.calling",
    "workflows.appeal",
    "workflows.rectification",
    "workflows.acceptance",
    "workflows.sweep",
)
"""What the workflow sandbox takes as it is, and does not import again for each case (measured: 16 against
104 starts a second; the workflows' own modules alone were a third of a worker's time on workflow tasks).
That none of it reads a clock is shown by replaying recorded histories with all of it inside the sandbox."""

RECORD = "record"
RECORD_APPEAL = "record_appeal"
RECORD_ITEM = "record_item"
RECORD_CYCLE = "record_cycle"
JOIN = "join"
"""The activities, by name: workflows import no IO."""

ANSWERS, WHEN_DECIDED = "answers", "decided"
"""The memo of a run that answers an order as soon as it has decided. Runs from before decision 0028 have
none, and answer when it is written, as their histories say."""

SHOWS, AT_REST = "shows", "at rest"
"""The memo of a run that shows operators where it stands when it leaves rest and when it comes to rest. Runs
from before decision 0029 show it with each write, as their histories say."""

WRITE_TIMEOUT = timedelta(seconds=20)
"""One attempt to write a batch; attempts go on until one succeeds."""

ANSWER_TIMEOUT = timedelta(seconds=60)
"""One attempt to have another case answer."""


PAGE_TIMEOUT = timedelta(minutes=10)
"""One page of a batch; it says that it lives every few seconds."""
BATCH_PAGE = "batch_page"
BATCH_MARK = "batch_mark"
"""The activities of a batch; named, so that workflows import no IO."""


def batches_queue(calling: str) -> str:
    """The task queue of batches beside that of cases: a page must not take the places it waits for."""
    return f"{calling}-batches"


def batch_id(batch: str) -> str:
    """The id of a batch's workflow."""
    return f"batch/{batch}"


def workflow_id(issue: str) -> str:
    """The id of an issue's case: derived, so that a second start finds the first."""
    return f"case/{issue}"


def item_id(item: str) -> str:
    """The id of a negative item's workflow."""
    return f"item/{item}"


def cycle_id(cycle: str) -> str:
    """The id of a satisfaction cycle's workflow."""
    return f"cycle/{cycle}"


def appeal_id(assignment: str) -> str:
    """The id of an appeal against the scorecard of this part: there is one at most."""
    return f"appeal/{assignment}"


def update_name(command: StrEnum) -> str:
    """What the update that carries out a command is called in Temporal: as the command, in lower case."""
    return command.value.lower()


@dataclass(frozen=True)
class JoinRequest:
    """A merge on its way: the issue that ends, and the reports that go on."""

    order: Merge
    origin: str
    reports: list[Telling]


@dataclass(frozen=True)
class Outcome:
    """What an order came to: the number of its line in the timeline."""

    seq: int
    stage: str


@dataclass(frozen=True)
class RefusalDetail:
    """A refusal as it travels in an ApplicationError."""

    code: str
    field: str
    found: str
    expected: list[str]

    @classmethod
    def of(cls, refusal: Refusal) -> RefusalDetail:
        return cls(refusal.code.value, refusal.field, refusal.found, list(refusal.expected))


@dataclass(frozen=True)
class BatchState:
    """All there is of a running batch beside its rows."""

    batch: str
    paused: bool = False


@dataclass(frozen=True)
class BatchMark:
    """Where a batch stands, to be written."""

    batch: str
    status: BatchStatus


@dataclass(frozen=True)
class PageDone:
    """What a page came to: how many cases gave a result, and how many of the batch wait still."""

    settled: int
    left: int


@dataclass(frozen=True)
class StuckWorkflow:
    """Something other than a case that does not move: an appeal, a batch, a bulletin, and the like."""

    workflow: str
    """Its id in Temporal, e.g. "appeal/…"."""
    kind: StuckKind
    since: datetime
    attempts: int
    detail: str


@dataclass(frozen=True)
class Stuck:
    """A case that does not move, why, and for how long."""

    issue: UUID
    code: str
    kind: StuckKind
    since: datetime
    attempts: int = 0
    detail: str = ""
    """What the last failure said, where there was one."""
