"""Random valid documents of a schema: what front ends might ask, and much that none would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    parse,
    validate,
)

DEEPEST = 4
LEVERS = {"previewBatch", "batch", "batches", "stuckCases", "stuckWorkflows", "rulebookDryRun"}
WORKED_OUT = {"itemSuggestions", "rectificationStatus", "publishedSurvey", "publishedSurveys"}
ROOTS_LEFT_OUT = {"enumLabels", "trackReport", "bulletin", "bulletinDraft"} | LEVERS | WORKED_OUT
"""The first is alike for everybody, the next need codes and months; the others are worked out, not read."""


class RandomDocuments:
    """Makes documents; `ids` are ids that exist, by type, `words` texts to search for."""

    def __init__(
        self, schema: GraphQLSchema, random: Random, ids: Mapping[str, Sequence[str]], words: Sequence[str]
    ) -> None:
        self._schema, self._random, self._ids, self._words = schema, random, ids, words

    def document(self) -> tuple[str, dict[str, Any]]:
        """A query and its variables; fields of different types that do not go together are tried again."""
        while True:
            query, variables = self._attempt()
            if not validate(self._schema, parse(query), max_errors=1):
                return query, variables

    def _attempt(self) -> tuple[str, dict[str, Any]]:
        self._declared: dict[str, str] = {}
        self._values: dict[str, Any] = {}
        self._fragments: list[str] = []
        root = self._schema.query_type
        names = [name for name in root.fields if name not in ROOTS_LEFT_OUT]
        chosen = self._random.sample(names, self._random.randint(1, 2))
        body = " ".join(self._field(name, root.fields[name], 0, f"r{n}") for n, name in enumerate(chosen))
        declared = ", ".join(f"${name}: {kind}" for name, kind in self._declared.items())
        head = f"query Q({declared})" if declared else "query Q"
        return f"{head} {{ {body} }} {' '.join(self._fragments)}", self._values

    def _field(self, name: str, field: GraphQLField, depth: int, alias: str | None = None) -> str:
        arguments = [
            f"{key}: {value}"
            for key, argument in self._sensible(name, field.args).items()
            if (value := self._argument(name, key, argument)) is not None
        ]
        if name == "issue" and depth == 0 and not arguments:
            arguments = [f'id: "{self._id("Issue")}"']
        given = f"({', '.join(arguments)})" if arguments else ""
        below = self._selection(get_named_type(field.type), depth + 1)
        shown = f"{alias}: {name}" if alias else name
        return f"{shown}{given}{below}"

    def _sensible(self, name: str, known: Mapping[str, GraphQLArgument]) -> dict[str, GraphQLArgument]:
        """Either first or last; of id and code the id."""
        left_out = {self._random.choice(["first", "last"]), "code"}
        return {key: argument for key, argument in known.items() if key not in left_out}

    def _selection(self, kind: Any, depth: int) -> str:
        if is_leaf_type(kind):
            return ""
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            types = self._schema.get_possible_types(kind)
            some = self._random.sample(list(types), min(3, len(types)))
            arms = " ".join(f"... on {one.name} {self._selection(one, depth)}" for one in some)
            return f"{{ __typename {arms} }}"
        assert isinstance(kind, GraphQLObjectType)
        fields = [self._field(n, f, depth, a) for n, f, a in self._chosen(kind, depth)]
        if not fields:
            fields = ["__typename"]
        if self._random.random() < 0.15 and len(fields) > 1:
            return f"{{ {fields[0]} {self._spread(kind, fields[1:])} }}"
        return f"{{ {' '.join(fields)} }}"

    def _spread(self, kind: GraphQLObjectType, fields: list[str]) -> str:
        if self._random.random() < 0.5:
            return f"... on {kind.name} {{ {' '.join(fields)} }}"
        name = f"F{len(self._fragments)}"
        self._fragments.append(f"fragment {name} on {kind.name} {{ {' '.join(fields)} }}")
        return f"...{name}"

    def _chosen(self, kind: GraphQLObjectType, depth: int) -> list[tuple[str, GraphQLField, str | None]]:
        random, picked = self._random, []
        for name, field in kind.fields.items():
            leaf = is_leaf_type(get_named_type(field.type))
            if name in LIVE or (not leaf and depth >= DEEPEST):
                continue
            through = name in ("nodes", "edges", "node", "pageInfo")
            if random.random() < (0.8 if through else 0.35 if leaf else 0.25):
                alias = f"a{random.randint(0, 10**6)}" if random.random() < 0.1 else None
                picked.append((name, field, alias))
        random.shuffle(picked)
        return picked[:12]

    # Values -----------------------------------------------------------------------------------------------

    def _argument(self, field: str, name: str, argument: GraphQLArgument) -> str | None:
        required = str(argument.type).endswith("!")
        if not required and self._random.random() < (0.6 if name in ("where", "orderBy") else 0.7):
            return None
        value = self._value(field, name, argument.type)
        if value is None:
            return None
        if self._random.random() < 0.4:
            variable = f"v{len(self._declared)}"
            self._declared[variable] = str(argument.type)
            self._values[variable] = value
            return f"${variable}"
        return literal(value)

    def _value(self, field: str, name: str, kind: Any) -> Any:
        random, bare = self._random, get_nullable_type(kind)
        if isinstance(bare, GraphQLList):
            if name == "ids":
                return [self._any_id() for _ in range(random.randint(0, 3))]
            return [self._value(field, name, bare.of_type) for _ in range(random.randint(0, 2))]
        if isinstance(bare, GraphQLInputObjectType):
            return {
                key: value
                for key, member in bare.fields.items()
                if str(member.type).endswith("!") or random.random() < 0.25
                if (value := self._value(field, key, member.type)) is not None
            }
        if isinstance(bare, GraphQLEnumType):
            return Name(random.choice(list(bare.values)))
        return self._scalar(field, name, bare.name)

    def _scalar(self, field: str, name: str, kind: str) -> Any:
        random = self._random
        match kind:
            case "Int":
                return random.choice([0, 1, 2, 3, 5, 20])
            case "Boolean":
                return random.random() < 0.5
            case "ID":
                owner = OWNERS.get(name, name[0].upper() + name[1:])
                return self._any_id() if name == "id" and field == "node" else self._id(owner)
            case "DateTime":
                return random.choice(["2026-03-01T00:00:00Z", "2026-11-01T08:00:00+08:00"])
            case _:
                if name in ("after", "before"):
                    return None
                return "jinjiang" if name == "key" else random.choice(list(self._words))

    def _id(self, kind: str) -> str:
        known = self._ids.get(kind)
        return self._random.choice(list(known)) if known else self._any_id()

    def _any_id(self) -> str:
        return self._random.choice([one for known in self._ids.values() for one in known])


LIVE = {
    "allowedActions",
    "viewUrl",
    "mediumUrl",
    "smallUrl",
    "mergeSuggestions",
    "rows",
    "columns",
    "verified",
}
"""Made by policy, signing and reckoning, or of a frozen document, not read; covered by their own tests."""
OWNERS = {"id": "Issue", "ids": "Issue"}


class Name(str):
    """An enum member: written without quotes."""

    __slots__ = ()


def literal(value: Any) -> str:
    """A value as GraphQL writes it."""
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return f"[{', '.join(literal(one) for one in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {literal(one)}' for key, one in value.items())}}}"
    return str(value)
