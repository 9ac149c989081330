"""Levers on the whole stack: previewed, started, suspended, resumed, cancelled; each case once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.ids import global_id
from models.policy.access import Viewer
from models.queries import db
from models.terms import Role
from tests.commands.desk import Desk, fresh_key
from tests.commands.ledger import nothing_written, settled
from tests.commands.rounds import Round

BATCH = """id action status reason total startedAt endedAt
  progress { total waiting done refused failed cancelled }"""
PREVIEW = """query($choice: BatchChoice!) { previewBatch(choice: $choice) { __typename
  ... on BatchPreview { total changing refusedCount sample { id }
    refused { issue { id } problem { __typename code message } } }
  ... on Problem { code message field } ... on ForbiddenProblem { rule } } }"""
ITEMS = """query($id: ID!) { batch(id: $id) { status progress { total waiting done refused failed cancelled }
  items(first: 50) { totalCount nodes { position status seq attempts issue { id }
    problem { __typename code message field } } } } }"""


async def handling(desk: Desk, title: str) -> Round:
    """An issue that its department has accepted, under a title of its own."""
    case = await Round(desk).begin(title=title)
    await case.assessed()
    await case.called()
    return await case.step("acceptAssignment")


def choice(action: str, title: str, **more: Any) -> dict[str, Any]:
    return {"action": action, "where": {"search": title}, **more}


async def preview(desk: Desk, who: Viewer, chosen: dict[str, Any], language: str = "en") -> dict[str, Any]:
    return (await desk.ask(PREVIEW, who, language, choice=chosen))["previewBatch"]


async def start(
    desk: Desk, who: Viewer, chosen: dict[str, Any], expected: int, key: str | None = None, **more: Any
) -> dict[str, Any]:
    given = {
        "idempotencyKey": key or fresh_key(),
        "choice": chosen,
        "reason": "暴雨红色预警",
        "expected": expected,
        **more,
    }
    document = (
        "mutation($input: StartBatchInput!) { result: startBatch(input: $input) { __typename "
        f"... on BatchStarted {{ batch {{ {BATCH} }} }} ... on Problem {{ code message field }} }} }}"
    )
    return (await desk.ask(document, who, input=given))["result"]


async def turned(desk: Desk, who: Viewer, name: str, batch: str) -> dict[str, Any]:
    document = (
        f"mutation($input: BatchInput!) {{ result: {name}(input: $input) {{ __typename "
        f"... on BatchTurned {{ batch {{ {BATCH} }} }} ... on Problem {{ code message field }} }} }}"
    )
    given = {"idempotencyKey": fresh_key(), "batch": batch}
    return (await desk.ask(document, who, input=given))["result"]


async def ended(desk: Desk, who: Viewer, batch: str, status: str = "DONE") -> dict[str, Any]:
    """The batch with its items once it stands so; within thirty seconds."""
    for _ in range(150):
        found = (await desk.ask(ITEMS, who, id=batch))["batch"]
        if found["status"] == status:
            return found
        await asyncio.sleep(0.2)
    raise AssertionError(found)


async def due(case: Round) -> dict[str, str]:
    shown = await case.shown("duties { kind status dueAt holderKind }")
    return {d["kind"]: d["dueAt"] for d in shown["duties"] if d["status"] in ("OPEN", "SUSPENDED")}


@pytest.fixture
async def operator(desk: Desk) -> Viewer:
    return await desk.who(role=Role.OPERATOR)


@pytest.fixture
async def office(desk: Desk) -> Viewer:
    return await desk.who(role=Role.RESPONSE_OFFICE)


async def test_extending_is_previewed_and_then_done_once_for_each_case(desk, operator):
    title = "批量延期甲"
    cases = [await handling(desk, title) for _ in range(3)]
    early = await Round(desk).begin(title=title)
    chosen = choice("EXTEND", title, more="2 d")
    await settled()
    async with nothing_written():
        seen = await preview(desk, operator, chosen)
    assert (seen["total"], seen["changing"], seen["refusedCount"]) == (4, 3, 1)
    assert [one["id"] for one in seen["sample"]] == [*(case.issue for case in cases), early.issue]
    assert [(one["issue"]["id"], one["problem"]["code"]) for one in seen["refused"]] == [
        (early.issue, "NOTHING_TO_CHANGE")
    ]
    before = [await due(case) for case in cases]

    key = fresh_key()
    started = await start(desk, operator, chosen, 4, key)
    assert started["__typename"] == "BatchStarted", started
    again = await start(desk, operator, chosen, 4, key)
    assert again["batch"]["id"] == started["batch"]["id"]
    other = await start(desk, operator, chosen, 4, key, reason="别的原因")
    assert (other["__typename"], other["code"]) == ("KeyReusedProblem", "KEY_REUSED")

    done = await ended(desk, operator, started["batch"]["id"])
    assert done["progress"] == {
        "total": 4, "waiting": 0, "done": 3, "refused": 1, "failed": 0, "cancelled": 0
    }  # fmt: skip
    items = done["items"]["nodes"]
    assert [item["position"] for item in items] == [1, 2, 3, 4]
    assert [item["status"] for item in items] == ["DONE"] * 3 + ["REFUSED"]
    assert items[3]["problem"]["code"] == "NOTHING_TO_CHANGE"
    for case, was in zip(cases, before, strict=True):
        now = await due(case)
        assert now["HANDLE"] > was["HANDLE"]
        assert now["REPORT_IN"] == was["REPORT_IN"]
        shown = await case.shown("timeline(last: 1) { nodes { kind note post { role } } }", operator)
        assert shown["timeline"]["nodes"] == [
            {"kind": "EXTENDED", "note": "暴雨红色预警", "post": {"role": "OPERATOR"}}
        ]


async def test_an_emergency_stops_every_clock_and_its_end_starts_them(desk, office):
    title = "批量挂起乙"
    cases = [await handling(desk, title) for _ in range(2)]
    for action, stopped in (("SUSPEND", True), ("RESUME", False)):
        started = await start(desk, office, choice(action, title), 2)
        done = await ended(desk, office, started["batch"]["id"])
        assert done["progress"]["done"] == 2
        for case in cases:
            assert [value is None for value in (await due(case)).values()] == [stopped] * 2
    started = await start(desk, office, choice("RESUME", title), 2)
    done = await ended(desk, office, started["batch"]["id"])
    assert [item["problem"]["code"] for item in done["items"]["nodes"]] == ["WRONG_STATUS"] * 2


async def test_one_department_s_parts_go_to_another(desk, office):
    title = "批量移交丙"
    case = await handling(desk, title)
    water = await desk.who(role=Role.DEPARTMENT_HANDLER, department="water")
    to = global_id("Department", water.posts[0].department)
    chosen = choice("HAND_OVER", title, fromDepartment=case.lighting, toDepartment=to)
    started = await start(desk, office, chosen, 1)
    await ended(desk, office, started["batch"]["id"])
    shown = await case.shown("department { id } assignments { department { id } } duties { holder { "
                             "... on Department { id } } }", office)  # fmt: skip
    assert shown["assignments"] == [{"department": {"id": to}}]
    assert [duty["holder"] for duty in shown["duties"] if duty["holder"].get("id") == to]
    await case.step("reportIn", water)
    refused = await desk.do("completeAssignment", case.handler, {"assignment": case.assignment})
    assert refused["code"] in ("WRONG_UNIT", "NOT_FOUND")


async def test_a_batch_is_suspended_resumed_and_cancelled(desk, operator):
    title = "批量取消丁"
    issues = [await Round(desk).begin(title=title) for _ in range(40)]
    started = await start(desk, operator, choice("SUSPEND", title), len(issues))
    batch = started["batch"]["id"]
    for _ in range(100):
        paused = await turned(desk, operator, "pauseBatch", batch)
        if paused["__typename"] == "BatchTurned":
            break
        await asyncio.sleep(0.05)
    assert paused["batch"]["status"] == "PAUSED", paused
    first = paused["batch"]["progress"]
    await asyncio.sleep(1.5)
    still = (await desk.ask(ITEMS, operator, id=batch))["batch"]
    assert still["progress"] == first
    assert first["waiting"] > 0
    resumed = await turned(desk, operator, "resumeBatch", batch)
    assert resumed["batch"]["status"] == "RUNNING"
    cancelled = await turned(desk, operator, "cancelBatch", batch)
    if cancelled["__typename"] == "BatchTurned":
        assert cancelled["batch"]["status"] == "CANCELLED"
        done = await ended(desk, operator, batch, "CANCELLED")
        assert done["progress"]["waiting"] == 0
        assert done["progress"]["done"] + done["progress"]["cancelled"] == 40
    refused = await turned(desk, operator, "resumeBatch", batch)
    assert refused["code"] == "WRONG_STATUS"


@pytest.mark.parametrize(
    ("chosen", "field", "code"),
    [
        ({"action": "EXTEND"}, "more", "INVALID_INPUT"),
        ({"action": "EXTEND", "more": "soon"}, "more", "INVALID_INPUT"),
        ({"action": "EXTEND", "more": "2 d clock"}, "more", "INVALID_INPUT"),
        ({"action": "HAND_OVER"}, "fromDepartment", "INVALID_INPUT"),
        ({"action": "SUSPEND", "where": {"search": "没有这样的问题"}}, "where", "INVALID_INPUT"),
    ],
)
async def test_a_choice_that_cannot_be_is_refused_by_name_and_writes_nothing(
    desk, operator, chosen, field, code
):
    await settled()
    async with nothing_written():
        given = {"where": {"search": "批量"}, **chosen}
        seen = await preview(desk, operator, given)
        assert (seen["code"], seen["field"]) == (code, f"choice.{field}")
        zh = await preview(desk, operator, given, "zh")
        assert zh["message"] != seen["message"]


async def test_what_was_not_previewed_is_not_started(desk, operator):
    await Round(desk).begin(title="批量预览戊")
    await settled()
    async with nothing_written():
        refused = await start(desk, operator, choice("SUSPEND", "批量预览戊"), 7)
        assert (refused["code"], refused["field"]) == ("INVALID_INPUT", "input.expected")


async def test_levers_are_for_operators_and_the_office_of_the_district(desk, operator, office):
    await Round(desk).begin(title="批量权限己")
    abroad = await desk.who(role=Role.RESPONSE_OFFICE, district="gulou")
    clerk = await desk.who(role=Role.STREET_CLERK)
    auditor = await desk.who(role=Role.AUDITOR)
    await settled()
    chosen = choice("SUSPEND", "批量权限己")
    async with nothing_written():
        for who in (clerk, auditor):
            answer = (await desk.post({"query": PREVIEW, "variables": {"choice": chosen}}, who)).json()
            assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
            bare = "mutation($i: StartBatchInput!) { r: startBatch(input: $i) { ... on Problem { code } } }"
            given = {"idempotencyKey": fresh_key(), "choice": chosen, "reason": "x", "expected": 1}
            assert (await desk.ask(bare, who, i=given))["r"] == {"code": "WRONG_ROLE"}
        refused = await start(desk, office, choice("MIGRATE", "批量权限己"), 1)
        assert refused["code"] == "WRONG_ROLE"
        other = await start(desk, abroad, chosen, 1)
        assert (other["code"], other["field"]) == ("INVALID_INPUT", "input.expected")
    started = await start(desk, operator, chosen, 1)
    batch = started["batch"]["id"]
    await ended(desk, operator, batch)
    assert (await desk.ask(ITEMS, abroad, id=batch))["batch"] is None
    assert (await turned(desk, abroad, "cancelBatch", batch))["code"] == "NOT_FOUND"


async def test_lists_of_batches_take_as_many_statements_whatever_their_length(desk, operator):
    query = (
        "query($n: Int) { batches(first: $n, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { "
        + BATCH
        + " items(first: 2) { nodes { status problem { code } issue { code } } } } } }"
    )
    counts = []
    for n in (1, 5):
        seen: list[str] = []
        with db.watching(seen.append):
            await desk.ask(query, operator, n=n)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 5


async def test_operators_alone_see_what_is_stuck(desk, operator, office):
    query = "{ stuckCases { kind kindLabel since attempts detail remedy issue { code } } }"
    answer = (await desk.post({"query": query}, office)).json()
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    await settled()
    found = (await desk.ask(query, operator))["stuckCases"]
    assert all(one["remedy"] and one["kindLabel"] for one in found)
