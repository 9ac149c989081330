"""What a document asks for, measured in one pass: its size, access rules, page sizes and cost.

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

from api.costs import BELOW_PAGE, LONGEST_SIZE, ONCE, PAGE_ARGUMENTS, Cost, Tally, Times, length, page_below
from api.errors import Fault
from api.limits import Limits, Measured, Need, PageSize, Path, page_fault, too_much
from api.rules import RuleTable
from models.policy.access import Rule

Definition = OperationDefinitionNode | FragmentDefinitionNode
INTROSPECTION_FIELDS = frozenset({"__schema", "__type"})
LISTS_OF_THE_SCHEMA = frozenset({"fields", "interfaces", "possibleTypes", "inputFields"})
"""Each leads back to types: nested, they multiply the whole schema by itself."""


@dataclass(frozen=True, slots=True)
class _Level:
    """A selection set to walk, and how the walk came to it."""

    selections: SelectionSetNode
    parent: GraphQLNamedType | None
    path: Path = ()
    depth: int = 0
    circles: int = 0
    """Lists of the schema it stands in."""
    times: Times = ONCE
    page: Times = ONCE
    """The page size of the connection it selects from."""


@dataclass(slots=True)
class _Walked:
    """One operation or fragment, without what its fragments add."""

    depth: int = 0
    circles: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    places: Counter[Path] = field(default_factory=Counter)
    introspects: Path | None = None
    spreads: list[tuple[str, _Level]] = field(default_factory=list)
    needs: dict[Rule | None, Need] = field(default_factory=dict)
    pages: list[PageSize] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


Reached = list[tuple[_Walked, Path]]


@dataclass(slots=True)
class _Total:
    depth: int
    circles: int
    fields: int
    aliases: int
    directives: int


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
        self._tallies: dict[str, Tally | None] = {}

    def measure(self, operation: OperationDefinitionNode) -> Measured | list[Fault]:
        """What `operation` asks for, or the limits it passes."""
        root = self._walk(operation)
        try:
            total = self._add_up(root, 0)
        except _TooNestedError:
            most = self._limits.nested_fragments
            return [too_much("nested_fragments", most + 1, most)]
        reached = self._reached(root)
        defaults = _defaults(operation)
        faults = self._passed(total)
        faults += [fault for walked, _ in reached for fault in walked.faults]
        faults += self._oversized(defaults, reached)
        if faults:
            return faults[: self._limits.errors]
        # Only now: as many terms as there are fields, and those are bounded above.
        cost = self._tally(root).cost(defaults)
        if not cost.terms and cost.fixed > self._limits.cost:
            return [too_much("cost", cost.fixed, self._limits.cost)]
        return _measured(reached, cost)

    def repeats(self) -> Fault | None:
        """Whether any definition, used or not, selects one place too often to be validated cheaply."""
        for fragment in self._fragments:
            self._fragment(fragment)
        walks = [*self._walked.values(), *(self._walk(operation) for operation in self.operations)]
        for what, figures in (
            ("repeats", [max(walked.places.values(), default=0) for walked in walks]),
            ("directives", [walked.directives for walked in walks]),
        ):
            most, limit = max(figures, default=0), getattr(self._limits, what)
            if most > limit:
                return too_much(what, most, limit)
        return None

    def _oversized(self, defaults: Mapping[str, int], reached: Reached) -> list[Fault]:
        """A variable's default is a page size like any other."""
        limit = self._limits.page
        return [
            page_fault(page.variable, prefix + page.path, defaults[page.variable], limit)
            for walked, prefix in reached
            for page in walked.pages
            if not 0 <= defaults.get(page.variable, 0) <= limit
        ]

    def _passed(self, total: _Total) -> list[Fault]:
        limits = self._limits
        figures = (
            ("depth", total.depth, limits.depth),
            ("introspection", total.circles, limits.introspection),
            ("fields", total.fields, limits.fields),
            ("aliases", total.aliases, limits.aliases),
            ("directives", total.directives, limits.directives),
        )
        return [too_much(what, found, limit) for what, found, limit in figures if found > limit]

    # Adding up ------------------------------------------------------------------------------------

    def _add_up(self, walked: _Walked, above: int) -> _Total:
        total = _Total(walked.depth, walked.circles, walked.fields, walked.aliases, walked.directives)
        for name, level in walked.spreads:
            part = self._fragment_total(name, above + 1)
            if part is not None:
                total.depth = max(total.depth, level.depth + part.depth)
                total.circles = max(total.circles, level.circles + part.circles)
                total.fields += part.fields
                total.aliases += part.aliases
                total.directives += part.directives
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

    def _tally(self, walked: _Walked) -> Tally:
        """The fields of an operation or fragment with all that it spreads."""
        for name, level in walked.spreads:
            part = self._fragment_tally(name)
            if part is not None:
                walked.tally.spread(part, level.times, level.page)
        return walked.tally

    def _fragment_tally(self, name: str) -> Tally | None:
        if name not in self._tallies:
            walked = self._fragment(name)
            self._tallies[name] = None
            self._tallies[name] = self._tally(walked) if walked is not None else None
        return self._tallies[name]

    def _reached(self, root: _Walked) -> Reached:
        """The operation and each fragment it uses, once, with the path of its first use."""
        found: Reached = [(root, ())]
        seen: set[str] = set()
        for walked, prefix in found:  # grows while it is walked
            for name, level in walked.spreads:
                fragment = None if name in seen else self._fragment(name)
                seen.add(name)
                if fragment is not None:
                    found.append((fragment, prefix + level.path))
        return found

    # Walking --------------------------------------------------------------------------------------

    def _fragment(self, name: str) -> _Walked | None:
        if name not in self._walked and name in self._fragments:
            self._walked[name] = self._walk(self._fragments[name])
        return self._walked.get(name)

    def _walk(self, definition: Definition) -> _Walked:
        walked = _Walked(directives=len(definition.directives or ()))
        page = BELOW_PAGE if isinstance(definition, FragmentDefinitionNode) else ONCE
        stack = [_Level(definition.selection_set, self._root_type(definition), page=page)]
        while stack:
            level = stack.pop()
            for node in level.selections.selections:
                walked.directives += len(node.directives or ())
                if isinstance(node, FieldNode):
                    key = node.alias.value if node.alias else node.name.value
                    walked.places[(*level.path, key)] += 1
                    inner = self._field(node, level, (*level.path, key), walked)
                    if inner is not None:
                        stack.append(inner)
                elif isinstance(node, FragmentSpreadNode):
                    walked.places[(*level.path, "...")] += 1
                    walked.spreads.append((node.name.value, level))
                elif isinstance(node, InlineFragmentNode):
                    parent = self._type(node.type_condition) or level.parent
                    stack.append(_below(level, node.selection_set, parent))
        return walked

    def _field(self, node: FieldNode, level: _Level, path: Path, walked: _Walked) -> _Level | None:
        """Counts one field; returns what is selected below it."""
        name, parent = node.name.value, level.parent
        walked.fields += 1
        walked.aliases += node.alias is not None
        walked.tally.add(level.times)
        if name in INTROSPECTION_FIELDS or (parent is not None and parent.name.startswith("__")):
            return self._introspection(node, level, path, walked)
        depth = level.depth + 1
        walked.depth = max(walked.depth, depth)
        definition = _definition(parent, name)
        if parent is None or definition is None:
            return _Level(node.selection_set, None, path, depth) if node.selection_set else None
        self._note(node, definition, parent, path, walked)
        if node.selection_set is None:
            return None
        times = level.times * length(node, definition, parent, level.page)
        below = page_below(node, definition)
        return _Level(
            node.selection_set, get_named_type(definition.type), path, depth, times=times, page=below
        )

    def _introspection(self, node: FieldNode, level: _Level, path: Path, walked: _Walked) -> _Level | None:
        """Introspection is bounded by how often it comes back to itself, not by depth and cost."""
        name = node.name.value
        walked.depth = max(walked.depth, level.depth)
        walked.introspects = walked.introspects or path
        circles = level.circles + (name in LISTS_OF_THE_SCHEMA)
        walked.circles = max(walked.circles, circles)
        if node.selection_set is None:
            return None
        type_ = self._introspected(name, level.parent)
        return _Level(node.selection_set, type_, path, level.depth, circles, level.times)

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
        elif isinstance(value, IntValueNode) and not 0 <= _number(value) <= self._limits.page:
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


def _measured(reached: Reached, cost: Cost) -> Measured:
    needs: dict[Rule | None, Need] = {}
    for walked, prefix in reached:
        for rule, need in walked.needs.items():
            needs.setdefault(rule, Need(rule, need.field, prefix + need.path))
    pages = tuple(
        PageSize(page.variable, page.field, prefix + page.path)
        for walked, prefix in reached
        for page in walked.pages
    )
    introspects = next((prefix + w.introspects for w, prefix in reached if w.introspects is not None), None)
    return Measured(tuple(needs.values()), frozenset(needs), pages, introspects, cost)


def _defaults(operation: OperationDefinitionNode) -> dict[str, int]:
    return {
        variable.variable.name.value: _number(variable.default_value)
        for variable in operation.variable_definitions or ()
        if isinstance(variable.default_value, IntValueNode)
    }


def _number(literal: IntValueNode) -> int:
    """A number written in a document; one too long to be read is larger than any limit."""
    return int(literal.value) if len(literal.value) <= LONGEST_SIZE else 10**LONGEST_SIZE


def _below(level: _Level, selections: SelectionSetNode, parent: GraphQLNamedType | None) -> _Level:
    """An inline fragment stands where it is written."""
    return _Level(selections, parent, level.path, level.depth, level.circles, level.times, level.page)


def _definition(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    fields: Mapping[str, GraphQLField] = {}
    if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        fields = parent.fields
    return fields.get(name)
