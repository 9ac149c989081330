"""How a field or mutation says who may ask for it.

A rule is metadata of the field, or of its type as a default. It costs nothing when a query runs:
`api/limits.py` reads it in its one pass over the document, before anything is executed. Strawberry's own
permission classes would be asked for every row instead.

    @default_rule(Rule.STAFF)
    @strawberry.type(description="A street office.")
    class Street:
        name: str                                             # STAFF, by the type
        phone: str = shown(Rule.OVERSIGHT, "Its duty line.")  # its own

        @resolved(Rule.PUBLIC, "How many communities it has.")
        async def communities(self) -> int: ...

Query, Mutation and Subscription have no default: each of their fields declares its own rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import strawberry
from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from models.policy.access import Rule

METADATA_KEY = "rule"
TYPE_ATTRIBUTE = "__access_rule__"
BACKREF = "strawberry-definition"
FRAMEWORK_TYPES: Mapping[str, Rule] = {"Node": Rule.PUBLIC, "PageInfo": Rule.PUBLIC}
"""Types that strawberry itself brings: a Relay id and a page's ends tell nothing by themselves."""

T = TypeVar("T", bound=type)
F = TypeVar("F", bound=Callable[..., Any])


def shown(rule: Rule, description: str, **options: Any) -> Any:
    """`strawberry.field` for an attribute, with its rule; `options` are strawberry's own."""
    metadata = {**options.pop("metadata", {}), METADATA_KEY: rule}
    return strawberry.field(description=description, metadata=metadata, **options)


def resolved(rule: Rule, description: str, **options: Any) -> Callable[[F], F]:
    """The same as a decorator of a resolver method; also for mutations."""
    return cast("Callable[[F], F]", shown(rule, description, **options))


commanded = resolved
"""What a mutation is declared with: the same, named for what it does."""


def default_rule(rule: Rule) -> Callable[[T], T]:
    """Class decorator: the rule of every field of the type that declares none. Subtypes inherit it."""

    def declare(cls: T) -> T:
        setattr(cls, TYPE_ATTRIBUTE, rule)
        return cls

    return declare


class RuleTable:
    """Every field's rule, read once from a built schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._roots = {root.name for root in _roots(schema)}
        self._rules: dict[tuple[str, str], Rule | None] = {}
        for type_ in schema.type_map.values():
            if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith(
                "__"
            ):
                for name, field in type_.fields.items():
                    self._rules[type_.name, name] = self._find(type_, field)

    def get(self, type_name: str, field_name: str) -> Rule | None:
        """The rule of a field as the schema names it; None where none is declared."""
        return self._rules.get((type_name, field_name))

    @property
    def undeclared(self) -> list[str]:
        return sorted(
            f"{type_name}.{name}" for (type_name, name), rule in self._rules.items() if rule is None
        )

    def _find(self, type_: GraphQLObjectType | GraphQLInterfaceType, field: GraphQLField) -> Rule | None:
        declared = field.extensions.get(BACKREF)
        if isinstance(declared, StrawberryField):
            metadata: Mapping[Any, Any] = declared.metadata or {}
            rule = metadata.get(METADATA_KEY)
            if isinstance(rule, Rule):
                return rule
        return None if type_.name in self._roots else _type_rule(type_)


def _roots(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    return [r for r in (schema.query_type, schema.mutation_type, schema.subscription_type) if r]


def _type_rule(type_: GraphQLObjectType | GraphQLInterfaceType) -> Rule | None:
    definition = type_.extensions.get(BACKREF)
    if isinstance(definition, StrawberryObjectDefinition):
        rule = getattr(definition.origin, TYPE_ATTRIBUTE, None)
        if isinstance(rule, Rule):
            return rule
    return FRAMEWORK_TYPES.get(type_.name)


def rule_table(schema: strawberry.Schema) -> RuleTable:
    return RuleTable(graphql_schema(schema))


def graphql_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """The graphql-core schema that strawberry built."""
    return schema._schema


def rule_of(schema: strawberry.Schema, type_name: str, field_name: str) -> Rule | None:
    """The rule of one field, by its names in the schema; None where none is declared."""
    return rule_table(schema).get(type_name, field_name)


def undeclared(schema: strawberry.Schema) -> list[str]:
    """Fields and mutations without a rule, as "Type.field"; a test holds this empty."""
    return rule_table(schema).undeclared
