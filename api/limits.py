"""What a document asks for, measured in one pass: its size, the access rules it meets, its page sizes.

Every definition is walked once and its fragments' figures are added up from memo, so a document that
spreads fragments exponentially costs no more than its own text. Nothing is left to do per row when the
operation runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

from api.errors import ErrorCode, Fault
from api.rules import RuleTable
from models.policy.access import PUBLIC, Rule, Viewer, allows

Path = tuple[str, ...]
Definition = OperationDefinitionNode | FragmentDefinitionNode
PAGE_ARGUMENTS = frozenset({"first", "last"})
INTROSPECTION_FIELDS = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may ask for. Introspection is measured too, but for its depth."""

    tokens: int = 3000
    characters: int = 100_000
    depth: int = 14
    fields: int = 1000
    aliases: int = 60
    repeats: int = 30
    """How often one place of the answer may be selected: comparing the selections is quadratic."""
    nested_fragments: int = 40
    page: int = 100
    errors: int = 5


WORDS: Mapping[str, tuple[str, str]] = {
    "depth": ("levels of fields", "字段层数"),
    "fields": ("fields", "字段数"),
    "aliases": ("aliases", "别名数"),
    "repeats": ("selections of one field in one place", "同一处重复选取的次数"),
    "nested_fragments": ("fragments nested in one another", "片段嵌套层数"),
    "tokens": ("tokens", "词法单元数"),
    "characters": ("characters", "字符数"),
}


def too_much(what: str, found: object, limit: int) -> Fault:
    """The fault of a document that passes a limit named as in `Limits`."""
    english, chinese = WORDS[what]
    params = {"what": english, "what_zh": chinese, "found": found, "limit": limit}
    return Fault(ErrorCode.TOO_COMPLEX, "limit", params)


@dataclass(frozen=True, slots=True)
class Need:
    """A rule that an operation meets, with the first field that declares it."""

    rule: Rule | None
    """None where the field declares none: it stays closed to everyone."""
    field: str
    path: Path


@dataclass(frozen=True, slots=True)
class PageSize:
    """A page size given by a variable: known only with the request."""

    variable: str
    field: str
    path: Path


@dataclass(slots=True)
class _Walked:
    """One operation or fragment, without what its fragments add."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    places: Counter[Path] = field(default_factory=Counter)
    introspects: Path | None = None
    spreads: list[tuple[str, int, Path]] = field(default_factory=list)
    needs: dict[Rule | None, Need] = field(default_factory=dict)
    pages: list[PageSize] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


Reached = list[tuple[_Walked, Path]]


@dataclass(slots=True)
class _Total:
    depth: int
    fields: int
    aliases: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What one operation of a document needs of a viewer and of its variables."""

    needs: tuple[Need, ...]
    pages: tuple[PageSize, ...]
    introspects: Path | None

    def refusals(self, viewer: Viewer) -> list[Fault]:
        """A fault for each rule that `viewer` does not pass; costs one look-up per distinct rule."""
        return [
            _refusal(need, viewer)
            for need in self.needs
            if need.rule is None or not allows(need.rule, viewer)
        ]

    def oversized(self, variables: Mapping[str, Any], limit: int) -> list[Fault]:
        """A fault for each page size that a variable sets out of bounds."""
        return [
            page_fault(page.variable, page.path, size, limit)
            for page in self.pages
            if isinstance(size := variables.get(page.variable), int | float) and not 0 <= size <= limit
        ]


def _refusal(need: Need, viewer: Viewer) -> Fault:
    if need.rule is None:
        return Fault(ErrorCode.FORBIDDEN, "undeclared", {"name": need.field}, path=need.path)
    message = "sign_in" if viewer == PUBLIC else "forbidden"
    return Fault(ErrorCode.FORBIDDEN, message, {"name": need.field, "rule": need.rule.value}, path=need.path)


def page_fault(name: str, path: Path, found: object, limit: int) -> Fault:
    params = {"name": name, "found": found, "limit": limit}
    return Fault(ErrorCode.BAD_INPUT, "page_size", params, field=name, path=path)


class _TooNestedError(Exception):
    """Fragments spread fragments further than `Limits.nested_fragments`."""


class Survey:
    """One document, measured against one schema. Works on any document that parses, valid or not."""

    def __init__(
        self, schema: GraphQLSchema, rules: RuleTable, document: DocumentNode, limits: Limits
    ) -> None:
        self._schema = schema
        self._rules = rules
        self._limits = limits
        self.operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
        self._fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        self._walked: dict[str, _Walked] = {}
        self._totals: dict[str, _Total | None] = {}

    def measure(self, operation: OperationDefinitionNode) -> Measured | list[Fault]:
        """What `operation` asks for, or the limits it passes."""
        root = self._walk(operation)
        try:
            total = self._add_up(root, 0)
        except _TooNestedError:
            most = self._limits.nested_fragments
            return [too_much("nested_fragments", most + 1, most)]
        reached = self._reached(root)
        faults = self._passed(total)
        faults += [fault for walked, _ in reached for fault in walked.faults]
        faults += self._defaults(operation, reached)
        if faults:
            return faults[: self._limits.errors]
        needs: dict[Rule | None, Need] = {}
        for walked, prefix in reached:
            for rule, need in walked.needs.items():
                needs.setdefault(rule, Need(rule, need.field, prefix + need.path))
        pages = tuple(
            PageSize(page.variable, page.field, prefix + page.path)
            for walked, prefix in reached
            for page in walked.pages
        )
        introspects = next(
            (prefix + w.introspects for w, prefix in reached if w.introspects is not None), None
        )
        return Measured(tuple(needs.values()), pages, introspects)

    def repeats(self) -> Fault | None:
        """Whether any definition, used or not, selects one place too often to be validated cheaply."""
        for fragment in self._fragments:
            self._fragment(fragment)
        walks = [*self._walked.values(), *(self._walk(operation) for operation in self.operations)]
        most = max((max(walked.places.values(), default=0) for walked in walks), default=0)
        return too_much("repeats", most, self._limits.repeats) if most > self._limits.repeats else None

    def _defaults(self, operation: OperationDefinitionNode, reached: Reached) -> list[Fault]:
        """A variable's default is a page size like any other."""
        limit = self._limits.page
        defaults = {
            variable.variable.name.value: variable.default_value.value
            for variable in operation.variable_definitions or ()
            if isinstance(variable.default_value, IntValueNode)
        }
        return [
            page_fault(page.variable, prefix + page.path, defaults[page.variable], limit)
            for walked, prefix in reached
            for page in walked.pages
            if page.variable in defaults and not _within(defaults[page.variable], limit)
        ]

    def _passed(self, total: _Total) -> list[Fault]:
        limits = self._limits
        figures = (
            ("depth", total.depth, limits.depth),
            ("fields", total.fields, limits.fields),
            ("aliases", total.aliases, limits.aliases),
        )
        return [too_much(what, found, limit) for what, found, limit in figures if found > limit]

    # Adding up ------------------------------------------------------------------------------------

    def _add_up(self, walked: _Walked, above: int) -> _Total:
        total = _Total(walked.depth, walked.fields, walked.aliases)
        for name, depth, _ in walked.spreads:
            part = self._fragment_total(name, above + 1)
            if part is not None:
                total.depth = max(total.depth, depth + part.depth)
                total.fields += part.fields
                total.aliases += part.aliases
        return total

    def _fragment_total(self, name: str, above: int) -> _Total | None:
        """Figures of a fragment; None in a cycle or where it is unknown, which validation reports.

        Raises _TooNestedError rather than recurse further than is allowed.
        """
        if name in self._totals:
            return self._totals[name]
        walked = self._fragment(name)
        if walked is None:
            return None
        if above > self._limits.nested_fragments:
            raise _TooNestedError
        self._totals[name] = None
        total = self._totals[name] = self._add_up(walked, above)
        return total

    def _reached(self, root: _Walked) -> Reached:
        """The operation and each fragment it uses, once, with the path of its first use."""
        found: Reached = [(root, ())]
        seen: set[str] = set()
        for walked, prefix in found:  # grows while it is walked
            for name, _, path in walked.spreads:
                fragment = None if name in seen else self._fragment(name)
                seen.add(name)
                if fragment is not None:
                    found.append((fragment, prefix + path))
        return found

    # Walking --------------------------------------------------------------------------------------

    def _fragment(self, name: str) -> _Walked | None:
        if name not in self._walked and name in self._fragments:
            self._walked[name] = self._walk(self._fragments[name])
        return self._walked.get(name)

    def _walk(self, definition: Definition) -> _Walked:
        walked = _Walked()
        stack = [(definition.selection_set, self._root_type(definition), 0, Path())]
        while stack:
            selections, parent, depth, path = stack.pop()
            for node in selections.selections:
                if isinstance(node, FieldNode):
                    key = node.alias.value if node.alias else node.name.value
                    walked.places[(*path, key)] += 1
                    inner = self._field(node, parent, depth, (*path, key), walked)
                    if inner is not None:
                        stack.append(inner)
                elif isinstance(node, FragmentSpreadNode):
                    walked.places[(*path, "...")] += 1
                    walked.spreads.append((node.name.value, depth, path))
                elif isinstance(node, InlineFragmentNode):
                    stack.append((node.selection_set, self._type(node.type_condition) or parent, depth, path))
        return walked

    def _field(
        self, node: FieldNode, parent: GraphQLNamedType | None, depth: int, path: Path, walked: _Walked
    ) -> tuple[SelectionSetNode, GraphQLNamedType | None, int, Path] | None:
        """Counts one field; returns what is selected below it."""
        name = node.name.value
        walked.fields += 1
        walked.aliases += node.alias is not None
        introspects = name in INTROSPECTION_FIELDS or (parent is not None and parent.name.startswith("__"))
        below = depth if introspects else depth + 1
        walked.depth = max(walked.depth, below)
        if introspects:
            walked.introspects = walked.introspects or path
            return (
                (node.selection_set, self._introspected(name, parent), below, path)
                if node.selection_set
                else None
            )
        definition = _definition(parent, name)
        if parent is not None and definition is not None:
            self._note(node, definition, parent, path, walked)
        type_ = get_named_type(definition.type) if definition is not None else None
        return (node.selection_set, type_, below, path) if node.selection_set else None

    def _note(
        self, node: FieldNode, definition: GraphQLField, parent: GraphQLNamedType, path: Path, walked: _Walked
    ) -> None:
        name = f"{parent.name}.{node.name.value}"
        rule = self._rules.get(parent.name, node.name.value)
        if rule not in walked.needs:
            walked.needs[rule] = Need(rule, name, path)
        for argument in node.arguments or ():
            if argument.name.value in PAGE_ARGUMENTS and argument.name.value in definition.args:
                self._page(argument, name, path, walked)

    def _page(self, argument: ArgumentNode, name: str, path: Path, walked: _Walked) -> None:
        value = argument.value
        if isinstance(value, VariableNode):
            walked.pages.append(PageSize(value.name.value, name, path))
        elif isinstance(value, IntValueNode) and not _within(value.value, self._limits.page):
            walked.faults.append(page_fault(argument.name.value, path, value.value, self._limits.page))

    def _root_type(self, definition: Definition) -> GraphQLNamedType | None:
        if isinstance(definition, FragmentDefinitionNode):
            return self._type(definition.type_condition)
        return self._schema.get_root_type(OperationType(definition.operation))

    def _type(self, condition: Any) -> GraphQLNamedType | None:
        return self._schema.get_type(condition.name.value) if condition else None

    def _introspected(self, name: str, parent: GraphQLNamedType | None) -> GraphQLNamedType | None:
        if name in INTROSPECTION_FIELDS:
            return self._schema.get_type("__Schema" if name == "__schema" else "__Type")
        definition = _definition(parent, name)
        return get_named_type(definition.type) if definition else parent


def _definition(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    fields: Mapping[str, GraphQLField] = {}
    if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        fields = parent.fields
    return fields.get(name)


def _within(literal: str, limit: int) -> bool:
    return len(literal) <= 9 and 0 <= int(literal) <= limit
