"""How fields that follow no edge are declared; their rule is their type's, or `api.rules` gives their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

F = TypeVar("F", bound=Callable[..., Any])

leaf = strawberry.field
"""A field that shows a column as it is."""


def computed(description: str, **options: Any) -> Callable[[F], F]:
    """A field that a method makes from columns, the viewer's language or the instant asked."""
    return cast("Callable[[F], F]", strawberry.field(description=description, **options))
