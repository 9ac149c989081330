"""Negative items through GraphQL on the real stack: sorted, issued, put right, asked about, closed."""

from __future__ import annotations

import pytest
import pytest_asyncio

from api.ids import global_id, parsed
from models.queries import db, posts
from models.queries.posts import PostAsked
from models.terms import Role
from tests.commands.desk import Desk, fresh_key
from tests.commands.negative import LINKS, Negative
from tests.commands.sheets import DISTRICT


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def listed(desk: Desk) -> Negative:
    return await Negative.made(desk, "2034H1")


async def test_opinions_are_sorted_issued_put_right_and_closed_by_those_who_raised_them(
    listed: Negative,
) -> None:
    item = await listed.issued(voices=2)
    assert (await listed.step("startItem", item))["status"] == "RECTIFYING"
    assert (await listed.step("completeItem", item))["status"] == "PERCEIVING"
    tokens = await listed.ask(item)
    assert len(tokens) == 2, "those who raised it are asked, each once"
    await listed.answer(tokens[0], True)
    shown = await listed.shown(item)
    assert (shown["status"], shown["asked"], shown["answered"], shown["satisfied"]) == ("PERCEIVING", 2, 1, 1)
    await listed.answer(tokens[1], True)
    closed = await listed.until(item, lambda one: one["status"] == "CLOSED", "duties { kind status }")
    assert (closed["answered"], closed["satisfied"], closed["round"]) == (2, 2, 0)
    assert {(d["kind"], d["status"]) for d in closed["duties"]} == {
        ("RECTIFY", "FULFILLED"),
        ("PERCEIVE", "FULFILLED"),
    }
    assert await listed.kinds(item) == ["ISSUED", "STARTED", "RECTIFIED", "PERCEIVED", "CLOSED"]


async def test_dissatisfied_residents_reopen_it_and_are_asked_again(listed: Negative) -> None:
    item = await listed.perceiving(voices=2)
    first = await listed.ask(item)
    await listed.answer(first[0], True)
    await listed.answer(first[1], False)
    again = await listed.until(item, lambda one: one["status"] == "RECTIFYING")
    assert (again["round"], again["asked"], again["answered"], again["satisfied"]) == (1, 0, 0, 0)
    assert (await listed.step("completeItem", item))["status"] == "PERCEIVING"
    second = await listed.ask(item)
    assert len(second) == 2, "the same people are asked anew"
    assert not set(second) & set(first)
    for token in second:
        await listed.answer(token, True)
    await listed.until(item, lambda one: one["status"] == "CLOSED")
    kinds = await listed.kinds(item)
    assert kinds == [
        "ISSUED",
        "STARTED",
        "RECTIFIED",
        "PERCEIVED",
        "REOPENED",
        "RECTIFIED",
        "PERCEIVED",
        "CLOSED",
    ]


async def test_an_item_that_needs_departments_raises_a_call_and_waits_until_it_is_filed(
    listed: Negative,
) -> None:
    item = await listed.issued(departmental=True)
    key = fresh_key()
    given = {"item": item, "demand": "请修复路灯", "place": "宁海路 1 号"}
    first = await listed.give("raiseItemCall", listed.clerk, given, key=key)
    again = await listed.give("raiseItemCall", listed.clerk, given, key=key)
    assert first["item"]["issue"] == again["item"]["issue"]
    assert first["item"]["status"] == "WAITING"
    issue = first["item"]["issue"]["id"]
    row = await db.row(
        "SELECT i.*, r.description FROM issues i JOIN reports r ON r.issue_id = i.id WHERE i.id = $1",
        parsed(issue)[1],
    )
    assert (row["source"], row["title"], row["place"]) == ("SURVEY", "路灯不亮", "宁海路 1 号")
    assert (row["description"], row["community_id"]) == ("请修复路灯", listed.community)
    waits = await listed.shown(item, "duties { kind status dueAt }")
    assert waits["duties"] == [{"kind": "RECTIFY", "status": "SUSPENDED", "dueAt": None}]

    await filed(listed, issue)
    shown = await listed.until(item, lambda one: one["status"] == "PERCEIVING")
    assert shown["issue"] == {"id": issue, "stage": "FILED"}
    (token,) = await listed.ask(item)
    await listed.answer(token, True)
    await listed.until(item, lambda one: one["status"] == "CLOSED")
    kinds = await listed.kinds(item)
    assert kinds == ["ISSUED", "CALL_RAISED", "CALL_ENDED", "RECTIFIED", "PERCEIVED", "CLOSED"]


async def filed(listed: Negative, issue: str) -> None:
    """The issue, handled by the community: any way that files it will do."""
    given = {"issue": issue, "level": "SIMPLE", "team": "COMMUNITY"}
    await listed.give("assessIssue", listed.clerk, given, "issue { id }")
    query = "query($id: ID!) { issue(id: $id) { assignments { id } } }"
    data = await listed.desk.ask(query, listed.clerk, id=issue)
    part = {"assignment": data["issue"]["assignments"][0]["id"]}
    found = await posts.posts(PostAsked(role=Role.COMMUNITY_CLERK, district=DISTRICT))
    worker = next(one.viewer for one in found if one.post.community == listed.community)
    await listed.desk.photo(worker, issue, "AFTER")
    await listed.give("completeAssignment", worker, part, "issue { stage }")
    photo = await listed.desk.photo(listed.clerk, issue, "AFTER")
    verified = {"issue": issue, "passed": True, "evidence": [photo], "answer": "已修好"}
    answer = await listed.give("verifyIssue", listed.clerk, verified, "issue { stage }")
    assert answer["issue"]["stage"] == "FILED"


async def test_a_cancelled_call_gives_the_item_back_to_the_street_with_its_clock(listed: Negative) -> None:
    item = await listed.issued()
    raised = await listed.step("raiseItemCall", item)
    issue = raised["issue"]["id"]
    await listed.give("cancelIssue", listed.office, {"issue": issue, "reason": "重复"}, "issue { stage }")
    shown = await listed.until(item, lambda one: one["status"] == "RECTIFYING", "duties { status }")
    assert shown["issue"] is None
    assert [duty["status"] for duty in shown["duties"]] == ["OPEN"]
    second = await listed.step("raiseItemCall", item)
    assert second["issue"]["id"] != issue, "another call may be raised"


async def test_a_merged_call_is_waited_for_where_it_went(listed: Negative) -> None:
    item, other = await listed.issued(), await listed.issued()
    one = (await listed.step("raiseItemCall", item))["issue"]["id"]
    into = (await listed.step("raiseItemCall", other))["issue"]["id"]
    await listed.give("mergeIssue", listed.clerk, {"issue": one, "into": into}, "issue { stage }")
    moved = await listed.until(item, lambda shown: shown["issue"] and shown["issue"]["id"] == into)
    assert moved["status"] == "WAITING"
    await filed(listed, into)
    for each in (item, other):
        await listed.until(each, lambda shown: shown["status"] == "PERCEIVING")


async def test_links_are_told_once_and_a_fresh_sample_can_be_asked_beside(listed: Negative) -> None:
    item = await listed.perceiving()
    key = fresh_key()
    (token,) = await listed.ask(item, key)
    again = await listed.ask(item, key)
    assert (token is not None, again) == (True, [None])
    sample = await listed.ask(item, fresh=True)
    mine, theirs = [(await listed.desk.http.get(f"/s/{one}?lang=en")).text for one in (token, sample[0])]
    assert "路灯不亮" in mine
    assert "You told us of something" in mine
    assert "Residents of your community told us" in theirs
    shown = await listed.shown(item)
    assert len(sample) == 10
    assert shown["asked"] == 11
    await listed.answer(token, False)
    await listed.answer(sample[0], True)
    shown = await listed.shown(item)
    assert (shown["status"], shown["answered"], shown["satisfied"]) == ("PERCEIVING", 2, 1)


async def test_what_was_sorted_is_not_sorted_again_and_what_was_set_aside_neither(listed: Negative) -> None:
    mine, other = await listed.voices("楼道脏", "楼道很脏", category=None)
    await listed.draft(mine)
    given = {"survey": listed.poll.survey, "items": [
        {"title": "楼道脏", "severity": "MINOR", "opinions": [mine, other]}]}  # fmt: skip
    refused = await listed.desk.do("draftItems", listed.office, given, "items { id }")
    assert (refused["code"], refused["field"]) == ("INVALID_INPUT", "input.items[0].opinions")
    aside = {"survey": listed.poll.survey, "opinions": [other, mine]}
    assert (await listed.give("setAsideOpinions", listed.office, aside, "count"))["count"] == 1
    given["items"][0]["opinions"] = [other]
    refused = await listed.desk.do("draftItems", listed.office, given, "items { id }")
    assert refused["code"] == "INVALID_INPUT"


async def test_a_draft_is_not_the_streets_to_see_and_can_be_taken_back(listed: Negative) -> None:
    opinions = await listed.voices("井盖松了")
    item = await listed.draft(*opinions)
    assert await listed.shown(item, viewer=listed.clerk) is None
    await listed.give("discardItem", listed.office, {"item": item}, "freed")
    assert await listed.shown(item) is None
    assert await listed.draft(*opinions) != item


async def test_suggestions_join_similar_words_of_one_place_and_enough_low_scores(listed: Negative) -> None:
    said = await listed.voices(
        "小区门口路灯坏了三盏", "小区门口路灯坏了几盏", "广场舞声音太大", category="noise"
    )
    low = await listed.voices(None, None, None, category=None)
    data = await listed.desk.ask(
        "query($s: ID!) { itemSuggestions(survey: $s, first: 200) "
        "{ count category severity rule opinions { id } } }",
        listed.office,
        s=listed.poll.survey,
    )
    groups = {frozenset(o["id"] for o in one["opinions"]): one for one in data["itemSuggestions"]}
    alike = groups[frozenset(said[:2])]
    assert (alike["count"], alike["category"], alike["severity"]) == (2, "noise", "MINOR")
    assert frozenset(said[2:]) in groups
    assert groups[frozenset(low)]["severity"] == "MODERATE"
    assert groups[frozenset(low)]["rule"] == "low_scores/3 ≥ 3"


async def test_anyone_sees_how_items_of_a_community_stand_and_nothing_of_anybody(listed: Negative) -> None:
    await listed.issued()
    data = await listed.desk.ask(
        '{ rectificationStatus(district: "gulou", round: "2034H1") { status count community { id } } }'
    )
    mine = [one for one in data["rectificationStatus"] if one["status"] == "ISSUED"]
    assert mine[0]["community"]["id"] == global_id("Community", listed.community)
    assert sum(one["count"] for one in data["rectificationStatus"]) == await db.value(
        "SELECT count(*) FROM negative_items WHERE survey_id = $1 AND status <> 'DRAFT'", listed.poll.id
    )


async def test_more_time_moves_the_deadline_and_a_suspension_stops_it(listed: Negative) -> None:
    item = await listed.issued()
    before = (await listed.shown(item, "dueAt"))["dueAt"]
    await listed.step("extendItem", item, listed.office, more="2 d", reason="备料")
    after = (await listed.shown(item, "dueAt"))["dueAt"]
    assert after > before
    await listed.step("suspendItem", item, listed.office, reason="台风")
    stopped = await listed.shown(item, "dueAt duties { status }")
    assert (stopped["dueAt"], stopped["duties"][0]["status"]) == (None, "SUSPENDED")
    refused = await listed.desk.do("startItem", listed.clerk, {"item": item}, "item { id }")
    assert refused["code"] == "WRONG_STATUS"
    await listed.step("resumeItem", item, listed.office, reason="恢复")
    # Outside working hours a pause takes nothing; how far it moves, tests/models/test_duty.py says.
    assert (await listed.shown(item, "dueAt"))["dueAt"] >= after


async def test_another_street_does_not_find_it(listed: Negative) -> None:
    item = await listed.issued()
    assert await listed.shown(item, viewer=listed.elsewhere) is None
    refused = await listed.desk.do("startItem", listed.elsewhere, {"item": item}, "item { id }")
    assert refused["code"] == "NOT_FOUND"


@pytest.mark.parametrize("name", ["startItem", "completeItem"])
async def test_a_repeated_command_acts_once(listed: Negative, name: str) -> None:
    item, key = await listed.issued(), fresh_key()
    if name == "completeItem":
        await listed.step("startItem", item)
    first = await listed.give(name, listed.clerk, {"item": item}, key=key)
    again = await listed.give(name, listed.clerk, {"item": item}, key=key)
    assert first["item"]["status"] == again["item"]["status"]
    other = await listed.desk.do(name, listed.clerk, {"item": item, "note": "另外"}, "item { id }", key)
    assert other["code"] == "KEY_REUSED"


async def test_the_cycle_moves_by_facts_and_by_the_offices_word(desk: Desk) -> None:
    listed = await Negative.made(desk, "2034H2")
    await listed.begun()
    await listed.step_of("SOLICIT")
    too_early = await desk.do("advanceCycle", listed.office, {"cycle": listed.cycle}, "cycle { step }")
    assert (too_early["code"], too_early["field"]) == ("WRONG_STATUS", "input.cycle")
    said = await listed.voices("路灯不亮")
    await listed.surveyed("CLOSED")
    await listed.step_of("ASSESS")
    await listed.surveyed("SCORED")
    await listed.step_of("FEED_BACK")
    await listed.surveyed("PUBLISHED")
    draft = await listed.draft(*said)
    refused = await desk.do("advanceCycle", listed.office, {"cycle": listed.cycle}, "cycle { step }")
    assert refused["expected"] == ["LIST_ISSUED"]
    await listed.give("issueItems", listed.office, {"survey": listed.poll.survey}, "issued")
    await listed.until(draft, lambda shown: shown["seq"] >= 1)
    await listed.give(
        "advanceCycle", listed.office, {"cycle": listed.cycle, "note": "已反馈"}, "cycle { step }"
    )
    await listed.step_of("RECTIFY")
    await listed.step("startItem", draft)
    await listed.step("completeItem", draft)
    await listed.step_of("PERCEIVE")
    answer = await listed.give("askResidents", listed.office, {"items": [draft]}, LINKS)
    for link in answer["links"]:
        await listed.answer(link["token"], True)
    await listed.step_of("IMPROVE")
    ended = await listed.give("advanceCycle", listed.office, {"cycle": listed.cycle}, "cycle { step }")
    assert ended["cycle"]["step"] == "DONE"
    rows = await db.rows(
        "SELECT kind, status FROM duties WHERE cycle_id = $1 ORDER BY opened_at, key", parsed(listed.cycle)[1]
    )
    assert [(row["kind"], row["status"]) for row in rows] == [
        (kind, "FULFILLED") for kind in ("SOLICIT", "SCORE", "FEED_BACK", "RECTIFY", "PERCEIVE", "IMPROVE")
    ]
