"""Values written in a request: what text may not hold, and where in the arguments a literal stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from graphql import (
    DirectiveNode,
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
    StringValueNode,
    ValueNode,
)

NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
"""PostgreSQL stores no NUL, UTF-8 no lone surrogate: neither is ever text."""


def bad_character(text: str) -> str | None:
    """The first character of `text` that no text may have, written as U+XXXX; None when all are good."""
    found = NOT_TEXT.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def bad_literal(document: DocumentNode) -> tuple[str, str] | None:
    """The path of the first string in `document` that holds such a character, and the character."""
    for name, root in _roots(document):
        for path, node in _values(name, root):
            if isinstance(node, StringValueNode) and (found := bad_character(node.value)):
                return path, found
    return None


def literal_path(document: DocumentNode, target: Node) -> str | None:
    """Where `target`, a value written in `document`, stands, e.g. "input.photos[2].title"."""
    for name, root in _roots(document):
        for path, node in _values(name, root):
            if node is target:
                return path
    return None


def is_value(node: Node) -> bool:
    return isinstance(node, ValueNode | ObjectFieldNode)


def _values(name: str, root: Node) -> Iterator[tuple[str, Node]]:
    """Every value below `root`, with its path; without recursion, as clients choose the depth."""
    stack = [(name, root)]
    while stack:
        path, node = stack.pop()
        yield path, node
        if isinstance(node, ListValueNode):
            stack.extend((f"{path}[{index}]", value) for index, value in enumerate(node.values))
        elif isinstance(node, ObjectValueNode):
            stack.extend((f"{path}.{member.name.value}", member) for member in node.fields)
        elif isinstance(node, ObjectFieldNode):
            stack.append((path, node.value))


def _roots(document: DocumentNode) -> Iterator[tuple[str, Node]]:
    """Every argument of a field or directive, and every variable's default."""
    stack: list[SelectionSetNode] = []
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            stack.append(definition.selection_set)
            yield from _arguments(definition.directives)
        if isinstance(definition, OperationDefinitionNode):
            for variable in definition.variable_definitions or ():
                if variable.default_value is not None:
                    yield variable.variable.name.value, variable.default_value
    while stack:
        for selection in stack.pop().selections:
            yield from _arguments(selection.directives)
            if isinstance(selection, FieldNode):
                for argument in selection.arguments or ():
                    yield argument.name.value, argument.value
            if isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                stack.append(selection.selection_set)


def _arguments(directives: Iterable[DirectiveNode] | None) -> Iterator[tuple[str, Node]]:
    for directive in directives or ():
        for argument in directive.arguments or ():
            yield argument.name.value, argument.value


LONGEST_STORED = 80
"""Of codes and keys that are looked up."""


def storable(text: str) -> str | None:
    """A code or key as it may be looked up; None for one that no column can hold, which is nobody's."""
    return None if len(text) > LONGEST_STORED or bad_character(text) else text
