"""Query texts, parsed, measured and validated once and then kept.

A client sends the same few documents all day. What is kept is bounded by count and by size; a refusal is
kept as well, so that a bad document costs no more the second time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.errors import ErrorCode, Fault, document_fault
from api.limits import Limits, Measured, Survey, too_much
from api.literals import bad_literal
from api.rules import graphql_schema, rule_table

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
CACHED_DOCUMENTS = 1000
CACHED_CHARACTERS = 2_000_000
"""Of query text: a parsed document takes some fifty times its text in memory."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document, ready to run."""

    document: DocumentNode
    name: str | None
    kind: OperationType
    measured: Measured


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may be executed, by operation name."""

    operations: Mapping[str | None, Operation | list[Fault]]

    def operation(self, name: str | None) -> Operation | list[Fault]:
        """The operation to run, or why none can be named or this one is refused."""
        known = ", ".join(key or "(anonymous)" for key in self.operations)
        if name is None:
            if len(self.operations) == 1:
                return next(iter(self.operations.values()))
            return [Fault(ErrorCode.UNKNOWN_OPERATION, "which_operation", {"known": known})]
        unknown = Fault(ErrorCode.UNKNOWN_OPERATION, "unknown_operation", {"name": name, "known": known})
        return self.operations.get(name, [unknown])


class Documents:
    """Prepares query texts for one schema. `open_schema` allows introspection and suggestions."""

    def __init__(self, schema: strawberry.Schema, limits: Limits, *, open_schema: bool) -> None:
        self._schema = graphql_schema(schema)
        self._rules = rule_table(schema)
        self._limits = limits
        self._open = open_schema
        self._kept: OrderedDict[str, Prepared | list[Fault]] = OrderedDict()
        self._characters = 0

    def prepare(self, query: str) -> Prepared | list[Fault]:
        """The parsed, measured and validated document, or why it is refused."""
        known = self._kept.get(query)
        if known is not None:
            self._kept.move_to_end(query)
            return known
        prepared = self._prepare(query)
        self._keep(query, prepared)
        return prepared

    def _keep(self, query: str, prepared: Prepared | list[Fault]) -> None:
        if len(query) > CACHED_CHARACTERS // 20:
            return
        self._kept[query] = prepared
        self._characters += len(query)
        while len(self._kept) > CACHED_DOCUMENTS or self._characters > CACHED_CHARACTERS:
            oldest, _ = self._kept.popitem(last=False)
            self._characters -= len(oldest)

    def _prepare(self, query: str) -> Prepared | list[Fault]:
        document = self._parse(query)
        if isinstance(document, Fault):
            return [document]
        survey = Survey(self._schema, self._rules, document, self._limits)
        if fault := survey.repeats():
            return [fault]
        if not survey.operations:
            return [Fault(ErrorCode.UNKNOWN_OPERATION, "no_operation")]
        measured = {self._name(operation): survey.measure(operation) for operation in survey.operations}
        too_large = [fault for faults in measured.values() if isinstance(faults, list) for fault in faults]
        if too_large:
            return too_large[: self._limits.errors]
        if faults := list(self._invalid(document)):
            return faults
        return Prepared(dict(self._operations(document, survey.operations, measured)))

    def _parse(self, query: str) -> DocumentNode | Fault:
        limits = self._limits
        if len(query) > limits.characters:
            return too_much("characters", len(query), limits.characters)
        try:
            document = parse(query, max_tokens=limits.tokens)
        except GraphQLError as error:
            if error.message.endswith(f"more than {limits.tokens} tokens. Parsing aborted."):
                return too_much("tokens", f"over {limits.tokens}", limits.tokens)
            return document_fault(error)
        # An escape can write what the text itself may not hold.
        found = bad_literal(document) if "\\u" in query else None
        if found is None:
            return document
        name, character = found
        return Fault(ErrorCode.BAD_INPUT, "bad_text", {"name": name, "found": character}, field=name)

    def _invalid(self, document: DocumentNode) -> Iterator[Fault]:
        for error in validate(
            self._schema, document, RULES, max_errors=self._limits.errors, hide_suggestions=not self._open
        ):
            yield document_fault(error, document)

    def _operations(
        self,
        document: DocumentNode,
        operations: list[OperationDefinitionNode],
        measured: Mapping[str | None, Measured | list[Fault]],
    ) -> Iterator[tuple[str | None, Operation | list[Fault]]]:
        for node in operations:
            name = self._name(node)
            found = measured[name]
            if isinstance(found, Measured):
                yield name, self._admitted(Operation(document, name, OperationType(node.operation), found))

    def _admitted(self, operation: Operation) -> Operation | list[Fault]:
        if operation.kind is OperationType.SUBSCRIPTION:
            return [Fault(ErrorCode.BAD_REQUEST, "subscription")]
        path = operation.measured.introspects
        if path is not None and not self._open:
            return [Fault(ErrorCode.FORBIDDEN, "introspection", path=path)]
        return operation

    @staticmethod
    def _name(node: OperationDefinitionNode) -> str | None:
        return node.name.value if node.name else None
