"""What the edge says when it will not or cannot answer: stable codes, in two languages, without traces.

Refusals of a command are union members of its mutation, not errors. Errors are for requests that are
malformed, too large, not allowed, or that met something unexpected; the last are masked and logged.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import structlog
from graphql import DocumentNode, GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.relay.types import GlobalIDValueError

from api.literals import is_value, literal_path
from models.terms import Language

log = structlog.get_logger("api.errors")


class ErrorCode(StrEnum):
    """Stable: clients switch on it. `HTTP_STATUS` says which status each one has."""

    BAD_REQUEST = "BAD_REQUEST"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    SYNTAX = "SYNTAX"
    VALIDATION = "VALIDATION"
    UNKNOWN_OPERATION = "UNKNOWN_OPERATION"
    TOO_COMPLEX = "TOO_COMPLEX"
    BAD_INPUT = "BAD_INPUT"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


HTTP_STATUS: Mapping[ErrorCode, int] = {
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.NOT_ACCEPTABLE: 406,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: 415,
    ErrorCode.PAYLOAD_TOO_LARGE: 413,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.INTERNAL: 500,
}
"""400 for every other code."""

MESSAGES: Mapping[str, tuple[str, str]] = {
    "not_json": ("The body is not valid JSON: {detail}.", "请求体不是有效的 JSON：{detail}。"),
    "not_utf8": ("The body is not UTF-8.", "请求体不是 UTF-8 编码。"),
    "too_nested": (
        "The body is nested more than {limit} levels deep.",
        "请求体嵌套超过 {limit} 层。",
    ),
    "not_object": (
        'The body must be a JSON object such as {{"query": "{{ serverTime }}"}}, not {found}.',
        '请求体必须是 JSON 对象，例如 {{"query": "{{ serverTime }}"}}，而不是 {found}。',
    ),
    "wrong_type": (
        "`{name}` must be {expected}, not {found}.",
        "`{name}` 必须是 {expected}，而不是 {found}。",
    ),
    "no_query": (
        "`query` is missing: send the GraphQL document as a string.",
        "缺少 `query`：请以字符串发送 GraphQL 文档。",
    ),
    "not_finite": ("`{name}` is not a finite number.", "`{name}` 不是有限的数。"),
    "bad_text": (
        "`{name}` holds a character that text cannot have: {found}.",
        "`{name}` 含有文本不允许的字符：{found}。",
    ),
    "method": ("Send GraphQL requests by POST.", "请以 POST 发送 GraphQL 请求。"),
    "media_type": (
        "The body must be application/json, not {found}.",
        "请求体必须是 application/json，而不是 {found}。",
    ),
    "not_acceptable": (
        "Answers are application/graphql-response+json or application/json.",
        "响应只有 application/graphql-response+json 或 application/json。",
    ),
    "too_large": ("The body is larger than {limit} bytes.", "请求体超过 {limit} 字节。"),
    "bad_token": ("The bearer token was refused: {detail}.", "令牌被拒绝：{detail}。"),
    "keys_unavailable": (
        "The keys that prove tokens cannot be fetched just now; try again shortly.",
        "暂时无法取得验证令牌的密钥，请稍后重试。",
    ),
    "sign_in": (
        "`{name}` needs a bearer token (rule {rule}).",
        "访问 `{name}` 需要登录令牌（规则 {rule}）。",
    ),
    "forbidden": (
        "`{name}` is not open to your posts (rule {rule}).",
        "您的岗位无权访问 `{name}`（规则 {rule}）。",
    ),
    "undeclared": ("`{name}` has no access rule and stays closed.", "`{name}` 未声明访问规则，保持关闭。"),
    "introspection": ("Introspection is off; read schema.graphql.", "已关闭内省，请查阅 schema.graphql。"),
    "syntax": ("The query cannot be read: {detail}", "查询语法错误：{detail}"),
    "validation": ("The query does not fit the schema: {detail}", "查询与模式不符：{detail}"),
    "input": ("Invalid input: {detail}", "输入无效：{detail}"),
    "unknown_operation": (
        "The document has no operation named `{name}`; it has: {known}.",
        "文档中没有名为 `{name}` 的操作；现有：{known}。",
    ),
    "which_operation": (
        "The document has several operations: name one in `operationName`. It has: {known}.",
        "文档含有多个操作，请在 `operationName` 中指明其一：{known}。",
    ),
    "no_operation": ("The document has no operation.", "文档中没有任何操作。"),
    "subscription": ("Subscriptions are not answered here.", "此处不支持订阅。"),
    "limit": (
        "The query has {found} {what}; at most {limit} are allowed.",
        "查询的{what_zh}为 {found}，上限为 {limit}。",
    ),
    "page_size": (
        "`{name}` must be from 0 to {limit}, not {found}.",
        "`{name}` 必须在 0 到 {limit} 之间，而不是 {found}。",
    ),
    "bad_id": (
        "`{name}` must be the id of a {expected}, as an answer gave it.",
        "`{name}` 必须是先前响应给出的 {expected} 的 id。",
    ),
    "bad_cursor": (
        "`{name}` must be a cursor that an earlier page of this list gave in this order.",
        "`{name}` 必须是本列表以同一排序在先前一页给出的游标。",
    ),
    "both_ways": (
        "Give either `first` or `last`, not both.",
        "`first` 与 `last` 只能给出其一。",
    ),
    "too_long": (
        "`{name}` is longer than {limit} characters.",
        "`{name}` 超过 {limit} 个字符。",
    ),
    "which_one": (
        "Give exactly one of {names}.",
        "{names} 必须且只能给出其一。",
    ),
    "unavailable": (
        "A service this answer needs is not reachable; try again shortly.",
        "所需的服务暂时不可用，请稍后重试。",
    ),
    "internal": (
        "Something went wrong on our side. Quote the request id {request_id}.",
        "服务内部出错，请提供请求编号 {request_id}。",
    ),
}
"""English and Chinese of every message, by key."""

LONGEST_DETAIL = 500
MOST_LOGGED = 5

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Fault:
    """One error as a value; `told` puts it into words."""

    code: ErrorCode
    message: str
    """Key of `MESSAGES`."""
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    field: str | None = None
    """The input at fault, e.g. "input.title"."""
    path: tuple[str | int, ...] | None = None
    """Where in the answer, e.g. ("issue", "timeline")."""
    locations: tuple[tuple[int, int], ...] = ()
    """Line and column in the query."""

    @property
    def status(self) -> int:
        return HTTP_STATUS.get(self.code, 400)

    def told(self, language: Language, request_id: str) -> dict[str, Any]:
        """The error as GraphQL formats it, with `code`, `field` and `requestId` in its extensions."""
        extensions: dict[str, Any] = {"code": self.code.value}
        if self.field:
            extensions["field"] = self.field
        if rule := self.params.get("rule"):
            extensions["rule"] = str(rule)
        extensions["requestId"] = request_id
        params = {"request_id": request_id, **self.params}
        error: dict[str, Any] = {"message": say(self.message, language, params)}
        if self.locations:
            error["locations"] = [{"line": line, "column": column} for line, column in self.locations]
        if self.path:
            error["path"] = list(self.path)
        error["extensions"] = extensions
        return error


class FaultError(Exception):
    """Raised below a resolver to give an expected fault instead of a masked one, e.g. UNAVAILABLE."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def say(key: str, language: Language, params: Mapping[str, Any] = NOTHING) -> str:
    """The message `key` in `language`."""
    english, chinese = MESSAGES[key]
    return (chinese if language is Language.ZH else english).format(**params)


def language_of(accept_language: str | None) -> Language:
    """`zh` or `en` as Accept-Language (RFC 9110, 12.5.4) prefers; English where it prefers neither."""
    best, best_quality = Language.EN, 0.0
    for part in (accept_language or "")[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        quality = _quality(parameters)
        if primary in ("zh", "en") and quality > best_quality:
            best, best_quality = Language(primary), quality
    return best


def _quality(parameters: str) -> float:
    match = re.fullmatch(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", parameters)
    if match:
        return float(match[1])
    return 0.0 if parameters.strip() else 1.0


# What graphql-core raised ---------------------------------------------------------------------------

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
    if isinstance(cause, StrawberryInputCoercionError | GlobalIDValueError) or _is_argument_error(error):
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
