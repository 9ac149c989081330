"""Answering a round: on the page, by staff, by integrators; partial answers, one response, fair play."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from api.ids import global_id
from models.policy.access import Post, Viewer
from models.queries import db
from models.queries.invitations import token_digest
from models.terms import Role
from tests.commands.desk import Desk
from tests.commands.sheets import DISTRICT, Poll, hidden


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def poll(desk: Desk) -> Poll:
    return await Poll.made(desk, "2031H1")


# The page -----------------------------------------------------------------------------------------


async def test_a_link_shows_the_questionnaire_of_its_group(poll: Poll) -> None:
    (link,) = (await poll.issue(group="resident_organisations"))["links"]
    assert link["path"] == f"/s/{link['token']}"
    shown = await poll.desk.http.get(link["path"], headers={"Accept-Language": "zh"})
    assert shown.status_code == 200
    assert "贵单位对街巷卫生保洁满意吗？" in shown.text
    assert "您对街巷卫生保洁满意吗？" not in shown.text
    assert 'name="q.street_cleaning" value="very_satisfied"' in shown.text
    english = await poll.desk.http.get(f"{link['path']}?lang=en")
    assert "How satisfied is your organisation with how clean" in hidden(english.text)
    row = await db.row(
        "SELECT status, opened_at FROM invitations WHERE id = $1",
        db.as_uuid(link["invitation"]["id"].partition(":")[2]),
    )
    assert row["status"] == "OPENED"
    assert row["opened_at"] is not None


async def test_the_page_lets_no_third_party_in_and_is_not_kept(poll: Poll) -> None:
    shown = await poll.desk.http.get(f"/s/{await poll.token()}")
    policy = shown.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", shown.text, re.DOTALL)
        assert f"{tag}-src 'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert "http://" not in shown.text.replace("http://edge", "")
    assert "https://" not in shown.text


async def test_answers_are_handed_in_once_and_the_same_again_is_the_same(poll: Poll) -> None:
    before = await poll.counts()
    token, answers = await poll.token(), await poll.answers(suggestions="楼道灯不亮，请尽快修好")
    first = await poll.hand_in(token, answers)
    assert (first.status_code, first.headers["Location"]) == (303, f"/s/{token}?lang=en")
    again = await poll.hand_in(token, answers)
    assert again.status_code == 303
    other = await poll.hand_in(token, {**answers, "clinic": "dissatisfied"})
    assert other.status_code == 409
    assert "Other answers were handed in" in other.text
    row = await poll.response(token)
    assert row["answers"] == answers
    assert (row["status"], row["channel"], row["excluded"]) == ("SUBMITTED", "PAGE", False)
    assert 500 < row["seconds"] < 600
    assert await poll.flags(token) == {}
    after = await poll.counts()
    assert (after[0] - before[0], after[1] - before[1], after[2] - before[2]) == (1, 1, 0)
    thanks = await poll.desk.http.get(f"/s/{token}?lang=zh")
    assert "谢谢，您的答卷已提交。" in thanks.text
    assert "楼道灯" not in thanks.text, "what was said is not shown to whoever finds the link"


async def test_a_mistake_is_told_beside_its_question_and_nothing_is_lost(poll: Poll) -> None:
    token = await poll.token()
    answers = await poll.answers(suggestions="<b>修路</b>", years_here="abc")
    del answers["parking"]
    told = await poll.hand_in(token, answers)
    assert told.status_code == 422
    assert '<p class="error" id="q.parking-error">Please answer this question.</p>' in told.text
    assert '<p class="error" id="q.years_here-error">Please write a whole number.</p>' in told.text
    assert "&lt;b&gt;修路&lt;/b&gt;</textarea>" in told.text
    assert '<a href="#q.parking">' in told.text
    assert await poll.response(token) is None


async def test_what_was_answered_so_far_is_kept_and_shown_again(poll: Poll) -> None:
    token = await poll.token()
    form = {"q.parking": "fair", "q.years_here": "12", "q.clinic": "no such step"}
    kept = await poll.desk.http.post(f"/s/{token}/partial", data=form)
    assert (kept.status_code, kept.json()) == (200, {"kept": True})
    row = await poll.response(token)
    assert (row["status"], row["answers"]) == ("PARTIAL", {"years_here": 12, "parking": "fair"})
    shown = (await poll.desk.http.get(f"/s/{token}")).text
    assert 'name="q.parking" value="fair" checked' in shown
    assert 'name="q.years_here" value="12"' in shown
    saved = await poll.hand_in(token, {"parking": "dissatisfied"}, action="save")
    assert saved.status_code == 200
    assert "Kept. You can go on" in saved.text
    assert (await poll.response(token))["answers"] == {"parking": "dissatisfied"}
    answers = await poll.answers()
    assert (await poll.hand_in(token, answers)).status_code == 303
    late = await poll.desk.http.post(f"/s/{token}/partial", data=form)
    assert late.status_code == 409
    assert (await poll.response(token))["answers"] == answers


async def test_a_question_that_is_not_asked_is_not_kept(poll: Poll) -> None:
    token = await poll.token()
    answers = await poll.answers(topics=["parking"], topic_other="别的")
    assert (await poll.hand_in(token, answers)).status_code == 303
    row = await poll.response(token)
    assert row["answers"]["topics"] == ["parking"]
    assert "topic_other" not in row["answers"]


async def test_many_who_hand_in_at_once_make_one_response(poll: Poll) -> None:
    before = await poll.counts()
    token, answers = await poll.token(), await poll.answers()
    sheets = [answers, {**answers, "clinic": "fair"}] * 5
    answered = await asyncio.gather(*(poll.hand_in(token, sheet) for sheet in sheets))
    codes = sorted(one.status_code for one in answered)
    assert codes == [303] * 5 + [409] * 5
    assert (await poll.counts())[1] == before[1] + 1
    count = await db.value(
        "SELECT count(*) FROM responses WHERE invitation_id = $1",
        (await poll.response(token))["invitation_id"],
    )
    assert count == 1


async def test_an_unknown_link_is_told_in_words(poll: Poll) -> None:
    for path in ("/s/AAAAAAAAAAAAAAAAAAAAAA", "/s/x", "/s/%00", "/o/gulou/2099H1", "/o/nowhere/2031H1"):
        found = await poll.desk.http.get(path, headers={"Accept-Language": "zh"})
        assert found.status_code == 404, path
        assert "此链接无效。" in found.text


async def test_a_form_that_is_far_too_large_is_refused(poll: Poll) -> None:
    token = await poll.token()
    big = await poll.hand_in(token, {"suggestions": "长" * 100_000})
    assert big.status_code == 413
    many = await poll.desk.http.post(f"/s/{token}", data={f"q.x{n}": "1" for n in range(1500)})
    assert many.status_code == 413
    assert await poll.response(token) is None


async def test_what_was_handed_in_is_never_altered_not_even_by_us(poll: Poll) -> None:
    token, answers = await poll.token(), await poll.answers()
    await poll.hand_in(token, answers)
    key = (await poll.response(token))["id"]
    for change in ("answers = '{}'", "status = 'PARTIAL'", "submitted_at = now()", "seconds = 1"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await db.execute(f"UPDATE responses SET {change} WHERE id = $1", key)
    assert (await poll.response(token))["answers"] == answers


# Opinions -----------------------------------------------------------------------------------------


async def test_words_and_low_scores_are_opinions_in_the_same_transaction(poll: Poll) -> None:
    token = await poll.token()
    answers = await poll.answers(
        suggestions="小区门口积水", parking="dissatisfied", clinic="very_dissatisfied", care="fair"
    )
    answers.pop("care")
    await poll.hand_in(token, answers)
    rows = await db.rows(
        "SELECT question_key, indicator_key, points, words FROM opinions WHERE response_id = $1 ORDER BY 1",
        (await poll.response(token))["id"],
    )
    assert [tuple(row) for row in rows] == [
        ("clinic", "clinic", 0, None),
        ("parking", "parking", 30, None),
        ("suggestions", None, None, "小区门口积水"),
    ]


# Open links ---------------------------------------------------------------------------------------


async def browser(poll: Poll) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=poll.desk.http._transport, base_url="http://edge", timeout=30)


async def test_an_open_link_makes_one_invitation_for_each_browser(poll: Poll) -> None:
    before = await poll.counts()
    code = await db.value("SELECT code FROM communities WHERE id = $1", poll.communities[3])
    async with await browser(poll) as http:
        door = await http.get(f"/o/{DISTRICT}/2031H1?community={code}&lang=zh")
        assert f'<option value="{code}" selected>' in door.text
        wrong = await http.post(f"/o/{DISTRICT}/2031H1", data={"group": "martians", "community": code})
        assert wrong.status_code == 422
        entered = await http.post(
            f"/o/{DISTRICT}/2031H1?lang=en", data={"group": "young_and_middle_aged", "community": code}
        )
        assert entered.status_code == 303
        way = entered.headers["Location"]
        again = await http.post(f"/o/{DISTRICT}/2031H1?lang=en", data={"group": "elderly", "community": code})
        assert again.headers["Location"] == way, "one browser, one invitation"
        back = await http.get(f"/o/{DISTRICT}/2031H1?lang=en")
        assert (back.status_code, back.headers["Location"]) == (303, way)
        token = way.removeprefix("/s/").partition("?")[0]
        await http.get(way)
        assert (
            await poll.hand_in(token, await poll.answers("young_and_middle_aged"), http)
        ).status_code == 303
        row = await poll.response(token)
        assert (row["mode"], row["community_id"]) == ("ONLINE", poll.communities[3])
    async with await browser(poll) as http:
        other = await http.post(
            f"/o/{DISTRICT}/2031H1?lang=en", data={"group": "young_and_middle_aged", "community": code}
        )
        assert other.headers["Location"] != way
    assert (await poll.counts())[0] == before[0] + 2


async def test_links_come_as_qr_codes(poll: Poll) -> None:
    token = await poll.token()
    svg = await poll.desk.http.get(f"/s/{token}/qr.svg")
    assert (svg.status_code, svg.headers["Content-Type"]) == (200, "image/svg+xml")
    assert svg.text.startswith("<?xml")
    png = await poll.desk.http.get(f"/o/{DISTRICT}/2031H1/qr.png?community=320106-01-01")
    assert png.content.startswith(b"\x89PNG")
    assert (await poll.desk.http.get(f"/s/{token}/qr.pdf")).status_code == 404


# Fair play ----------------------------------------------------------------------------------------


async def test_whoever_answers_too_quickly_is_flagged_and_left_out(poll: Poll) -> None:
    before = await poll.counts()
    token = await poll.token(ago=timedelta(seconds=5))
    await poll.hand_in(token, await poll.answers())
    flags = await poll.flags(token)
    assert list(flags) == ["SPEEDER"]
    assert flags["SPEEDER"].endswith("s < 25.2 s for 21 answers")
    row = await poll.response(token)
    assert row["excluded"] is True
    after = await poll.counts()
    assert (after[1] - before[1], after[2] - before[2]) == (1, 1)


async def test_a_quick_straight_line_is_flagged_and_a_slow_one_is_not(poll: Poll) -> None:
    alike = dict.fromkeys(await poll.answers(), "very_satisfied")
    quick, slow = await poll.token(ago=timedelta(seconds=40)), await poll.token()
    await poll.hand_in(quick, alike)
    await poll.hand_in(slow, alike)
    assert list(await poll.flags(quick)) == ["STRAIGHT_LINER"]
    assert await poll.flags(slow) == {}


async def test_the_second_sheet_of_one_browser_is_a_duplicate(poll: Poll) -> None:
    async with await browser(poll) as http:
        tokens = [await poll.token() for _ in range(2)]
        for token in tokens:
            await http.get(f"/s/{token}")
            await poll.hand_in(token, await poll.answers(), http)
    assert await poll.flags(tokens[0]) == {}
    assert await poll.flags(tokens[1]) == {"DUPLICATE": "duplicate: sheet 2 from one device, 1 allowed"}


async def test_of_equal_words_handed_in_at_once_all_but_one_are_duplicates(poll: Poll) -> None:
    answers = await poll.answers(suggestions="同样的一段话被复制了很多次，一字不差")
    tokens = [await poll.token() for _ in range(6)]
    await asyncio.gather(*(poll.hand_in(token, answers) for token in tokens))
    flagged = [await poll.flags(token) for token in tokens]
    assert sorted(list(one) for one in flagged) == [[], *[["DUPLICATE"]] * 5]


async def test_a_doubt_is_lifted_with_a_reason_and_the_response_counts_again(poll: Poll) -> None:
    token = await poll.token(ago=timedelta(seconds=5))
    await poll.hand_in(token, dict.fromkeys(await poll.answers(), "very_satisfied"))
    before = await poll.counts()
    row = await poll.response(token)
    raw = row["answers"]
    flags = await db.rows(
        "SELECT id, reason FROM response_flags WHERE response_id = $1 ORDER BY reason", row["id"]
    )
    assert [flag["reason"] for flag in flags] == ["SPEEDER", "STRAIGHT_LINER"]
    fields = "flag { reason liftedAt liftReason liftedBy { id } response { excluded } }"
    lifted = []
    for flag in flags:
        given = {"flag": global_id("ResponseFlag", flag["id"]), "reason": "电话核实，确为本人"}
        key = f"lift {flag['id']}"
        first = await poll.desk.do("liftFlag", poll.office, given, fields, key)
        assert first == await poll.desk.do("liftFlag", poll.office, given, fields, key), (
            "the same key acts once"
        )
        lifted.append(first["flag"])
        refused = await poll.desk.do("liftFlag", poll.office, given, fields)
        assert (refused["code"], refused["field"]) == ("INVALID_INPUT", "input.flag")
    assert [one["response"]["excluded"] for one in lifted] == [True, False]
    assert lifted[0]["liftReason"] == "电话核实，确为本人"
    assert lifted[0]["liftedBy"] is not None
    after = await poll.counts()
    assert (after[1], after[2]) == (before[1], before[2] - 1)
    assert (await poll.response(token))["answers"] == raw


async def test_nobody_else_lifts_a_doubt(poll: Poll) -> None:
    token = await poll.token(ago=timedelta(seconds=5))
    await poll.hand_in(token, await poll.answers())
    flag = await db.value(
        "SELECT id FROM response_flags WHERE response_id = $1", (await poll.response(token))["id"]
    )
    given = {"flag": global_id("ResponseFlag", flag), "reason": "我说了算"}
    for asked, code in (
        ({"district": DISTRICT, "role": Role.STREET_CLERK}, "WRONG_ROLE"),
        ({"district": DISTRICT, "role": Role.AUDITOR}, "WRONG_ROLE"),
        ({"district": "jinjiang", "role": Role.RESPONSE_OFFICE}, "WRONG_PLACE"),
    ):
        who = await poll.desk.who(**asked)
        assert (await poll.desk.do("liftFlag", who, given, "__typename"))["code"] == code
    assert list(await poll.flags(token)) == ["SPEEDER"]


# Through the API ----------------------------------------------------------------------------------


def listed(answers: dict) -> list[dict]:
    """As the API takes them."""
    return [
        {"question": key, "number": value}
        if isinstance(value, int)
        else {"question": key, "choices": value}
        if isinstance(value, list)
        else {"question": key, "text": value}
        if key == "suggestions"
        else {"question": key, "choices": [value]}
        for key, value in answers.items()
    ]


TAKEN = "submitted response { id channel status answers post { id } }"


async def test_a_front_end_answers_with_the_link_alone(poll: Poll) -> None:
    token = await poll.token()
    answers = await poll.answers(years_here=3, topics=["safety", "parking"], suggestions="很好")
    given = {"token": token, "channel": "APP", "answers": listed(answers), "device": "phone-1"}
    assert (await poll.desk.do("saveResponse", None, {**given, "answers": listed(answers)[:3]}, "submitted"))[
        "submitted"
    ] is False
    taken = await poll.desk.do("submitResponse", None, given, "submitted")
    assert taken == {"__typename": "ResponseTaken", "submitted": True}
    assert await poll.desk.do("submitResponse", None, given, "submitted") == taken
    changed = {**given, "answers": listed({**answers, "clinic": "fair"})}
    refused = await poll.desk.do("submitResponse", None, changed, "submitted")
    assert (refused["__typename"], refused["code"]) == ("WrongStageProblem", "ALREADY_ANSWERED")
    row = await poll.response(token)
    assert row["answers"] == {**answers, "topics": ["parking", "safety"]}
    assert row["device_digest"] != "phone-1"


async def test_what_is_wrong_with_answers_is_told_question_by_question(poll: Poll) -> None:
    token = await poll.token()
    answers = listed({**await poll.answers(), "clinic": "great"})
    wrong = [
        *[one for one in answers if one["question"] != "parking"],
        {"question": "years_here", "number": 400},
        {"question": "colour", "text": "blue"},
        {"question": "suggestions", "text": "a\u0007b"},
    ]
    query = """mutation($input: ResponseInput!) { result: submitResponse(input: $input) { __typename
        ... on AnswersProblem { code field message faults { question fault message } } } }"""
    given = {"idempotencyKey": "wrong", "token": token, "channel": "APP", "answers": wrong}
    told = (await poll.desk.ask(query, None, "zh", input=given))["result"]
    assert told["code"] == "INVALID_INPUT"
    assert {(one["question"], one["fault"]) for one in told["faults"]} == {
        ("colour", "UNKNOWN_QUESTION"),
        ("years_here", "OUT_OF_RANGE"),
        ("clinic", "UNKNOWN_CHOICE"),
        ("parking", "MISSING"),
        ("suggestions", "BAD_TEXT"),
    }
    assert {one["message"] for one in told["faults"]} >= {"没有这个问题", "必须作答"}
    assert await poll.response(token) is None


def noon() -> datetime:
    """Yesterday at noon where the district is: when field staff work."""
    return (datetime.now(UTC) + timedelta(hours=8)).replace(
        hour=4, minute=0, second=0, microsecond=0, tzinfo=UTC
    ) - timedelta(days=1)


async def test_field_staff_enter_paper_for_those_who_were_not_invited(poll: Poll, desk: Desk) -> None:
    clerk = await desk.who(district=DISTRICT, role=Role.COMMUNITY_CLERK)
    (post,) = clerk.posts
    given = {
        "survey": poll.survey,
        "community": global_id("Community", post.community),
        "group": "elderly",
        "channel": "PAPER",
        "answers": listed(await poll.answers()),
        "finishedAt": noon().isoformat(),
    }
    before = await poll.counts()
    taken = await desk.do("submitResponse", clerk, given, TAKEN, key="paper-1")
    assert taken["response"]["channel"] == "PAPER"
    assert taken["response"]["post"]["id"] == global_id("Post", post.id)
    assert await desk.do("submitResponse", clerk, given, TAKEN, key="paper-1") == taken
    other = {**given, "answers": listed(await poll.answers(clinic="fair"))}
    assert (await desk.do("submitResponse", clerk, other, TAKEN, key="paper-1"))["code"] == "ALREADY_ANSWERED"
    elsewhere = {**given, "group": "young_and_middle_aged"}
    assert (await desk.do("submitResponse", clerk, elsewhere, TAKEN, key="paper-1"))["code"] == "KEY_REUSED"
    night = {**given, "finishedAt": (noon() - timedelta(hours=9)).isoformat()}
    await desk.do("submitResponse", clerk, night, TAKEN, key="paper-2")
    after = await poll.counts()
    assert tuple(b - a for a, b in zip(before, after, strict=True)) == (2, 2, 1)
    rule = await db.value(
        "SELECT rule FROM response_flags WHERE survey_id = $1 AND reason = 'IMPOSSIBLE_TIME'", poll.id
    )
    assert rule == "impossible time: PAPER at 03:00"


@pytest.mark.parametrize(
    ("asked", "channel", "code"),
    [
        ({"role": Role.STREET_CLERK, "district": "jinjiang"}, "PAPER", "WRONG_PLACE"),
        ({"role": Role.DEPARTMENT_HANDLER, "district": DISTRICT}, "HOME_VISIT", "WRONG_ROLE"),
        ({"role": Role.RESIDENT, "district": DISTRICT}, "PAPER", "WRONG_ROLE"),
        ({"role": Role.RESPONSE_OFFICE, "district": DISTRICT}, "API", "WRONG_ROLE"),
        ({"role": Role.RESPONSE_OFFICE, "district": DISTRICT}, "APP", "INVALID_INPUT"),
        (None, "PAPER", "NOT_SIGNED_IN"),
    ],
)
async def test_nobody_else_enters_a_sheet(poll: Poll, desk: Desk, asked, channel: str, code: str) -> None:
    who = await desk.who(**asked) if asked else None
    before = await poll.counts()
    given = {
        "survey": poll.survey,
        "community": global_id("Community", poll.communities[0]),
        "group": "elderly",
        "channel": channel,
        "answers": listed(await poll.answers()),
    }
    assert (await desk.do("submitResponse", who, given, "submitted"))["code"] == code
    assert await poll.counts() == before


async def test_answers_at_fault_leave_no_invitation_behind(poll: Poll, desk: Desk) -> None:
    office = poll.office
    before = await poll.counts()
    given = {
        "survey": poll.survey,
        "community": global_id("Community", poll.communities[0]),
        "group": "elderly",
        "channel": "HOME_VISIT",
        "answers": [{"question": "parking", "choices": ["fair"]}],
    }
    assert (await desk.do("submitResponse", office, given, TAKEN))["code"] == "INVALID_INPUT"
    assert await poll.counts() == before
    assert (await desk.do("saveResponse", office, given, TAKEN, key="visit"))["submitted"] is False
    whole = {**given, "answers": listed(await poll.answers())}
    assert (await desk.do("submitResponse", office, whole, TAKEN, key="visit"))["response"][
        "status"
    ] == "SUBMITTED"
    assert (await poll.counts())[1] == before[1] + 1


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2019-05-01T08:00:00+08:00"])
@pytest.mark.parametrize("field", ["startedAt", "finishedAt"])
async def test_a_time_that_is_a_slip_of_the_pen_is_refused(
    poll: Poll, desk: Desk, field: str, at: str
) -> None:
    token = await poll.token()
    given = {"token": token, "channel": "APP", "answers": listed(await poll.answers()), field: at}
    refused = await desk.do("submitResponse", None, given, "submitted")
    assert (refused["code"], refused["field"]) == ("INVALID_INPUT", f"input.{field}")
    assert await poll.response(token) is None


async def test_an_integrator_that_was_granted_it_hands_in(poll: Poll, desk: Desk) -> None:
    (post,) = poll.office.posts
    held = Post(None, Role.INTEGRATOR, False, post.district)
    machine = Viewer("machine@gulou", None, (held,), frozenset({"responses:write"}))
    idle = Viewer("idle@gulou", None, (held,), frozenset({"issues:read"}))
    at = noon()
    given = {
        "survey": poll.survey,
        "community": global_id("Community", poll.communities[1]),
        "group": "young_and_middle_aged",
        "mode": "ONLINE",
        "channel": "API",
        "answers": listed(await poll.answers("young_and_middle_aged")),
        "startedAt": at.isoformat(),
        "finishedAt": (at + timedelta(seconds=9)).isoformat(),
        "device": "till 7",
    }
    assert (await desk.do("submitResponse", idle, given, "submitted"))["code"] == "WRONG_ROLE"
    before = await poll.counts()
    assert (await desk.do("submitResponse", machine, given, "submitted", key="m1"))["submitted"] is True
    assert (await desk.do("submitResponse", machine, given, "submitted", key="m1"))["submitted"] is True
    assert tuple(b - a for a, b in zip(before, await poll.counts(), strict=True)) == (1, 1, 1)
    rule = await db.value(
        "SELECT f.rule FROM response_flags f JOIN responses r ON r.id = f.response_id "
        "WHERE r.channel = 'API' AND r.survey_id = $1",
        poll.id,
    )
    assert rule == "speeder: 9 s < 25.2 s for 21 answers"


# Whether it was put right -------------------------------------------------------------------------


async def test_whether_an_item_was_put_right_is_answered_when_the_round_is_over(desk: Desk) -> None:
    poll = await Poll.made(desk, "2032H1")
    token = await poll.token()
    await db.execute(
        "UPDATE invitations SET purpose = 'PERCEIVE', item_id = $2, origin_id = id WHERE token_digest = $1",
        token_digest(token),
        uuid4(),
    )
    await db.execute("UPDATE quota_cells SET invited = 0 WHERE survey_id = $1", poll.id)
    await poll.step("closeSurvey")
    shown = hidden((await desk.http.get(f"/s/{token}?lang=zh")).text)
    assert "您对这件事的整改结果满意吗？" in shown
    assert "您曾反映过一件不满意的事" in shown
    missing = await poll.hand_in(token, {"still_wrong": "还没修"})
    assert missing.status_code == 422
    answers = {"put_right": "very_dissatisfied", "still_wrong": "还没修"}
    assert (await poll.hand_in(token, answers)).status_code == 303
    row = await poll.response(token)
    assert (row["purpose"], row["answers"], row["excluded"]) == ("PERCEIVE", answers, False)
    assert row["item_id"] is not None
    assert await db.value("SELECT count(*) FROM opinions WHERE survey_id = $1", poll.id) == 0
    assert await poll.counts() == (0, 0, 0), "the quota counts scores alone"
