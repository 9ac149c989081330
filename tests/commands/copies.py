"""Copies of a case under ids of their own, so that each test of a step has a case at its point.

A copy is rows alone, as the projection wrote them: its workflow starts from them with the first command it is
given, as that of a case whose workflow was lost does.
"""

from __future__ import annotations

import asyncio
import json
from copy import copy
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from api.ids import global_id, parsed
from models.policy.access import Viewer
from models.queries import db, outbox
from models.queries.duties import duty_id
from models.queries.sheets import sheet_id
from models.terms import derived_id
from tests.commands.rounds import Round

TABLES = (
    "issues", "reports", "calls", "assignments", "duties", "evidence", "plans", "plan_tasks", "returns",
    "extensions", "handovers", "suspensions", "answers", "ratings", "scorecards", "review_sheets",
    "review_signatures",
)  # fmt: skip
"""What a case consists of, in the order of their references."""
NUMBERS = count()


async def copied(
    case: Round, *, reporter: Viewer | None = None, joined: bool = False, days: int = 0
) -> Round:
    """The same case under other ids. Told by `reporter`, who is asked at the end; with a report that joined
    from another issue; as though everything had happened so many days earlier."""
    found = copy(case)
    rows = {table: await _rows(table, _key(case.issue)) for table in TABLES}
    if joined:
        rows["reports"].append(await _joined(rows["reports"][0]))
    text, renamed = json.dumps(rows, ensure_ascii=False), _renamed(rows)
    for old, new in renamed.items():
        text = text.replace(old, new)
    changed = json.loads(text)
    _ids_of_their_own(changed)
    for row in changed["reports"]:
        if reporter is not None and row["origin_issue_id"] is None:
            row |= {"reporter_id": str(reporter.person), "source": "RESIDENT"}
    await _write(changed, timedelta(days=-days))
    found.issue = global_id("Issue", changed["issues"][0]["id"])
    found.report_id = global_id("Report", changed["reports"][0]["id"])
    found.joined_id = global_id("Report", changed["reports"][-1]["id"]) if joined else ""
    for name in ("assignment", "other", "proposal", "photo"):
        if getattr(case, name):
            kind, _, key = getattr(case, name).partition(":")
            setattr(found, name, f"{kind}:{renamed[key]}")
    if case.sheet:
        found.sheet = global_id("ReviewSheet", changed["review_sheets"][0]["id"])
    return found


async def wake(case: Round) -> None:
    """Has the relay start its workflow at once: what fell due is told then."""
    key = _key(case.issue)
    async with db.transaction() as connection:
        await outbox.put(connection, derived_id(key, "outbox"), key, None, datetime.now(UTC))


async def owes(case: Round, kind: str) -> None:
    """Waits until a duty of this kind is open."""
    sql = "SELECT true FROM duties WHERE issue_id = $1 AND kind = $2 AND status = 'OPEN'"
    for _ in range(200):
        if await db.value(sql, _key(case.issue), kind):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"no {kind} within ten seconds")


def _key(issue: str) -> UUID:
    found = parsed(issue)
    assert found is not None
    return found[1]


async def _rows(table: str, issue: UUID) -> list[dict[str, Any]]:
    column = "id" if table == "issues" else "issue_id"
    found = await db.rows(f"SELECT to_jsonb(t) AS row FROM {table} t WHERE {column} = $1 ORDER BY id", issue)
    return [row["row"] for row in found]


async def _joined(report: dict[str, Any]) -> dict[str, Any]:
    """Another report, which came with an issue that was merged into this one."""
    origin = await db.value("SELECT id FROM issues WHERE merged_into_id IS NOT NULL LIMIT 1")
    assert origin is not None, "no issue was merged yet"
    return {**report, "id": str(uuid4()), "code": f"J-{next(NUMBERS)}", "origin_issue_id": str(origin)}


def _renamed(rows: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    """New ids and codes for everything the case owns."""
    made = {row["id"]: str(uuid4()) for table in TABLES for row in rows[table]}
    codes = {row["code"] for table in ("issues", "reports") for row in rows[table]}
    return {**made, **{code: f"C-{next(NUMBERS)}" for code in codes}}


def _ids_of_their_own(rows: dict[str, list[dict[str, Any]]]) -> None:
    """Some ids are derived from others."""
    issue = UUID(rows["issues"][0]["id"])
    duties = {row["id"]: str(duty_id(issue, row["key"])) for row in rows["duties"]}
    for row in rows["duties"]:
        row["id"] = duties[row["id"]]
    for row in rows["extensions"]:
        row["duty_id"] = duties[row["duty_id"]]
    for row in rows["answers"]:
        row["id"] = str(derived_id(issue, row["report_id"], "answer", row["round"]))
    for row in rows["plan_tasks"]:
        row["id"] = str(derived_id(row["plan_id"], "task", row["assignment_id"]))
    sheets = {row["id"]: str(sheet_id(row["assignment_id"])) for row in rows["review_sheets"]}
    for row in rows["review_sheets"]:
        row["id"] = sheets[row["id"]]
    for row in rows["review_signatures"]:
        row["sheet_id"] = sheets[row["sheet_id"]]


async def _write(rows: dict[str, list[dict[str, Any]]], earlier: timedelta) -> None:
    async with db.transaction() as connection:
        for table in TABLES:
            for row in rows[table]:
                moved = {name: _moved(value, earlier) for name, value in row.items()}
                await connection.execute(
                    f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, $1)).*", moved
                )


def _moved(value: Any, by: timedelta) -> Any:
    """An instant moved, anything else as it is."""
    if by and isinstance(value, str) and len(value) >= 20 and value[4:5] == "-" and value[10:11] == "T":
        return (datetime.fromisoformat(value) + by).isoformat()
    return value
