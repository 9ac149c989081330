"""One effect for each idempotency key: sent twice, ten at once, after the issue has moved on, by others."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from api.ids import parsed
from models.policy.access import Viewer
from models.queries import db
from tests.commands.desk import PICTURE, SEEDS, Desk, fresh_key, photo_input
from tests.commands.ledger import nothing_written, settled
from tests.commands.rounds import FULL_MARKS, Round
from tests.commands.shelf import Shelf, notices, overdue
from tests.pictures.scenes import photo as photo_of

FIELDS = {
    "reportIssue": "trackingCode issue { id } report { id }",
    "callDepartment": "issue { id } call { id demand } assignment { id }",
    "acceptAssignment": "issue { id } assignment { id }",
    "reportIn": "issue { id } assignment { id }",
    "completeAssignment": "issue { id } assignment { id }",
    "reviewDepartment": "issue { id } sheet { id version comment }",
    "signReview": "issue { id } scorecard { id total comment }",
    "requestEvidenceUpload": "evidence { id }",
    "confirmEvidence": "evidence { id }",
    "markNotificationsRead": "marked",
}
"""What of each answer must stay the same whenever it is given."""


@dataclass
class Sent:
    """A command as it was sent, and what it was answered."""

    name: str
    viewer: Viewer
    given: dict[str, Any]
    other: dict[str, Any]
    """The same command with other input."""
    at_once: int = 1
    key: str = field(default_factory=fresh_key)
    answer: dict[str, Any] = field(default_factory=dict)

    async def send(self, desk: Desk, given: dict[str, Any] | None = None) -> dict[str, Any]:
        fields = FIELDS.get(self.name, "issue { id }")
        return await desk.do(self.name, self.viewer, given or self.given, fields, self.key)

    async def first(self, desk: Desk) -> dict[str, Any]:
        """The first time, perhaps several at once: every answer is the same."""
        answers = await asyncio.gather(*(self.send(desk) for _ in range(self.at_once)))
        assert "code" not in answers[0], answers[0]
        assert all(answer == answers[0] for answer in answers), answers
        self.answer = answers[0]
        return self.answer

    async def again(self, desk: Desk) -> None:
        """The same answer, and nothing written."""
        async with nothing_written():
            assert await self.send(desk) == self.answer

    async def with_other_input(self, desk: Desk) -> None:
        async with nothing_written():
            answer = await self.send(desk, self.other)
        assert (answer["__typename"], answer["code"]) == ("KeyReusedProblem", "KEY_REUSED"), (
            self.name,
            answer,
        )
        assert answer["field"] == "input.idempotencyKey"


async def whole_way(desk: Desk, at_once: int) -> tuple[Round, list[Sent]]:
    """A GENERAL issue from report to filing, each command sent `at_once` times; none made known twice."""
    case, sent = await Round(desk).people(), []

    async def give(name: str, viewer: Viewer, given: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
        sent.append(Sent(name, viewer, given, {**given, **other}, at_once))
        return await sent[-1].first(desk)

    reported = await give("reportIssue", case.worker, case.report, {"title": "另一件事"})
    issue = {"issue": reported["issue"]["id"]}
    case.issue = issue["issue"]
    general = {**issue, "level": "GENERAL"}
    await give("assessIssue", case.clerk, general, {"level": "SIMPLE", "team": "GRID"})
    demand = {**issue, "department": case.lighting, "demand": "请尽快修复"}
    called = await give("callDepartment", case.clerk, demand, {"demand": "不急"})
    part = {"assignment": called["assignment"]["id"]}
    case.assignment = part["assignment"]
    await give("acceptAssignment", case.handler, part, {"note": "马上就来"})
    await give("reportIn", case.handler, part, {"note": "到了"})
    await give("addProgressNote", case.handler, {**issue, **part, "note": "换灯"}, {"note": "换线"})
    await case.shows_result(case.handler)
    await give("completeAssignment", case.handler, part, {"note": "好了"})
    picture = photo_of(next(SEEDS), side=160)
    photo = photo_input(case.issue, "AFTER", picture)
    ready = await give("requestEvidenceUpload", case.clerk, photo, {"kind": "NEAR"})
    await desk.store.put(await stored_at(ready["evidence"]["id"]), picture, "image/jpeg")
    another = (await desk.announced(case.clerk, case.issue, "NEAR"))["evidence"]
    await give(
        "confirmEvidence", case.clerk, {"evidence": ready["evidence"]["id"]}, {"evidence": another["id"]}
    )
    await desk.settled(case.clerk, ready["evidence"]["id"])
    seen = {**issue, "passed": True, "evidence": [ready["evidence"]["id"]], "answer": "已修好"}
    await give("verifyIssue", case.clerk, seen, {"answer": "已经修好"})
    marks = {**part, "scores": FULL_MARKS, "comment": "很好"}
    drafted = await give("reviewDepartment", case.clerk, marks, {"scores": {**FULL_MARKS, "outcome": 19}})
    sheet = {"sheet": drafted["sheet"]["id"], "version": 1}
    await give("signReview", case.second, sheet, {"version": 2})
    return case, sent


async def stored_at(photo: str) -> str:
    """The place of a photo in the store."""
    found = parsed(photo)
    assert found is not None
    return str(await db.value("SELECT object_key FROM evidence WHERE id = $1", found[1]))


WAY = [
    "COLLECTED", "ASSESSED", "CALLED", "ACCEPTED", "REPORTED_IN", "PROGRESS", "COMPLETED", "VERIFIED",
    "ANSWERED", "REVIEWED", "FILED",
]  # fmt: skip


@pytest.mark.parametrize("at_once", [1, 10])
async def test_every_command_of_a_whole_case_acts_once(desk: Desk, at_once: int) -> None:
    """Also long after: once filed, everything ever sent is answered as it was then."""
    case, sent = await whole_way(desk, at_once)
    shown = await case.shown(
        "stage timeline(last: 50) { nodes { kind } } calls { id } scorecards { total } "
        "evidence { nodes { id } } reports { nodes { id } }"
    )
    assert shown["stage"] == "FILED"
    assert [entry["kind"] for entry in shown["timeline"]["nodes"]] == WAY
    assert (len(shown["calls"]), len(shown["scorecards"]), len(shown["evidence"]["nodes"])) == (1, 1, 3)
    await settled()
    for command in sent:
        await command.again(desk)
        await command.with_other_input(desk)
    assert await case.shown("timeline(last: 50) { nodes { kind } }") == {"timeline": shown["timeline"]}


async def test_a_key_used_for_one_command_is_taken_for_every_other(desk: Desk, shelf: Shelf) -> None:
    used = Sent("addProgressNote", shelf.people["handler"], {}, {})
    case = await Round(desk).to_stage("ON_SITE")
    used.given = {"issue": case.issue, "assignment": case.assignment, "note": "换灯"}
    await used.first(desk)
    await settled()
    for name in ("completeAssignment", "reportIssue", "requestEvidenceUpload"):
        given = {**shelf.given(name)}
        given |= {k: getattr(case, k) for k in ("issue", "assignment") if k in given}
        async with nothing_written():
            answer = await desk.do(name, used.viewer, given, key=used.key)
        assert answer["code"] == "KEY_REUSED", (name, answer)
    ready = await desk.announced(used.viewer, case.issue, "NEAR")
    await desk.upload(ready["upload"], PICTURE)
    photo = {"evidence": ready["evidence"]["id"]}
    assert (await desk.do("confirmEvidence", used.viewer, photo, key=used.key))["code"] == "KEY_REUSED"
    assert (await desk.do("confirmEvidence", used.viewer, photo))["evidence"]["status"] == "CONFIRMED"


async def test_the_same_key_of_another_person_is_another_command(desk: Desk, shelf: Shelf) -> None:
    case, key = await Round(desk).begin(), fresh_key()
    second, given = shelf.people["second clerk"], {"issue": case.issue, "level": "GENERAL"}
    for viewer in (case.clerk, second):
        assert "issue" in await desk.do("assessIssue", viewer, given, key=key)
    kinds = await case.shown("timeline(last: 5) { nodes { kind } }")
    assert [e["kind"] for e in kinds["timeline"]["nodes"]] == ["COLLECTED", "ASSESSED", "ASSESSED"]
    reporters = [shelf.people["worker"], shelf.people["resident"]]
    reports = [await desk.do("reportIssue", viewer, case.report, key=key) for viewer in reporters]
    assert reports[0]["trackingCode"] != reports[1]["trackingCode"]


async def test_many_who_do_the_same_under_keys_of_their_own_do_it_once(desk: Desk) -> None:
    case = await Round(desk).to_stage("CALLED")
    given = {"assignment": case.assignment}
    answers = await asyncio.gather(*(desk.do("acceptAssignment", case.handler, given) for _ in range(10)))
    assert [answer["__typename"] for answer in answers].count("AssignmentAccepted") == 1
    assert {answer["code"] for answer in answers if "code" in answer} <= {"WRONG_STAGE", "WRONG_STATUS"}
    kinds = await case.shown("timeline(last: 9) { nodes { kind } } duties { kind status }")
    assert [e["kind"] for e in kinds["timeline"]["nodes"]].count("ACCEPTED") == 1
    assert sorted(d["kind"] for d in kinds["duties"] if d["status"] == "OPEN") == ["HANDLE", "REPORT_IN"]
    assert await db.value("SELECT count(*) FROM commands WHERE applied_seq IS NULL") == 0


async def test_a_refused_command_may_be_sent_again_when_its_time_has_come(desk: Desk) -> None:
    case, key = await Round(desk).to_stage("CALLED"), fresh_key()
    given = {"assignment": case.assignment}
    early = await desk.do("reportIn", case.handler, given, key=key)
    assert early["code"] == "WRONG_STAGE"
    await case.step("acceptAssignment")
    assert (await desk.do("reportIn", case.handler, given, key=key))["issue"]["id"] == case.issue


def number(code: str) -> int:
    return int(code.rsplit("-", 1)[1])


async def test_twenty_reports_at_once_under_one_key_are_one_and_take_one_number(
    desk: Desk, shelf: Shelf
) -> None:
    worker, given, key = shelf.people["worker"], shelf.given("reportIssue"), fresh_key()
    before = await desk.do("reportIssue", worker, given)
    answers = await asyncio.gather(*(desk.do("reportIssue", worker, given, key=key) for _ in range(20)))
    after = await desk.do("reportIssue", worker, given)
    (code,) = {answer["trackingCode"] for answer in answers}
    first = number(before["trackingCode"])
    assert [number(code), number(after["trackingCode"])] == [first + 1, first + 2]
    assert await db.value("SELECT count(*) FROM reports WHERE code = $1", code) == 1


async def test_codes_of_fifty_reports_at_once_follow_one_another(desk: Desk, shelf: Shelf) -> None:
    given = shelf.given("reportIssue")
    people = [shelf.people[who] for who in ("worker", "clerk", "resident", "office", "leader")]
    before = number((await desk.do("reportIssue", people[0], given))["trackingCode"])
    answers = await asyncio.gather(*(desk.do("reportIssue", people[n % 5], given) for n in range(50)))
    assert sorted(number(answer["trackingCode"]) for answer in answers) == list(
        range(before + 1, before + 51)
    )


async def test_a_refused_report_leaves_no_gap(desk: Desk, shelf: Shelf) -> None:
    worker, given = shelf.people["worker"], shelf.given("reportIssue")
    before = number((await desk.do("reportIssue", worker, given))["trackingCode"])
    assert (await desk.do("reportIssue", worker, {**given, "category": "ufo"}))["code"] == "INVALID_INPUT"
    assert number((await desk.do("reportIssue", worker, given))["trackingCode"]) == before + 1


async def test_reading_notifications_is_told_the_same_each_time(desk: Desk) -> None:
    case = await overdue(Round(desk))
    mine = await notices(case, case.clerk)
    assert len(mine) > 1
    read = Sent("markNotificationsRead", case.clerk, {"notifications": mine[:1]}, {"notifications": mine}, 10)
    assert await read.first(desk) == {"__typename": "NotificationsRead", "marked": 1}
    await settled()
    await read.again(desk)
    await read.with_other_input(desk)
    rest = Sent("markNotificationsRead", case.clerk, {"notifications": mine}, {"notifications": mine[1:]})
    assert (await rest.first(desk))["marked"] == len(mine) - 1
    await read.again(desk)
