"""What an operation costs: the most fields its answer can hold, known before anything is executed.

Each field is one, and what stands below a list counts once for each row the list may have: the page size
asked for, the usual one where none is, or `UNPAGED` where a list takes no page size. Sizes that variables
set are kept apart, so that a document is measured once and priced anew for each request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    IntValueNode,
    ListValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
)

from models.queries.pages import USUAL

PAGE_ARGUMENTS = frozenset({"first", "last"})
KEY_ARGUMENTS = frozenset({"ids"})
UNPAGED = 10
"""Rows assumed of a list without a page size: calls of an issue, members of an enum."""
LONGEST_SIZE = 9
"""Digits of a size written in a document that are read at all; page limits refuse the rest."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows a list may have where that is not known before the request is."""

    usual: int
    given: tuple[str | int, ...] = ()
    """Variables by name, and sizes written in the document; the largest counts."""

    def of(self, variables: Mapping[str, Any]) -> int:
        sizes = [size for given in self.given if (size := _size(given, variables)) is not None]
        return max(sizes, default=self.usual)


def _size(given: str | int, variables: Mapping[str, Any]) -> int | None:
    value = variables.get(given) if isinstance(given, str) else given
    if isinstance(value, list):
        return len(value)
    return max(int(value), 0) if isinstance(value, int | float) else None


PAGE = Size(USUAL)
"""In a fragment: the page size of whatever field it is spread below."""


@dataclass(frozen=True, slots=True)
class Times:
    """How often something is answered: a number, times sizes that a request decides."""

    number: int = 1
    sizes: tuple[Size, ...] = ()

    def __mul__(self, other: Times) -> Times:
        return Times(self.number * other.number, self.sizes + other.sizes)


ONCE = Times()
BELOW_PAGE = Times(1, (PAGE,))


class Tally:
    """Fields counted so far, by the sizes they are to be multiplied by."""

    def __init__(self) -> None:
        self._counted: dict[tuple[Size, ...], int] = {}

    def add(self, times: Times) -> None:
        self._counted[times.sizes] = self._counted.get(times.sizes, 0) + times.number

    def spread(self, part: Tally, times: Times, page: Times) -> None:
        """Adds a fragment's fields, answered `times`; `page` is what its own PAGE means here."""
        for sizes, number in part._counted.items():
            each = Times(number) * times
            for size in sizes:
                each *= page if size is PAGE else Times(1, (size,))
            self.add(each)

    def cost(self, defaults: Mapping[str, int]) -> Cost:
        fixed = self._counted.get((), 0)
        rest = [(number, sizes) for sizes, number in self._counted.items() if sizes]
        return Cost(fixed, tuple(rest), defaults)


@dataclass(frozen=True, slots=True)
class Cost:
    """The price of one operation, in fields."""

    fixed: int
    terms: tuple[tuple[int, tuple[Size, ...]], ...]
    defaults: Mapping[str, int]
    """Of the operation's variables, as far as they are numbers."""

    def of(self, variables: Mapping[str, Any]) -> int:
        """The price with these variables, as they were sent."""
        if not self.terms:
            return self.fixed
        given = {**self.defaults, **variables}
        total = self.fixed
        for number, sizes in self.terms:
            for size in sizes:
                number *= size.of(given)
            total += number
        return total


# Of one field ---------------------------------------------------------------------------------------


def is_connection(type_: GraphQLNamedType | None) -> bool:
    return type_ is not None and type_.name.endswith("Connection")


def length(node: FieldNode, definition: GraphQLField, parent: GraphQLNamedType | None, page: Times) -> Times:
    """How many rows a field may have; a connection's rows are as many as its page."""
    if not isinstance(get_nullable_type(definition.type), GraphQLList):
        return ONCE
    if sizes := _sized_by(node, definition):
        return _times(sizes, definition)
    return page if is_connection(parent) else Times(UNPAGED)


def page_below(node: FieldNode, definition: GraphQLField) -> Times:
    """The page size that a connection field sets for its rows."""
    if not is_connection(get_named_type(definition.type)):
        return ONCE
    return _times(_sized_by(node, definition), definition)


def _sized_by(node: FieldNode, definition: GraphQLField) -> list[ArgumentNode]:
    sizing = (PAGE_ARGUMENTS | KEY_ARGUMENTS) & definition.args.keys()
    return [argument for argument in node.arguments or () if argument.name.value in sizing]


def _times(arguments: Iterable[ArgumentNode], definition: GraphQLField) -> Times:
    given = tuple(size for argument in arguments if (size := _given(argument)) is not None)
    declared = [definition.args[name].default_value for name in PAGE_ARGUMENTS & definition.args.keys()]
    usual = next((value for value in declared if isinstance(value, int)), USUAL)
    if any(isinstance(size, str) for size in given):
        return Times(1, (Size(usual, given),))
    return Times(max((size for size in given if isinstance(size, int)), default=usual))


def _given(argument: ArgumentNode) -> str | int | None:
    value = argument.value
    if isinstance(value, VariableNode):
        return value.name.value
    if isinstance(value, ListValueNode):
        return len(value.values)
    if isinstance(value, IntValueNode) and len(value.value) <= LONGEST_SIZE:
        return max(int(value.value), 0)
    return None
