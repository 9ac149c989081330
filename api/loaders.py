"""Batches of one request: whatever many rows ask for at once becomes one statement.

Made for one viewer and one request. A shared loader would show one tenant's rows to another.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from models.policy.access import IssueFacts, Scope, Viewer, scope_of
from models.queries import batch_items, cases, counters, facts, nearness, pages
from models.queries.cases import CaseOnRecord
from models.queries.counters import Figures
from models.queries.db import Row
from models.queries.pages import Page, Window
from models.queries.shape import Shape, ToMany
from models.terms import BatchItemStatus

T = TypeVar("T")


class Loaders:
    """DataLoaders over the batch queries of `models.queries`, made when first asked for."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._made: dict[Hashable, DataLoader[UUID, Any]] = {}

    def row(self, shape: Shape) -> DataLoader[UUID, Row | None]:
        """Rows by id, as far as the viewer sees them."""
        return self._loader(("row", shape.name), lambda ids: pages.by_id(shape, self._viewer, ids))

    def page(self, shape: Shape, edge: ToMany, window: Window) -> DataLoader[UUID, Page]:
        """The same page of each parent's list."""
        key = ("page", shape.name, edge.column, window)
        return self._loader(key, lambda ids: pages.pages_below(shape, edge, self._viewer, window, ids))

    def count(self, shape: Shape, edge: ToMany) -> DataLoader[UUID, int]:
        """How many rows each parent's list has."""
        key = ("count", shape.name, edge.column)
        return self._loader(key, lambda ids: pages.counts_below(shape, edge, self._viewer, ids))

    @cached_property
    def scope(self) -> Scope:
        """Which issues the viewer sees."""
        return scope_of(self._viewer)

    def figures(self, kind: str, now: datetime) -> DataLoader[UUID, Figures]:
        """Open and overdue issues of units of one kind; whether they may be shown is asked before."""
        return self._loader(("figures", kind, now), lambda ids: counters.figures(kind, ids, now))

    def case(self) -> DataLoader[UUID, CaseOnRecord | None]:
        """Issues with their parts and duties; not limited to the viewer's scope."""
        return self._loader("case", cases.cases_by_id)

    def suggestions(self) -> DataLoader[UUID, list[Row]]:
        """Issues that look like one problem with each, as far as the viewer sees them."""
        return self._loader("suggestions", lambda ids: nearness.suggestions(self._viewer, ids))

    def progress(self) -> DataLoader[UUID, Mapping[BatchItemStatus, int]]:
        """How many items of a batch stand where."""
        return self._loader("progress", batch_items.progress)

    def forget(self) -> None:
        """What was read is read afresh: something was changed."""
        self._made.clear()

    def facts(self) -> DataLoader[UUID, IssueFacts | None]:
        """What masking must know of an issue."""
        return self._loader("facts", facts.issue_facts)

    def _loader(
        self, key: Hashable, batch: Callable[[Sequence[UUID]], Awaitable[list[T]]]
    ) -> DataLoader[UUID, T]:
        if key not in self._made:
            self._made[key] = DataLoader(load_fn=batch)
        return self._made[key]
