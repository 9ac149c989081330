"""A field's arguments while SQL is written: what is known now, and what only a run will bring.

Literals are known. A variable's value is a `Late`, so that one text serves every value; what the text
itself depends on (which filters are given, the order, where a cursor points) is part of the template's key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    coerce_input_literal,
    get_nullable_type,
)
from strawberry.utils.str_converters import to_snake_case

from api.plans.selection import NotCoveredError
from models.queries.late import Late

Variables = Mapping[str, Any]


@dataclass(slots=True)
class Run:
    """What one run of a statement brings."""

    variables: Variables
    now: datetime
    guards: Any
    """The values of the viewer's guards (api/plans/viewers.py)."""


class Arguments:
    """The arguments of one selected field."""

    def __init__(self, field: GraphQLField, node: FieldNode, variables: Variables, late: bool) -> None:
        self._field = field
        self._given = {argument.name.value: argument.value for argument in node.arguments or ()}
        self._variables = variables
        self._late = late

    def value(self, name: str) -> Any:
        """An argument: None where it is not given, a Late for a variable, else its value."""
        node = self._given.get(name)
        if node is None:
            return None  # no argument of a covered field has a default of its own
        return self._read(node, self._field.args[name].type, [])

    def known(self, name: str) -> Any:
        """The same, but a variable's value itself: for what the text depends on."""
        found = self.value(name)
        if not isinstance(found, Late):
            return found
        return found.read(Run(self._variables, datetime.min, None))

    def made(self, name: str, kind: type[Any]) -> Any:
        """An input object as an instance of its class, its members as `value` gives them, or None."""
        node = self._given.get(name)
        if node is None:
            return None
        declared = get_nullable_type(self._field.args[name].type)
        if not isinstance(declared, GraphQLInputObjectType):
            raise NotCoveredError
        members = self._members(node, declared)
        return None if members is None else kind(**members)

    def _members(self, node: ValueNode, declared: GraphQLInputObjectType) -> dict[str, Any] | None:
        if isinstance(node, VariableNode):
            return self._variable_members(node.name.value)
        if not isinstance(node, ObjectValueNode):
            return None  # the literal null
        found = {}
        for member in node.fields:
            name = member.name.value
            found[to_snake_case(name)] = self._read(member.value, declared.fields[name].type, [])
        return found

    def _variable_members(self, variable: str) -> dict[str, Any] | None:
        whole = self._variables.get(variable)
        if whole is None:
            return None
        return {
            to_snake_case(name): self._of_variable([variable, name], value)
            for name, value in whole.items()
            if value is not None
        }

    def _read(self, node: ValueNode, declared: GraphQLInputType, path: list[str]) -> Any:
        if isinstance(node, VariableNode):
            name = node.name.value
            return self._of_variable([name], self._variables.get(name))
        if _holds_variables(node):
            raise NotCoveredError
        found = coerce_input_literal(node, declared)
        if found is Undefined:
            raise NotCoveredError
        return found

    def _of_variable(self, path: list[str], value: Any) -> Any:
        if value is None or not self._late:
            return value
        late = Late(partial(_found, tuple(path)))
        return [late.then(_first)] if isinstance(value, list) and len(value) == 1 else late


def _found(path: tuple[str, ...], run: Run) -> Any:
    value: Any = run.variables
    for name in path:
        value = value[name]
    return value


def _first(values: list[Any]) -> Any:
    return values[0]


def _holds_variables(node: Any) -> bool:
    if isinstance(node, VariableNode):
        return True
    inner = getattr(node, "values", None) or [f.value for f in getattr(node, "fields", None) or ()]
    return any(_holds_variables(value) for value in inner)


def form(value: Any) -> Any:
    """What of a variable's value the text may depend on: which members are given, which lists hold one."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        return tuple((name, form(inner)) for name, inner in sorted(value.items()) if inner is not None)
    return isinstance(value, list) and len(value) == 1
