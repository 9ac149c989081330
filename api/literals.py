"""Values written in a request: what text may not hold, and where in the arguments a literal stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    ListValueNode,
    Node,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
)

NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
"""PostgreSQL stores no NUL, UTF-8 no lone surrogate: neither is ever text."""


def bad_character(text: str) -> str | None:
    """The first character of `text` that no text may have, written as U+XXXX; None when all are good."""
    found = NOT_TEXT.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def literal_path(document: DocumentNode, target: Node) -> str | None:
    """Where `target`, a value written in `document`, stands, e.g. "input.photos[2].title"."""
    for argument in _arguments(document):
        for path, node in values(argument):
            if node is target:
                return path
    return None


def values(argument: ArgumentNode) -> Iterator[tuple[str, Node]]:
    """Every value below an argument, with its path; without recursion, as clients choose the depth."""
    stack: list[tuple[str, Node]] = [(argument.name.value, argument.value)]
    while stack:
        path, node = stack.pop()
        yield path, node
        if isinstance(node, ListValueNode):
            stack.extend((f"{path}[{index}]", value) for index, value in enumerate(node.values))
        elif isinstance(node, ObjectValueNode):
            stack.extend((f"{path}.{member.name.value}", member) for member in node.fields)
        elif isinstance(node, ObjectFieldNode):
            stack.append((path, node.value))


def is_value(node: Node | None) -> bool:
    return isinstance(node, ValueNode | ObjectFieldNode)


def _arguments(document: DocumentNode) -> Iterator[ArgumentNode]:
    stack: list[SelectionSetNode] = [
        definition.selection_set
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while stack:
        for selection in stack.pop().selections:
            for directive in selection.directives or ():
                yield from directive.arguments or ()
            if isinstance(selection, FieldNode):
                yield from selection.arguments or ()
            if isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                stack.append(selection.selection_set)
