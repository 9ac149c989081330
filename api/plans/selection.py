"""What an operation selects, merged and typed: the tree that a statement is written from.

Follows the specification's CollectFields. What a plan does not cover raises NotCoveredError, and
strawberry answers instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)

LONGEST_KEY = 63
"""PostgreSQL cuts longer column names."""


class NotCoveredError(Exception):
    """This selection is strawberry's to answer."""


@dataclass(frozen=True, slots=True)
class Picked:
    """One field of the answer, with everything selected below it."""

    key: str
    name: str
    parent: str
    field: GraphQLField
    nodes: tuple[FieldNode, ...]
    """Where it was selected; the arguments of all are the same, by validation."""

    @property
    def node(self) -> FieldNode:
        return self.nodes[0]

    @property
    def type_name(self) -> str:
        return get_named_type(self.field.type).name


class Selection:
    """The selections of one document on one schema."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self.schema = schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def roots(self, operation: OperationDefinitionNode) -> list[Picked]:
        """The fields of the query itself."""
        root = self.schema.query_type
        if root is None or operation.directives:
            raise NotCoveredError
        return self._collected(root, [operation.selection_set])

    def below(self, picked: Picked, type_name: str) -> list[Picked]:
        """The fields selected below, as far as they hold for an object of `type_name`."""
        kind = self.schema.type_map[type_name]
        if not isinstance(kind, GraphQLObjectType):
            raise NotCoveredError
        return self._collected(kind, [n.selection_set for n in picked.nodes if n.selection_set])

    def _collected(self, kind: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> list[Picked]:
        nodes: dict[str, list[FieldNode]] = {}
        for selected in sets:
            for node in self._fields(kind, selected):
                nodes.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return [self._picked(kind, key, found) for key, found in nodes.items()]

    def _fields(self, kind: GraphQLObjectType, selected: SelectionSetNode) -> Iterator[FieldNode]:
        for node in selected.selections:
            if node.directives:
                raise NotCoveredError  # @skip and @include change the answer's form
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else kind.name
                if self._holds(kind, condition):
                    yield from self._fields(kind, node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                if self._holds(kind, fragment.type_condition.name.value):
                    yield from self._fields(kind, fragment.selection_set)

    def _holds(self, kind: GraphQLObjectType, condition: str) -> bool:
        if condition == kind.name:
            return True
        wider = self.schema.type_map.get(condition)
        return isinstance(wider, GraphQLInterfaceType | GraphQLUnionType) and self.schema.is_sub_type(
            wider, kind
        )

    def _picked(self, kind: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Picked:
        name = nodes[0].name.value
        field = TYPENAME if name == "__typename" else kind.fields.get(name)
        if field is None or len(key) > LONGEST_KEY:
            raise NotCoveredError
        return Picked(key, name, kind.name, field, tuple(nodes))


TYPENAME = GraphQLField(GraphQLObjectType("__typename", {}))
"""Stands for the field that every type has; only its name is looked at."""
