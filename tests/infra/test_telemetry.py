"""Logs are one event a line, carry the request id, and withhold what is never logged."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from infra.telemetry import REQUEST, configure, request_id_from


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield
    REQUEST.set("")
    structlog.reset_defaults()
    root.handlers[:], root.level = before


def test_events_of_ours_and_of_libraries_are_json_with_the_request_id() -> None:
    out = io.StringIO()
    configure("json", "info", out)
    REQUEST.set("r-1")
    structlog.get_logger("ours").info("filed", code="JJ-2026-000001", title="路灯", token="eyJ.secret")
    logging.getLogger("library").warning("lost %s", "connection")
    logging.getLogger("library").debug("unheard")
    ours, library = (json.loads(line) for line in out.getvalue().splitlines())
    assert (ours["event"], ours["title"], ours["request_id"], ours["logger"]) == (
        "filed",
        "路灯",
        "r-1",
        "ours",
    )
    assert ours["token"] == "withheld"
    assert (library["event"], library["level"], library["request_id"]) == (
        "lost connection",
        "warning",
        "r-1",
    )


def test_what_a_workflow_says_of_itself_stands_beside_the_event() -> None:
    out = io.StringIO()
    configure("json", "info", out)
    extra = {"request_id": "r-2", "temporal_workflow": {"workflow_id": "case/1"}, "other": 1}
    logging.getLogger("temporalio.workflow").info("order taken", extra=extra)
    told = json.loads(out.getvalue())
    assert (told["event"], told["request_id"]) == ("order taken", "r-2")
    assert told["temporal_workflow"] == {"workflow_id": "case/1"}
    assert "other" not in told


def test_a_trace_stays_one_line_of_json() -> None:
    out = io.StringIO()
    configure("json", "info", out)
    try:
        raise ValueError("why")
    except ValueError:
        structlog.get_logger("ours").exception("failed")
    (line,) = out.getvalue().splitlines()
    assert "ValueError: why" in json.loads(line)["exception"]


@pytest.mark.parametrize("sane", ["abc-1", "4f0e.A_b", "x" * 64])
def test_a_sane_request_id_is_kept(sane: str) -> None:
    assert request_id_from(sane) == sane


@pytest.mark.parametrize("insane", [None, "", "x" * 65, "a b", "a\nb", "-a", "é"])
def test_another_is_replaced(insane: str | None) -> None:
    made = request_id_from(insane)
    assert made != insane
    assert request_id_from(made) == made
