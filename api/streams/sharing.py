"""Which operations show the same to everyone of the same posts, so that one execution serves them all.

Only what is known to be impersonal counts: columns and edges of the registry whose rows are seen by place,
and a few fields computed from columns alone. Everything else is executed for each viewer.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    visit,
)
from strawberry.utils.str_converters import to_snake_case

from api.documents import Operation
from models.queries.guards import Guard
from models.queries.shapes import SHAPES

IMPERSONAL = frozenset({Guard.OPEN, Guard.ISSUE, Guard.BELOW_ISSUE, Guard.OWED, Guard.DISTRICT})
COMPUTED = frozenset({"id", "__typename", "light", "timeLeft", "overdue"})
KEPT = 256
FRAMES = ("Connection", "Edge", "PageInfo")
EVENTS = frozenset({"Subscription", "IssueEvent"})


@dataclass(frozen=True, slots=True)
class Likeness:
    """What makes two subscriptions of one operation alike."""

    shareable: bool
    """Whether nothing that is selected depends on the person who asks."""
    left_out: frozenset[str]
    """Variables that only name the place to resume from: they make no difference to what is answered."""


class Likenesses:
    """Finds it once for each operation: thousands subscribe with the same one."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: OrderedDict[int, tuple[Operation, Likeness]] = OrderedDict()

    def of(self, operation: Operation) -> Likeness:
        # By identity: comparing documents costs more than walking them. The operation is kept along, so
        # that its identity stays its own.
        known = self._known.get(id(operation))
        if known is not None:
            return known[1]
        found = Likeness(
            shareable(self._schema, operation.document),
            resuming_variables(operation.document, operation.name),
        )
        self._known[id(operation)] = (operation, found)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found


def shareable(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Whether nothing that the document selects depends on the person who asks."""
    info = TypeInfo(schema)
    found = _Personal(info)
    visit(document, TypeInfoVisitor(info, found))
    return not found.personal


class _Personal(Visitor):
    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.personal = False

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._info.get_parent_type()
        if parent is None or not _impersonal(parent.name, node.name.value):
            self.personal = True


def _impersonal(parent: str, name: str) -> bool:
    if name == "__typename" or parent in EVENTS or parent.endswith(FRAMES):
        return True
    shape = SHAPES.get(parent)
    if shape is None or shape.guard not in IMPERSONAL:
        return False
    column = to_snake_case(name)
    edge = shape.to_one.get(column) or shape.to_many.get(column) or shape.to_each.get(column)
    if edge is not None:
        target = SHAPES[edge.target].guard
        # From one issue to another: whoever sees the first need not see the second.
        return target in IMPERSONAL and not (shape.guard is target is Guard.ISSUE)
    return column in shape.columns or name in COMPUTED or name.endswith("Label")


def resuming_variables(document: DocumentNode, operation: str | None) -> frozenset[str]:
    """Variables whose only use is the root field's `after`."""
    used: dict[str, int] = {}

    class Count(Visitor):
        def enter_variable(self, node: VariableNode, *_: object) -> None:
            used[node.name.value] = used.get(node.name.value, 0) + 1

    visit(document, Count())
    resuming: set[str] = set()
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode):
            continue
        if operation is not None and (definition.name is None or definition.name.value != operation):
            continue
        for node in definition.selection_set.selections:
            for argument in node.arguments or () if isinstance(node, FieldNode) else ():
                if argument.name.value == "after" and isinstance(argument.value, VariableNode):
                    resuming.add(argument.value.name.value)
    # Once where it is declared and once as the argument.
    return frozenset(name for name in resuming if used[name] == 2)
