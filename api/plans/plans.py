"""Reads answered by one statement: which operations, from which kept text, with which values.

A template is the text of a statement and where its values come from. It is kept for each operation and each
form of what the text depends on: the viewer's guards, the language, which variables are given. A miss
costs about a millisecond, a hit some ten microseconds.
"""

from __future__ import annotations

import base64
import json
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import structlog
from graphql import (
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    get_variable_values,
    print_ast,
    visit,
)

from api import ids
from api.context import Context
from api.documents import Operation
from api.errors import FaultError
from api.plans.arguments import Run, form
from api.plans.selection import NotCoveredError, Picked, Selection
from api.plans.viewers import GuardBook, Guards
from api.plans.writer import Writer
from models.queries.lanes import Lanes
from models.queries.late import Late, NotLateError
from models.queries.together import LanesBusyError
from models.terms import Language

QUERY, ZH = OperationType.QUERY, Language.ZH
KEPT_PLANS = 1_000
KEPT_TEMPLATES = 64
"""Of one operation: forms of viewers, languages, and which filters are given."""

log = structlog.get_logger("api.plans")


@dataclass(frozen=True, slots=True)
class Template:
    """A statement whose values are known when it runs."""

    sql: str
    values: tuple[Any, ...]

    def bound(self, run: Run) -> list[Any]:
        return [value.read(run) if type(value) is Late else value for value in self.values]


@dataclass(slots=True)
class Plan:
    """What is kept of one operation."""

    operation: Operation
    node: OperationDefinitionNode
    selection: Selection
    roots: list[Picked]
    roles: Mapping[str, str]
    """Variables that the text depends on by more than being given, with what they are used as."""
    texts: frozenset[str] | None
    """Its variables, where all are required ids or strings."""
    decisive: tuple[tuple[str, Any], ...]
    """Of these the ones that the text depends on, each with what it depends on."""
    templates: OrderedDict[Any, Template | None] = field(default_factory=OrderedDict)


class Plans:
    """Answers reads as the bytes of their data, or says that strawberry must."""

    def __init__(self, schema: GraphQLSchema, lanes: Lanes) -> None:
        self._schema = schema
        self._lanes = lanes
        self._guards = GuardBook()
        self._plans: OrderedDict[int, tuple[Operation, Plan | None]] = OrderedDict()

    async def data(
        self, operation: Operation, variables: Mapping[str, Any], context: Context
    ) -> bytes | None:
        """The operation's data as JSON; None where it is strawberry's to answer, errors included."""
        if operation.kind is not QUERY:
            return None
        plan = self._plan(operation)
        if plan is None:
            return None
        try:
            statement = self._statement(plan, variables, context)
            return statement and await self._lanes.json(*statement)
        except (NotCoveredError, FaultError):
            return None
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, LanesBusyError) as error:
            log.warning("plan not run", operation=operation.name, error=str(error)[:300])
            return None

    def _statement(
        self, plan: Plan, variables: Mapping[str, Any], context: Context
    ) -> tuple[str, list[Any]] | None:
        guards = self._guards.of(context.viewer)
        if plan.texts is not None and _are_texts(variables, plan.texts):
            given = variables  # required ids and strings need no coercion
            of_values: Any = [read(given[name]) for name, read in plan.decisive]
        else:
            coerced = self._coerced(plan, variables)
            if coerced is None:
                return None
            given, of_values = coerced, self._form(plan, coerced)
        run = Run(given, context.asked_at, guards)
        key = (guards.form, context.language is ZH, *of_values)
        template = plan.templates.get(key, MISSING)
        if template is MISSING:
            template = self._learn(plan, key, given, context, guards)
        if template is None:
            return self._written(plan, given, context, guards, run)
        return template.sql, template.bound(run)

    def _learn(
        self, plan: Plan, key: Any, given: Mapping[str, Any], context: Context, guards: Guards
    ) -> Template | None:
        """Writes the template of this form; None where the text depends on the values themselves."""
        template: Template | None = None
        with suppress(NotLateError, AttributeError, TypeError):
            writer = Writer(plan.selection, context, guards, given, late=True)
            sql = writer.statement(plan.roots)
            if not writer.personal:
                template = Template(sql, tuple(writer.binds.values))
        plan.templates[key] = template
        if len(plan.templates) > KEPT_TEMPLATES:
            plan.templates.popitem(last=False)
        return template

    def _written(
        self, plan: Plan, given: Mapping[str, Any], context: Context, guards: Guards, run: Run
    ) -> tuple[str, list[Any]]:
        writer = Writer(plan.selection, context, guards, given, late=False)
        sql = writer.statement(plan.roots)
        return sql, Template(sql, tuple(writer.binds.values)).bound(run)

    def _coerced(self, plan: Plan, variables: Mapping[str, Any]) -> Mapping[str, Any] | None:
        declared = plan.node.variable_definitions
        if not declared:
            return {}
        found = get_variable_values(self._schema, declared, dict(variables))
        return None if isinstance(found, list) else found.coerced

    def _form(self, plan: Plan, given: Mapping[str, Any]) -> Any:
        roles = plan.roles
        return tuple(
            (name, FORMS[roles[name]](value) if name in roles and value is not None else form(value))
            for name, value in given.items()
        )

    def _plan(self, operation: Operation) -> Plan | None:
        # By identity: comparing documents costs more than answering from them.
        kept = self._plans.get(id(operation))
        if kept is not None and kept[0] is operation:
            return kept[1]
        plan = self._made(operation)
        self._plans[id(operation)] = (operation, plan)
        if len(self._plans) > KEPT_PLANS:
            self._plans.popitem(last=False)
        return plan

    def _made(self, operation: Operation) -> Plan | None:
        node = next(
            node
            for node in operation.document.definitions
            if isinstance(node, OperationDefinitionNode)
            and (node.name.value if node.name else None) == operation.name
        )
        selection = Selection(self._schema, operation.document)
        roles = _Roles()
        visit(operation.document, roles)
        try:
            roots, texts = selection.roots(node), _texts(node)
        except NotCoveredError:
            return None
        decisive = tuple((name, FORMS[roles.found[name]]) for name in texts or () if name in roles.found)
        return Plan(operation, node, selection, roots, roles.found, texts, decisive)


MISSING: Any = object()


def _are_texts(variables: Mapping[str, Any], names: frozenset[str]) -> bool:
    """Whether exactly these are given, as texts. A loop: `all` would cost more than the rest of it."""
    if len(variables) != len(names):
        return False
    for name, value in variables.items():  # noqa: SIM110  # as said
        if type(value) is not str or name not in names:
            return False
    return True


def _texts(node: OperationDefinitionNode) -> frozenset[str] | None:
    declared = node.variable_definitions or ()
    names = frozenset(one.variable.name.value for one in declared)
    plain = all(print_ast(one.type) in ("ID!", "String!") and not one.default_value for one in declared)
    return names if plain else None


class _Roles(Visitor):
    """Finds the variables that decide the text: orders, cursors, and ids whose type says what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        for argument in node.arguments or ():
            role = ROLES.get(argument.name.value)
            if (node.name.value, argument.name.value) in (("node", "id"), ("nodes", "ids")):
                role = "type"
            if role is not None:
                for variable in _variables(argument.value):
                    self.found[variable] = role


ROLES = {"orderBy": "whole", "after": "cursor", "before": "cursor"}


def _variables(node: Any) -> list[str]:
    if isinstance(node, VariableNode):
        return [node.name.value]
    return [name for member in getattr(node, "fields", ()) or () for name in _variables(member.value)]


def _cursor_form(text: Any) -> Any:
    """Whether a cursor points at a row without a value: that is another condition."""
    with suppress(ValueError, TypeError, IndexError, AttributeError, RecursionError):
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return json.loads(raw)[1] is None
    return None


def _type_form(text: Any) -> Any:
    if isinstance(text, list):
        return tuple(_type_form(one) for one in text)
    found = ids.parsed(str(text))
    return found and found[0]


FORMS: Mapping[str, Any] = {"whole": repr, "cursor": _cursor_form, "type": _type_form}
