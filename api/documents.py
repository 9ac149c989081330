"""Query texts, parsed, measured and validated once and then kept.

A client sends the same few documents all day. What is kept is bounded by count and by size; a refusal is
kept as well, so that a bad document costs no more the second time. Registered documents (api/trusted.py)
are prepared when the process starts and stay.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

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

from api import trusted
from api.body import GraphQLRequest
from api.errors import ErrorCode, Fault
from api.limits import Limits, Measured, too_much
from api.literals import bad_literal
from api.raised import document_fault
from api.rules import graphql_schema, rule_table
from api.survey import Survey

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
LONGEST_NAME = 64
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
    registered: bool = False
    """Whether its document is a trusted one."""

    @property
    def called(self) -> str:
        """Its kind and name, for the log; clients choose names, and they may be long."""
        return f"{self.kind.value} {(self.name or '-')[:LONGEST_NAME]}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may be executed, by operation name."""

    operations: Mapping[str | None, Operation | list[Fault]]

    def operation(self, name: str | None) -> Operation | list[Fault]:
        """The operation to run, or why none can be named or this one is refused."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        found = self.operations.get(name) if name else None
        return [self._unknown(name)] if found is None else found

    def _unknown(self, name: str | None) -> Fault:
        known = ", ".join(key or "(anonymous)" for key in self.operations)
        if name is None:
            return Fault(ErrorCode.UNKNOWN_OPERATION, "which_operation", {"known": known})
        return Fault(ErrorCode.UNKNOWN_OPERATION, "unknown_operation", {"name": name, "known": known})


class Documents:
    """Prepares query texts for one schema. `open_schema` allows introspection and suggestions.

    `registered` are trusted texts by their SHA-256; with `only_registered` nothing else is answered.
    Raises TrustedDocumentsError for a registered document that cannot be answered.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        limits: Limits,
        *,
        open_schema: bool,
        registered: Mapping[str, str] = MappingProxyType({}),
        only_registered: bool = False,
    ) -> None:
        self._schema = graphql_schema(schema)
        self._rules = rule_table(schema)
        self._limits = limits
        self._open = open_schema
        self._kept: OrderedDict[str, Prepared | list[Fault]] = OrderedDict()
        self._characters = 0
        self._registered = {key: self._register(key, text) for key, text in registered.items()}
        self._by_text = {text: self._registered[key] for key, text in registered.items()}
        self._texts = registered
        self._only_registered = only_registered

    def operation(self, wanted: GraphQLRequest) -> Operation | list[Fault]:
        """The operation a request means, or why there is none to run."""
        known = None if wanted.document or self._only_registered else self._kept.get(wanted.query or "")
        if known is not None:
            self._kept.move_to_end(wanted.query or "")
        prepared = known or self.find(wanted)
        return prepared if isinstance(prepared, list) else prepared.operation(wanted.operation)

    def find(self, wanted: GraphQLRequest) -> Prepared | list[Fault]:
        """The document a request means, by its id or its text."""
        query, key = wanted.query, wanted.document
        known = self._registered.get(key) if key else self._by_text.get(query or "")
        if known is not None:
            if key and query is not None and query != self._texts[key]:
                return [_two_documents()]
            return known
        if self._only_registered:
            return [Fault(ErrorCode.DOCUMENT_NOT_TRUSTED, "not_trusted")]
        if query is None:
            return [Fault(ErrorCode.PERSISTED_QUERY_NOT_FOUND, "document_unknown", {"id": key})]
        if key and key != trusted.hash_of(query):
            return [_two_documents()]
        return self.prepare(query)

    def _register(self, key: str, text: str) -> Prepared:
        prepared = self._prepare(text)
        if isinstance(prepared, list):
            raise trusted.refused(key, prepared)
        return Prepared(
            {
                name: replace(operation, registered=True) if isinstance(operation, Operation) else operation
                for name, operation in prepared.operations.items()
            }
        )

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
        path = operation.measured.introspects
        if path is not None and not self._open:
            return [Fault(ErrorCode.FORBIDDEN, "introspection", path=path)]
        return operation

    @staticmethod
    def _name(node: OperationDefinitionNode) -> str | None:
        return node.name.value if node.name else None


def _two_documents() -> Fault:
    name = "documentId"
    return Fault(ErrorCode.BAD_REQUEST, "two_documents", {"name": name}, field=name)
