"""How a field of the schema is read, declared where the field is made (api/types/record.py).

The declaration hangs on the resolver: strawberry calls the resolver, a plan reads the declaration, so a
field has one definition and both ways of answering mean the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import GraphQLField
from strawberry.types.field import StrawberryField

from models.queries.shape import Shape, ToEach, ToMany, ToOne

ATTRIBUTE = "__reads__"


@dataclass(frozen=True, slots=True)
class ReadOne:
    """The row an edge leads to."""

    edge: ToOne


@dataclass(frozen=True, slots=True)
class ReadList:
    """The rows below one, as a plain list."""

    edge: ToMany


@dataclass(frozen=True, slots=True)
class ReadEach:
    """The rows whose ids an array holds, as a plain list."""

    edge: ToEach


@dataclass(frozen=True, slots=True)
class ReadMany:
    """The rows below one, as a connection."""

    edge: ToMany


@dataclass(frozen=True, slots=True)
class ReadListing:
    """A table's rows in the viewer's scope, as a connection with filters and orders."""

    shape: Shape
    where: type[Any]
    also: Callable[[Any, Any], Sequence[Any]] | None


Read: TypeAlias = ReadOne | ReadList | ReadEach | ReadMany | ReadListing


def reads(resolver: Any, how: Read) -> Any:
    """Declares how what `resolver` answers is read."""
    setattr(resolver, ATTRIBUTE, how)
    return resolver


def resolver_of(field: GraphQLField) -> Any:
    """The function that answers a field; None for a plain attribute."""
    declared = field.extensions.get("strawberry-definition")
    if not isinstance(declared, StrawberryField) or declared.base_resolver is None:
        return None
    return declared.base_resolver.wrapped_func


def how_read(field: GraphQLField) -> Read | None:
    """How a field is read; None for columns and what only Python can make."""
    found: Read | None = getattr(resolver_of(field), ATTRIBUTE, None)
    return found
