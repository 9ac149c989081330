"""What graphql-core and the resolvers raised, as faults: what was meant to be said, or a masked INTERNAL."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog
from graphql import DocumentNode, GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import StrawberryInputCoercionError

from api.errors import ErrorCode, Fault, FaultError
from api.literals import is_value, literal_path
from models.queries import db

log = structlog.get_logger("api.errors")

LONGEST_DETAIL = 500
MOST_LOGGED = 5

VARIABLE_ERROR = re.compile(
    r"Variable '\$(?P<name>\w+)'(?: has invalid (?:default )?value(?: at (?P<path>[\w.\[\]]+))?)?"
)
MISSING_ARGUMENT = re.compile(r"Argument '[\w.]+\((?P<name>\w+):\)' of type '[^']+' is required")
ARGUMENT_ERROR = re.compile(r"Argument '(?P<name>\w+)'")
MISSING_FIELD = re.compile(r"to include required field '(?P<name>\w+)'")
UNKNOWN_FIELD = re.compile(r"not to include unknown field '(?P<name>\w+)'")


def document_fault(error: GraphQLError, document: DocumentNode | None = None) -> Fault:
    """What is wrong with a document that could not be parsed or validated."""
    located = Fault(ErrorCode.VALIDATION, "validation", _detail(error.message), locations=_locations(error))
    if isinstance(error, GraphQLSyntaxError):
        return replace(located, code=ErrorCode.SYNTAX, message="syntax", params=_detail(error.description))
    wrong_input = replace(located, code=ErrorCode.BAD_INPUT, message="input")
    if missing := MISSING_ARGUMENT.match(error.message):
        return replace(wrong_input, field=missing["name"])
    node = error.nodes[0] if error.nodes else None
    if document is not None and node is not None and is_value(node):
        return replace(wrong_input, field=_inner(literal_path(document, node), error.message))
    return located


def variables_fault(error: GraphQLError) -> Fault:
    """What is wrong with variables that do not fit their types; names the input's path."""
    where = None
    if match := VARIABLE_ERROR.match(error.message):
        where = _inner(match["name"] + (match["path"] or ""), error.message)
    return Fault(ErrorCode.BAD_INPUT, "input", _detail(error.message), field=where)


def _inner(path: str | None, message: str) -> str | None:
    """An error about a missing or unknown member is reported at its object; the member is what matters."""
    member = MISSING_FIELD.search(message) or UNKNOWN_FIELD.search(message)
    if path is None or member is None or path.endswith(f".{member['name']}"):
        return path
    return f"{path}.{member['name']}"


def _detail(message: str) -> Mapping[str, str]:
    """Messages echo what was sent; what was sent may be long."""
    return {"detail": message if len(message) <= LONGEST_DETAIL else message[:LONGEST_DETAIL] + "…"}


def execution_faults(errors: Sequence[GraphQLError], request_id: str) -> list[Fault]:
    """What resolvers' errors are to the outside: what they were meant to be, or a masked INTERNAL.

    Only the first few unexpected ones are logged with their trace: a list may fail a thousand times.
    """
    faults, logged = [], 0
    for error in errors:
        fault = _expected(error)
        if fault is None:
            path = tuple(error.path or ())
            if logged < MOST_LOGGED:
                internal_fault(error.original_error or error, request_id, path)
                logged += 1
            fault = Fault(ErrorCode.INTERNAL, "internal", path=path)
        faults.append(fault)
    return faults


def _expected(error: GraphQLError) -> Fault | None:
    path = tuple(error.path or ())
    cause = error.original_error
    if isinstance(cause, FaultError):
        return replace(cause.fault, path=path)
    if cause is not None and db.away(cause):
        return Fault(ErrorCode.UNAVAILABLE, "unavailable", path=path)
    if isinstance(cause, StrawberryInputCoercionError) or _is_argument_error(error):
        argument = ARGUMENT_ERROR.match(error.message)
        where = argument["name"] if argument else None
        return Fault(
            ErrorCode.BAD_INPUT,
            "input",
            _detail(error.message),
            field=where,
            path=path,
            locations=_locations(error),
        )
    return None


def internal_fault(cause: BaseException, request_id: str, path: tuple[str | int, ...] | None = None) -> Fault:
    """A masked fault. The log has the trace, the answer only the request id."""
    log.error("unexpected", request_id=request_id, path=path, exc_info=cause)
    return Fault(ErrorCode.INTERNAL, "internal", path=path)


def _is_argument_error(error: GraphQLError) -> bool:
    inner = error.original_error if isinstance(error.original_error, GraphQLError) else error
    return inner.nodes is not None and inner.message.startswith(("Argument '", "Variable '$"))


def _locations(error: GraphQLError) -> tuple[tuple[int, int], ...]:
    return tuple((at.line, at.column) for at in error.locations or ())
