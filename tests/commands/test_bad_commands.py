"""What no command of the cycle takes, derived from its input type: wrong ids, texts, keys, instants."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from models.terms import Command
from tests.commands.desk import SCHEMA, fresh_key
from tests.commands.giving import MUTATIONS, given
from tests.commands.ground import Ground
from tests.commands.ledger import nothing_written, settled
from tests.commands.refusals import spoken

LONG, CONTROL = "灯" * 2001, "a\x07"
LATER_FAULT = {"input.evidence", "input.reports", "input.plan"}
"""Ids that are looked up only within the case, or after something else of it was asked."""


def fields(command: Command) -> dict[str, str]:
    """The input's members that the test gives, by the name of their type."""
    assert SCHEMA.mutation_type is not None
    kind = get_named_type(SCHEMA.mutation_type.fields[MUTATIONS[command]].args["input"].type)
    assert isinstance(kind, GraphQLInputObjectType)
    return {name: str(member.type) for name, member in kind.fields.items()}


def wrong_inputs(command: Command, good: dict[str, Any]) -> Iterator[tuple[str, Any, set[str]]]:
    """Field, value, and the codes that may name it."""
    for name, kind in fields(command).items():
        many = kind.startswith("[")
        if "ID" in kind:
            for value in ("", "!", "A" * 10_000, f"Person:{uuid4()}"):
                yield name, [value] if many else value, {"INVALID_INPUT"}
            known = good.get(name)
            type_name = str(known[0] if isinstance(known, list) and known else known or "").partition(":")[0]
            if type_name and f"input.{name}" not in LATER_FAULT:
                stranger = f"{type_name}:{uuid4()}"
                yield name, [stranger] if many else stranger, {"NOT_FOUND", "INVALID_INPUT"}
        elif name == "idempotencyKey":
            for value in ("", " ", "k" * 201, "k\x1f1"):
                yield name, value, {"INVALID_INPUT"}
        elif "String" in kind and name != "category":
            blank = ["", " \n "] if kind.endswith("!") else []
            for value in (LONG, CONTROL, *blank):
                yield name, value, {"INVALID_INPUT"}
        elif "DateTime" in kind:
            yield name, (datetime.now(UTC) - timedelta(days=1)).isoformat(), {"INVALID_INPUT"}


@pytest.mark.parametrize("command", Command, ids=lambda command: command.value)
async def test_what_is_wrong_is_named_in_both_languages_and_writes_nothing(
    ground: Ground, command: Command
) -> None:
    point, viewer = ground.first(command)
    good, wrong = given(command, point.case, point.record.level), []
    await settled()
    async with nothing_written():
        for name, value, codes in wrong_inputs(command, good):
            wanted = {**deepcopy(good), name: value}
            if command is Command.NOTE and name == "issue":
                del wanted["assignment"]  # else the part is what does not fit
            key = wanted.pop("idempotencyKey", None)
            key = fresh_key() if key is None else key
            answers = []
            for language in ("en", "zh"):
                body = {"idempotencyKey": key, **wanted}
                query = {"name": MUTATIONS[command], "viewer": viewer, "input": body, "key": key}
                answers.append(await ground.desk.do(**query, fields="__typename", language=language))
            english, chinese = answers
            if english.get("code") not in codes or english["field"] != f"input.{name}":
                wrong.append((name, str(value)[:60], english))
            else:
                spoken(english["message"], chinese["message"])
    assert wrong == []
