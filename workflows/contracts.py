"""Names that Temporal and everybody who speaks to it agree on; operators find them in docs/operations.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from temporalio.common import SearchAttributeKey

from models.policy.orders import Merge, Telling
from models.policy.steps import Refusal
from models.terms import Command

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
)
"""What the workflow sandbox takes as it is, and does not import again for each case (measured: 16 against
104 starts a second; the workflows' own modules alone were a third of a worker's time on workflow tasks).
That none of it reads a clock is shown by replaying recorded histories with all of it inside the sandbox."""

RECORD = "record"
RECORD_APPEAL = "record_appeal"
JOIN = "join"
"""The activities, by name: workflows import no IO."""

WRITE_TIMEOUT = timedelta(seconds=20)
"""One attempt to write a batch; attempts go on until one succeeds."""

ANSWER_TIMEOUT = timedelta(seconds=60)
"""One attempt to have another case answer."""


def workflow_id(issue: str) -> str:
    """The id of an issue's case: derived, so that a second start finds the first."""
    return f"case/{issue}"


def appeal_id(assignment: str) -> str:
    """The id of an appeal against the scorecard of this part: there is one at most."""
    return f"appeal/{assignment}"


def update_name(command: Command) -> str:
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
