"""Which rows a list shows, as conditions on its table `x`. A filter that was not given is TRUE.

Columns are named by our own code, values always travel as bind parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from models.policy import search
from models.queries.late import Late
from models.queries.scope import Binds
from models.terms import DutyStatus

Filter: TypeAlias = Callable[[Binds], str]

RUNNING = (DutyStatus.OPEN.value, DutyStatus.SUSPENDED.value)


def anything(binds: Binds) -> str:
    """The filter that was not given."""
    return "TRUE"


def equal(column: str, value: object) -> Filter:
    """The column holds `value`; anything for None."""
    return anything if value is None else lambda binds: f"x.{column} = {binds.add(value)}"


def among(column: str, values: Sequence[str] | None) -> Filter:
    """The column holds one of `values`; an empty list holds nothing, None is anything."""
    if values is None:
        return anything
    if isinstance(values, Late):
        return lambda binds: f"x.{column} = ANY({binds.add(values)}::text[])"
    if len(values) == 1:  # an index keeps its order behind one value, not behind an array
        return lambda binds: f"x.{column} = {binds.add(values[0])}::text"
    return lambda binds: f"x.{column} = ANY({binds.add([str(value) for value in values])}::text[])"


def since(column: str, at: datetime | None) -> Filter:
    """At `at` or later."""
    return anything if at is None else lambda binds: f"x.{column} >= {binds.add(at)}"


def before(column: str, at: datetime | None) -> Filter:
    """Earlier than `at`."""
    return anything if at is None else lambda binds: f"x.{column} < {binds.add(at)}"


def present(column: str, wanted: bool | None) -> Filter:
    """Whether the column holds anything at all."""
    return anything if wanted is None else lambda binds: f"(x.{column} IS NOT NULL) = {binds.add(wanted)}"


def overdue(now: datetime, wanted: bool | None) -> Filter:
    """Whether the due time has passed; what has none (suspended, closed) is not overdue."""
    if wanted is None:
        return anything
    return lambda binds: f"coalesce(x.due_at <= {binds.add(now)}, FALSE) = {binds.add(wanted)}"


def mentions(columns: Sequence[str], text: str | None) -> Filter:
    """Every word of `text` stands in one of the columns. For short tables; issues have `found`."""
    asked = search.words(text or "")
    if not asked:
        return anything
    whole = _normal(columns)
    return lambda binds: " AND ".join(f"position({binds.add(word)} IN {whole}) > 0" for word in asked)


def found(text: str | None) -> Filter:
    """Issues whose title and place hold every word of `text`: the index narrows, the text decides."""
    exact = mentions(("title", "place"), text)
    narrow = search.query_grams(text or "")
    if not narrow:
        return exact
    return lambda binds: f"x.search @> {binds.add(narrow)}::text[] AND {exact(binds)}"


def with_department(department: UUID | None) -> Filter:
    """Issues this department has or had a part in."""
    if department is None:
        return anything
    return lambda binds: (
        "EXISTS (SELECT 1 FROM assignments its WHERE its.issue_id = x.id "
        f"AND its.department_id = {binds.add(department)})"
    )


def of_category(key: str | None) -> Filter:
    """Issues of one line of the item list, in whichever version of the rulebook."""
    if key is None:
        return anything
    return lambda binds: f"x.item_id IN (SELECT items.id FROM items WHERE items.key = {binds.add(key)})"


def in_district(district: UUID | None) -> Filter:
    """What belongs to an issue of this district."""
    if district is None:
        return anything
    return lambda binds: (
        f"x.issue_id IN (SELECT its.id FROM issues its WHERE its.district_id = {binds.add(district)})"
    )


def items_of_district(district: UUID | None, active: bool) -> Filter:
    """Item lines of a district's rulebooks; with `active` only of those that new cases take."""
    wanted = [*(["book.active"] if active else [])]
    if district is None and not wanted:
        return anything

    def condition(binds: Binds) -> str:
        parts = [*wanted, *([f"book.district_id = {binds.add(district)}"] if district else [])]
        return f"x.rulebook_id IN (SELECT book.id FROM rulebooks book WHERE {' AND '.join(parts)})"

    return condition


def one_of(ids: Sequence[UUID]) -> Filter:
    """One of these rows."""
    return lambda binds: f"x.id = ANY({binds.add(list(ids))}::uuid[])"


def behind_figure(bulletin: UUID, subject: UUID, column: str, part: str) -> Filter:
    """Issues behind one side of a figure of a published table."""

    def condition(binds: Binds) -> str:
        figure = (
            f"its.bulletin_id = {binds.add(bulletin)} AND its.subject_id = {binds.add(subject)} "
            f'AND its."column" = {binds.add(column)} AND its.part = {binds.add(part)}'
        )
        return f"x.id = ANY(ARRAY(SELECT unnest(its.issue_ids) FROM bulletin_figures its WHERE {figure}))"

    return condition


def held_by(units: Sequence[tuple[str, UUID]]) -> Filter:
    """Duties that one of these bodies (kind, id) holds."""
    kinds, ids = [kind for kind, _ in units], [key for _, key in units]
    return lambda binds: (
        "(x.holder_kind, x.holder_id) IN "
        f"(SELECT * FROM unnest({binds.add(kinds)}::text[], {binds.add(ids)}::uuid[]))"
    )


def addressed_to(posts: Sequence[UUID]) -> Filter:
    """Notifications told to one of these posts."""
    return lambda binds: f"x.post_id = {binds.ids(posts)}"


def with_post(role: str | None, department: UUID | None, street: UUID | None) -> Filter:
    """People who hold a post of this role, in this department, in this street."""
    wanted = {"role": role, "department_id": department, "street_id": street}
    given = {column: value for column, value in wanted.items() if value is not None}
    if not given:
        return anything

    def condition(binds: Binds) -> str:
        parts = " AND ".join(f"its.{column} = {binds.add(value)}" for column, value in given.items())
        return f"EXISTS (SELECT 1 FROM posts its WHERE its.person_id = x.id AND {parts})"

    return condition


def _normal(columns: Sequence[str]) -> str:
    # The same normal form as models.policy.search gives the query.
    joined = " || ' ' || ".join(f"x.{column}" for column in columns)
    return f"lower(normalize({joined}, NFKC))"
