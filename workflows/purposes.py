"""What each event of a case's history is for: so that what a case costs Temporal can be read and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

MOST_EVENTS = 100
"""What a GENERAL case without incident may take (domain guide 3: seven orders)."""

PREFIX = "EVENT_TYPE_"
PURPOSES: tuple[tuple[str, str], ...] = (
    ("WORKFLOW_EXECUTION_UPDATE", "an order taken"),
    ("WORKFLOW_EXECUTION_SIGNALED", "a fact told"),
    ("WORKFLOW_EXECUTION_STARTED", "the case begins"),
    ("WORKFLOW_EXECUTION_COMPLETED", "the case ends"),
    ("WORKFLOW_EXECUTION_CONTINUED_AS_NEW", "the case goes on in a new run"),
    ("WORKFLOW_EXECUTION_TIME_SKIPPING", "a test moves the clock"),
    ("WORKFLOW_EXECUTION_OPTIONS", "a test moves the clock"),
    ("WORKFLOW_TASK", "the case decides"),
    ("ACTIVITY_TASK", "what was decided is written"),
    ("UPSERT", "what operators see"),
    ("TIMER", "the next instant owed"),
)
"""By the beginning of the event's name, first match."""
OTHER = "something else"


@dataclass(frozen=True)
class Line:
    """One event of a history."""

    number: int
    event: str
    purpose: str
    detail: str
    """The order or activity it is about, where it names one."""


def lines(events: Iterable[HistoryEvent]) -> list[Line]:
    """Every event in order, with what it is for."""
    return [_line(event) for event in events]


def counts(read: Iterable[Line]) -> dict[str, int]:
    """How many events serve each purpose, the most first."""
    return dict(Counter(line.purpose for line in read).most_common())


def _line(event: HistoryEvent) -> Line:
    name = EventType.Name(event.event_type).removeprefix(PREFIX)
    purpose = next((why for start, why in PURPOSES if name.startswith(start)), OTHER)
    return Line(event.event_id, name, purpose, _detail(event))


def _detail(event: HistoryEvent) -> str:
    if event.HasField("workflow_execution_update_accepted_event_attributes"):
        accepted = event.workflow_execution_update_accepted_event_attributes
        return accepted.accepted_request.input.name
    if event.HasField("activity_task_scheduled_event_attributes"):
        return event.activity_task_scheduled_event_attributes.activity_type.name
    return ""
