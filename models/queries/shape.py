"""What a shape is: one type as it is stored, with its orders, its edges and who sees a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from models.queries.guards import Guard


class Kind(StrEnum):
    """What a column that lists are ordered by holds; cursors carry its text."""

    TIME = "TIME"
    TEXT = "TEXT"
    NUMBER = "NUMBER"


@dataclass(frozen=True, slots=True)
class Sort:
    """One order of a list. Ties are broken by id; a missing value counts as later than every other."""

    column: str
    kind: Kind
    meaning: str
    nullable: bool = False
    ties: bool = True
    """Whether two rows of one list may have the same value."""


@dataclass(frozen=True, slots=True)
class ToOne:
    """An edge to the one row whose id a column of ours holds."""

    target: str
    column: str


@dataclass(frozen=True, slots=True)
class ToMany:
    """An edge to the rows whose column holds our id; `sort` names an order of the target."""

    target: str
    column: str
    sort: str
    order_by: str = ""
    """For short plain lists an order of their own, instead of `sort`; `x` is the target."""


@dataclass(frozen=True, slots=True)
class ToEach:
    """An edge to the rows whose ids an array of ours holds, in its order."""

    target: str
    column: str


@dataclass(frozen=True, slots=True)
class Shape:
    """One type as it is stored."""

    name: str
    table: str
    guard: Guard
    columns: tuple[str, ...]
    sorts: Mapping[str, Sort]
    """The first is the usual one."""
    to_one: Mapping[str, ToOne] = field(default_factory=dict)
    to_many: Mapping[str, ToMany] = field(default_factory=dict)
    to_each: Mapping[str, ToEach] = field(default_factory=dict)

    def listed(self, alias: str = "x") -> str:
        """The columns as a SELECT names them."""
        return ", ".join(f"{alias}.{column}" for column in self.columns)

    @property
    def usual(self) -> str:
        return next(iter(self.sorts))


def columns(text: str) -> tuple[str, ...]:
    """Column names between spaces, with `id` first."""
    return ("id", *text.split())


TIME, TEXT, NUMBER = Kind.TIME, Kind.TEXT, Kind.NUMBER
CODE = Sort("code", TEXT, "Its code.")
KEY = Sort("key", TEXT, "Its key.")
NAME = Sort("name_zh", TEXT, "Its Chinese name, by code point.")
LOADED_AT = Sort("loaded_at", TIME, "When it was loaded.")
VERSION = Sort("version", TEXT, "Its version.")
DUE_AT = Sort(
    "due_at", TIME, "When it is due; what has no due time comes after everything that has.", nullable=True
)
PLACE_SORTS = {"CODE": CODE, "NAME": NAME}
TO_DISTRICT = ToOne("District", "district_id")
TO_STREET = ToOne("Street", "street_id")
TO_COMMUNITY = ToOne("Community", "community_id")
TO_GRID = ToOne("Grid", "grid_id")
TO_DEPARTMENT = ToOne("Department", "department_id")
TO_POST = ToOne("Post", "post_id")
TO_ISSUE = ToOne("Issue", "issue_id")
TO_ASSIGNMENT = ToOne("Assignment", "assignment_id")
TO_NEGATIVE_ITEM = ToOne("NegativeItem", "negative_item_id")
TO_CYCLE = ToOne("RectificationCycle", "cycle_id")
