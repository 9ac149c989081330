"""Whose a duty, an event or a notice is: an issue's, a negative item's or a satisfaction cycle's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Column = Literal["issue_id", "negative_item_id", "cycle_id"]


@dataclass(frozen=True, slots=True)
class Subject:
    """One of the three columns that such a row has, and its value; the database lets only one be set."""

    column: Column
    id: UUID


def issue_subject(issue: UUID) -> Subject:
    return Subject("issue_id", issue)


def item_subject(item: UUID) -> Subject:
    return Subject("negative_item_id", item)


def cycle_subject(cycle: UUID) -> Subject:
    return Subject("cycle_id", cycle)
