"""The catalogue of errors and refusals. `python -m api.catalogue > docs/errors.md` writes it down."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from api.errors import HTTP_STATUS, MEANINGS, MESSAGES, OF_THE_DOCUMENT, ErrorCode
from api.problems import CODES_IN_CHINESE
from api.rules import graphql_schema
from api.schema import schema
from api.wordings import MESSAGES as PROBLEM_MESSAGES

if TYPE_CHECKING:
    from graphql import GraphQLEnumType

INTRODUCTION = """# Errors and refusals

Made from `api/errors.py`, `api/problems.py` and `api/wordings.py` by `python -m api.catalogue`; a test keeps
it current.

There are two kinds. **Errors** stand in `errors` of an answer: the request was malformed, too large, not
allowed, or met something unexpected. **Problems** are members of a mutation's result union: the command was
understood and refused, and nothing was changed. Switch on the code, show the message: it comes in the
language of `Accept-Language` (`zh`, `en`).

```json
{"errors": [{
  "message": "`first` must be from 0 to 1000, not 5000.",
  "path": ["issues"],
  "extensions": {"code": "BAD_INPUT", "field": "first", "requestId": "6f1c…"}
}]}
```

`path` says where in the answer, `locations` where in the document, `extensions.field` which input, and
`extensions.rule` which line of the access table decided. Quote `requestId` when you report an error.

## Error codes

The first status is that of `application/graphql-response+json`, the second that of `application/json`. An
error met while the operation ran leaves the status at 200 and stands beside the data.

"""
PROBLEMS = """
## Problem codes

Ask for `... on Problem { code message field }` in every mutation.

"""
MESSAGES_HEAD = """
## Messages

Words may be improved at any time; codes may not. Of errors:

"""


def written() -> str:
    """The whole of docs/errors.md."""
    return "".join((INTRODUCTION, *_codes(), PROBLEMS, *_problems(), MESSAGES_HEAD, *_messages()))


def _codes() -> Iterator[str]:
    yield "| Code | Status | Meaning | 含义 |\n|---|---|---|---|\n"
    for code in ErrorCode:
        status = HTTP_STATUS.get(code, 400)
        english, chinese = MEANINGS[code]
        plain = 200 if code in OF_THE_DOCUMENT else status
        yield f"| `{code}` | {status}, {plain} | {english} | {chinese} |\n"


def _problems() -> Iterator[str]:
    yield "| Code | Meaning | 含义 |\n|---|---|---|\n"
    declared = cast("GraphQLEnumType", graphql_schema(schema).type_map["ProblemCode"])
    for code, chinese in CODES_IN_CHINESE.items():
        yield f"| `{code.value}` | {declared.values[code.value].description} | {chinese} |\n"


def _messages() -> Iterator[str]:
    yield "| English | 中文 |\n|---|---|\n"
    yield from (_row(*message) for message in MESSAGES.values())
    yield "\nOf problems; those that begin without a subject follow the name of the input at fault:\n\n"
    yield "| English | 中文 |\n|---|---|\n"
    yield from (_row(*message) for message in PROBLEM_MESSAGES.values())


def _row(english: str, chinese: str) -> str:
    return f"| {_cell(english)} | {_cell(chinese)} |\n"


def _cell(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}").replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(written())
