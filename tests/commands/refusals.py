"""Refusals as a client sees them: typed, naming the field, in two languages, and nothing written."""

from __future__ import annotations

import json
import re
from typing import Any

from models.policy.access import Viewer
from tests.commands.desk import Desk, fresh_key, mutation
from tests.commands.ledger import nothing_written, settled

HAN = re.compile(r"[\u4e00-\u9fff]")


async def refused(
    desk: Desk,
    name: str,
    viewer: Viewer | None,
    given: dict[str, Any],
    kind: str,
    field: str | None,
    code: str | None = None,
    fields: str | None = None,
) -> dict[str, Any]:
    """The problem in English, after everything that must be so of it was looked at."""
    key = fresh_key()
    await settled()
    async with nothing_written():
        english = await desk.do(name, viewer, given, fields, key)
        chinese = await desk.do(name, viewer, given, fields, key, "zh")
    assert english["__typename"] == kind, english
    assert english["field"] == field, english
    assert code is None or english["code"] == code, english
    wordless = {name: value for name, value in english.items() if name != "message"}
    assert wordless == {name: value for name, value in chinese.items() if name != "message"}
    spoken(english["message"], chinese["message"])
    return english


async def rejected(
    desk: Desk,
    viewer: Viewer | None,
    body: dict[str, Any] | bytes,
    field: str | None,
    *codes: str,
    status: int = 400,
) -> dict[str, Any]:
    """The one error of a request that GraphQL, or the guard before it, did not take."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    await settled()
    async with nothing_written():
        english = await desk.send(raw, viewer)
        chinese = await desk.send(raw, viewer, "zh")
    answers = [english.json(), chinese.json()]
    assert [english.status_code, chinese.status_code] == [status, status], answers
    assert all("data" not in answer for answer in answers), answers
    error = answers[0]["errors"][0]
    assert error["extensions"]["code"] in (codes or ("BAD_INPUT", "BAD_REQUEST")), error
    assert error["extensions"].get("field") == field, error
    said, chinese_said = error["message"], answers[1]["errors"][0]["message"]
    assert said != chinese_said
    assert said.split(" ", 1)[0].strip("`").isascii(), said  # then it may echo what was sent
    assert HAN.search(chinese_said), chinese_said
    return error


def spoken(english: str, chinese: str) -> None:
    """Something is said in each language, in the right one."""
    assert english.strip(), "nothing is said"
    assert not HAN.search(english), english
    assert HAN.search(chinese), chinese


def asking(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """The body of one mutation."""
    return {"query": mutation(name), "variables": {"input": {"idempotencyKey": fresh_key(), **given}}}


def inline(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """The same with its input written into the query text; a value in `Raw` is written as it is."""
    document = mutation(name)
    document = document[document.index("{") :].replace(
        "$input", literal({"idempotencyKey": fresh_key(), **given})
    )
    return {"query": f"mutation {document}"}


class Raw(str):
    """A literal as it stands in the text, such as an enum member or an escape."""


def literal(value: Any) -> str:
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {literal(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
