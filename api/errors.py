"""What the edge says when it will not or cannot answer: stable codes, in two languages, without traces.

Refusals of a command are union members of its mutation, not errors. Errors are for requests that are
malformed, too large, not allowed, or that met something unexpected; the last are masked and logged.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from models.terms import Language


class ErrorCode(StrEnum):
    """Stable: clients switch on it. `MEANINGS` says what each is for, `HTTP_STATUS` its status."""

    BAD_REQUEST = "BAD_REQUEST"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    URI_TOO_LONG = "URI_TOO_LONG"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    """Apollo's name: its clients then send the document itself."""
    SYNTAX = "SYNTAX"
    VALIDATION = "VALIDATION"
    UNKNOWN_OPERATION = "UNKNOWN_OPERATION"
    TOO_COMPLEX = "TOO_COMPLEX"
    BAD_INPUT = "BAD_INPUT"
    RATE_LIMITED = "RATE_LIMITED"
    RESUME_EXPIRED = "RESUME_EXPIRED"
    TOO_MANY_SUBSCRIPTIONS = "TOO_MANY_SUBSCRIPTIONS"
    SLOW_READER = "SLOW_READER"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


HTTP_STATUS: Mapping[ErrorCode, int] = {
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.NOT_ACCEPTABLE: 406,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: 415,
    ErrorCode.PAYLOAD_TOO_LARGE: 413,
    ErrorCode.URI_TOO_LONG: 414,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.DOCUMENT_NOT_TRUSTED: 403,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.TOO_MANY_SUBSCRIPTIONS: 429,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.INTERNAL: 500,
}
"""400 for every other code."""

OF_THE_DOCUMENT = frozenset(
    {
        ErrorCode.PERSISTED_QUERY_NOT_FOUND,
        ErrorCode.SYNTAX,
        ErrorCode.VALIDATION,
        ErrorCode.UNKNOWN_OPERATION,
        ErrorCode.TOO_COMPLEX,
        ErrorCode.BAD_INPUT,
    }
)
"""Failures of what a well-formed request asks. As application/json they are told with 200: a client of
that type cannot know whether another status came from the server or from something before it."""

MEANINGS: Mapping[ErrorCode, tuple[str, str]] = {
    ErrorCode.BAD_REQUEST: (
        "The request is not a GraphQL request: its JSON, a parameter's type, or a text or number in it.",
        "请求不是有效的 GraphQL 请求：JSON、参数类型，或其中的文本或数字有误。",
    ),
    ErrorCode.METHOD_NOT_ALLOWED: (
        "The method does not do that: mutations go by POST; `Allow` names what is possible.",
        "该方法不可用：变更须以 POST 发送；`Allow` 列出可用方法。",
    ),
    ErrorCode.NOT_ACCEPTABLE: ("`Accept` names no type we answer in.", "`Accept` 中没有本服务支持的类型。"),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: (
        "The body is not JSON in UTF-8 by its headers.",
        "请求头表明请求体不是 UTF-8 的 JSON。",
    ),
    ErrorCode.PAYLOAD_TOO_LARGE: ("The body is larger than 1 MiB.", "请求体超过 1 MiB。"),
    ErrorCode.URI_TOO_LONG: ("The URL of a GET is too long; use POST.", "GET 的 URL 过长，请使用 POST。"),
    ErrorCode.UNAUTHENTICATED: (
        "The bearer token is wrong or has expired; sign in again.",
        "令牌无效或已过期，请重新登录。",
    ),
    ErrorCode.FORBIDDEN: (
        "The viewer may not ask for a field; `path` names it. Nothing was answered.",
        "用户无权查询某字段，见 `path`；未返回任何数据。",
    ),
    ErrorCode.DOCUMENT_NOT_TRUSTED: (
        "Only registered documents are answered here, and this is none.",
        "本服务只接受已登记的文档，而该文档未登记。",
    ),
    ErrorCode.PERSISTED_QUERY_NOT_FOUND: (
        "No document is registered under this id; send its text.",
        "没有以该标识登记的文档，请发送文档原文。",
    ),
    ErrorCode.SYNTAX: ("The document cannot be parsed.", "文档有语法错误。"),
    ErrorCode.VALIDATION: ("The document does not fit the schema.", "文档与模式不符。"),
    ErrorCode.UNKNOWN_OPERATION: (
        "It cannot be told which operation of the document is meant.",
        "无法确定要执行文档中的哪个操作。",
    ),
    ErrorCode.TOO_COMPLEX: (
        "The document passes a limit: size, depth, aliases, cost.",
        "文档超过限制：大小、深度、别名数或成本。",
    ),
    ErrorCode.BAD_INPUT: (
        "An argument or variable is wrong; `field` names it.",
        "参数或变量有误，见 `field`。",
    ),
    ErrorCode.RATE_LIMITED: (
        "The viewer's budget of this minute is used up; `Retry-After` says when to ask again.",
        "用户本分钟的额度已用完；何时重试见 `Retry-After`。",
    ),
    ErrorCode.RESUME_EXPIRED: (
        "A subscription cannot go on from this resume token; read afresh and subscribe without it.",
        "无法从该续传令牌继续订阅；请重新查询后不带令牌订阅。",
    ),
    ErrorCode.TOO_MANY_SUBSCRIPTIONS: (
        "The socket or the server carries as many subscriptions as it may.",
        "该连接或服务器的订阅数已达上限。",
    ),
    ErrorCode.SLOW_READER: (
        "Events were not taken as fast as they came; resume from the last token.",
        "事件接收过慢；请从最近的续传令牌继续。",
    ),
    ErrorCode.UNAVAILABLE: (
        "A service that the answer needs is away; ask again shortly.",
        "所需的服务暂时不可用，请稍后重试。",
    ),
    ErrorCode.INTERNAL: (
        "Something went wrong on our side; the log has it under `requestId`.",
        "服务内部出错；日志中可按 `requestId` 查找。",
    ),
}
"""English and Chinese of what each code is for (docs/errors.md)."""

MESSAGES: Mapping[str, tuple[str, str]] = {
    "not_json": ("The body is not valid JSON: {detail}.", "请求体不是有效的 JSON：{detail}。"),
    "part_not_json": ("`{name}` is not valid JSON: {detail}.", "`{name}` 不是有效的 JSON：{detail}。"),
    "not_utf8": ("The request is not UTF-8.", "请求不是 UTF-8 编码。"),
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
        "`query` is missing: send the GraphQL document as a string, or a `documentId`.",
        "缺少 `query`：请以字符串发送 GraphQL 文档，或发送 `documentId`。",
    ),
    "not_finite": ("`{name}` is not a finite number.", "`{name}` 不是有限的数。"),
    "bad_text": (
        "`{name}` holds a character that text cannot have: {found}.",
        "`{name}` 含有文本不允许的字符：{found}。",
    ),
    "given_twice": ("`{name}` is given more than once.", "`{name}` 重复给出。"),
    "two_documents": (
        "`{name}` names another document than the request holds.",
        "`{name}` 所指的文档与请求中的文档不一致。",
    ),
    "method": (
        "GraphQL requests go by POST, queries also by GET; not by {found}.",
        "GraphQL 请求以 POST 发送，查询也可用 GET；不支持 {found}。",
    ),
    "get_trusted": (
        "Here GET answers registered documents only; send this one by POST.",
        "此处 GET 只用于已登记的文档；请以 POST 发送。",
    ),
    "get_mutation": ("Mutations go by POST, never by GET.", "变更只能以 POST 发送，不能用 GET。"),
    "uri_too_long": (
        "The query string is longer than {limit} bytes; use POST.",
        "URL 查询串超过 {limit} 字节；请使用 POST。",
    ),
    "not_trusted": (
        "Only documents that were registered are answered here.",
        "此处只接受已登记的文档。",
    ),
    "document_unknown": (
        "No document is registered as {id}; send its text in `query`.",
        "没有登记为 {id} 的文档；请在 `query` 中发送其原文。",
    ),
    "rate": (
        "This costs {cost}, more than is left of your {budget} a minute; ask again in {seconds} s.",
        "本次成本为 {cost}，超过您每分钟 {budget} 的剩余额度；请在 {seconds} 秒后重试。",
    ),
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
    "token_scheme": (
        "The Authorization header was refused: send `Authorization: Bearer <token>`.",
        "Authorization 请求头被拒绝：请发送 `Authorization: Bearer <令牌>`。",
    ),
    "token_too_long": (
        "The bearer token was refused: it is longer than {limit} characters.",
        "令牌被拒绝：超过 {limit} 个字符。",
    ),
    "token_expired": (
        "The bearer token was refused: it has expired; sign in again.",
        "令牌被拒绝：已过期，请重新登录。",
    ),
    "token_malformed": (
        "The bearer token was refused: it is malformed, or not signed by a known key with an accepted "
        "algorithm.",
        "令牌被拒绝：格式有误，或未由已知密钥以许可的算法签名。",
    ),
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
    "subscription": (
        "Subscribe over WebSocket (graphql-transport-ws) or with `Accept: text/event-stream`.",
        "请通过 WebSocket（graphql-transport-ws）或以 `Accept: text/event-stream` 订阅。",
    ),
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
    "bad_resume_token": (
        "`{name}` must be a resume token that an earlier event or answer gave.",
        "`{name}` 必须是先前事件或响应给出的续传令牌。",
    ),
    "resume_expired": (
        "`{name}` names an event that is no longer kept for resuming (over {days} days old, or of another "
        "database): read afresh and subscribe without it.",
        "`{name}` 指向的事件已不可续传（超过 {days} 天或属于其他数据库）：请重新查询后不带令牌订阅。",
    ),
    "too_many_subscriptions": (
        "At most {limit} operations may run on one connection; complete one first.",
        "一个连接最多同时运行 {limit} 个操作，请先结束一个。",
    ),
    "too_many_streams": (
        "This server already carries {limit} open streams; try again shortly.",
        "本服务器已有 {limit} 个打开的数据流，请稍后重试。",
    ),
    "slow_reader": (
        "More than {limit} events were waiting to be taken; resume from the last token.",
        "待接收的事件超过 {limit} 个；请从最近的续传令牌继续。",
    ),
    "nothing_selected": (
        "The subscription selects nothing: do not skip its one field.",
        "该订阅未选取任何字段：请勿跳过其唯一字段。",
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
        """The HTTP status of an answer that is this fault alone."""
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


@lru_cache(maxsize=256)
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
