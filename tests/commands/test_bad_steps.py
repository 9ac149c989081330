"""What the other mutations do not take: wrong ids, texts, levels, scores and photos."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from models.policy.access import Viewer
from tests.commands.desk import PICTURE, photo_input
from tests.commands.refusals import Raw, asking, inline, refused, rejected
from tests.commands.rounds import CHENGLONG, Round
from tests.commands.shelf import FITTING, Shelf, in_name_only

INVALID, UNKNOWN, FORBIDDEN = "InvalidInputProblem", "NotFoundProblem", "ForbiddenProblem"
IDS: dict[str, dict[str, str]] = {
    "assessIssue": {"issue": "Issue"},
    "callDepartment": {"issue": "Issue", "department": "Department"},
    "acceptAssignment": {"assignment": "Assignment"},
    "reportIn": {"assignment": "Assignment"},
    "completeAssignment": {"assignment": "Assignment"},
    "addProgressNote": {"issue": "Issue", "assignment": "Assignment"},
    "verifyIssue": {"issue": "Issue", "evidence": "Evidence"},
    "reviewDepartment": {"assignment": "Assignment"},
    "requestEvidenceUpload": {"issue": "Issue"},
    "confirmEvidence": {"evidence": "Evidence"},
    "markNotificationsRead": {"notifications": "Notification"},
}
"""By mutation, the inputs that are ids and of what."""
ID_FIELDS = [(name, field) for name, fields in IDS.items() for field in fields]
LISTS = {"evidence", "notifications"}


def with_id(given: dict[str, Any], field: str, text: str) -> dict[str, Any]:
    return {**given, field: [text] if isinstance(given[field], list) else text}


@pytest.mark.parametrize(("name", "field"), ID_FIELDS)
async def test_an_id_that_is_none_or_of_another_type_is_invalid(shelf: Shelf, name: str, field: str) -> None:
    given, actor = shelf.given(name), shelf.actor(name)
    other = shelf.stranger("Street" if IDS[name][field] != "Street" else "Grid")
    for text in ("", "!", "A" * 10_000, str(2**63), "5LiN5piv", other):
        await refused(shelf.desk, name, actor, with_id(given, field, text), INVALID, f"input.{field}")


@pytest.mark.parametrize(("name", "field"), ID_FIELDS)
async def test_what_does_not_exist_or_lies_in_another_district_is_not_found(
    shelf: Shelf, name: str, field: str
) -> None:
    given, actor = shelf.given(name), shelf.actor(name)
    if field == "issue":
        given.pop("assignment", None)  # else the part is what does not fit
    # Photos are looked up within the issue: which of them are not its own is not told.
    kind = INVALID if (name, field) == ("verifyIssue", "evidence") else UNKNOWN
    for text in (shelf.stranger(IDS[name][field]), shelf.foreign[IDS[name][field]]):
        await refused(shelf.desk, name, actor, with_id(given, field, text), kind, f"input.{field}")


TEXTS = [
    *((name, "note", 2000, False) for name in ("assessIssue", "acceptAssignment", "verifyIssue")),
    ("addProgressNote", "note", 2000, True),
    ("callDepartment", "demand", 2000, True),
    ("reviewDepartment", "comment", 2000, False),
]


@pytest.mark.parametrize(("name", "field", "most", "required"), TEXTS)
async def test_a_text_that_is_none_is_invalid(
    shelf: Shelf, name: str, field: str, most: int, required: bool
) -> None:
    wrong = ["灯" * (most + 1), "a\x07", "\u202eb", "灯" * 10_000] + (
        ["", " \n ", "\u200b"] if required else []
    )
    for text in wrong:
        given = {**shelf.given(name), field: text}
        await refused(shelf.desk, name, shelf.actor(name), given, INVALID, f"input.{field}")


@pytest.mark.parametrize("name", [*IDS, "reportIssue"])
async def test_a_key_that_is_none_is_invalid(shelf: Shelf, name: str) -> None:
    for key in ("", " ", "k" * 201, "k\x1f1"):
        given = {**shelf.given(name), "idempotencyKey": key}
        await refused(shelf.desk, name, shelf.actor(name), given, INVALID, "input.idempotencyKey")


@pytest.mark.parametrize("name", [*IDS, "reportIssue"])
async def test_broken_text_anywhere_is_refused_before_it_is_read(shelf: Shelf, name: str) -> None:
    given, actor = shelf.given(name), shelf.actor(name)
    for character in ("\x00", "\udc00"):
        body = asking(name, {**given, "idempotencyKey": f"a{character}"})
        await rejected(shelf.desk, actor, body, "variables.input.idempotencyKey")
    literal = enums_raw({**given, "idempotencyKey": Raw(r'"a\u0000"')})
    await rejected(shelf.desk, actor, inline(name, literal), "input.idempotencyKey", "BAD_INPUT")


def enums_raw(given: dict[str, Any]) -> dict[str, Any]:
    return {key: Raw(value) if key in ("level", "kind") else value for key, value in given.items()}


ASSESSMENTS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "unknown category": ({"category": "ufo"}, INVALID, "input.category", "INVALID_INPUT"),
    "blank category": ({"category": " "}, INVALID, "input.category", "INVALID_INPUT"),
}


@pytest.mark.parametrize(("changes", "kind", "field", "code"), ASSESSMENTS.values(), ids=ASSESSMENTS)
async def test_a_wrong_assessment_is_refused(
    shelf: Shelf, changes: dict[str, Any], kind: str, field: str, code: str
) -> None:
    given = {**shelf.given("assessIssue"), **changes}
    await refused(shelf.desk, "assessIssue", shelf.people["clerk"], given, kind, field, code)


async def test_simple_needs_a_team_that_the_issue_lies_in(desk, shelf: Shelf) -> None:
    """Reported for the whole street, it lies in no community and no grid."""
    street = await desk.ask("query { streets(first: 50) { nodes { id name } } }", language="zh")
    here = next(node["id"] for node in street["streets"]["nodes"] if node["name"] == CHENGLONG)
    case = await Round(desk).begin(unit=here)
    for team in ("GRID", "COMMUNITY"):
        given = {"issue": case.issue, "level": "SIMPLE", "team": team}
        await refused(desk, "assessIssue", shelf.people["clerk"], given, INVALID, "input.team")
    await case.assessed("SIMPLE", team="STREET")


SCORES: dict[str, tuple[str, Any]] = {
    "21": ("reportIn", 21),
    "-1": ("professionalism", -1),
    "2^31 - 1": ("responsibility", 2**31 - 1),
    "-2^31": ("outcome", -(2**31)),
}
NO_SCORES: dict[str, Any] = {
    "2^31": 2**31,
    "2^63": 2**63,
    "text": "20",
    "half": 19.5,
    "null": None,
    "yes": True,
}


@pytest.mark.parametrize(("criterion", "score"), SCORES.values(), ids=SCORES)
async def test_a_score_is_from_0_to_20(shelf: Shelf, criterion: str, score: int) -> None:
    given = deepcopy(shelf.given("reviewDepartment"))
    given["scores"][criterion] = score
    await refused(
        shelf.desk, "reviewDepartment", shelf.people["clerk"], given, INVALID, f"input.scores.{criterion}"
    )


@pytest.mark.parametrize("score", NO_SCORES.values(), ids=NO_SCORES)
async def test_what_is_no_whole_number_is_no_score(shelf: Shelf, score: Any) -> None:
    given = deepcopy(shelf.given("reviewDepartment"))
    given["scores"]["cooperation"] = score
    clerk = shelf.people["clerk"]
    await rejected(shelf.desk, clerk, asking("reviewDepartment", given), "input.scores.cooperation")
    await rejected(shelf.desk, clerk, inline("reviewDepartment", given), "input.scores.cooperation")


async def test_every_score_is_needed_and_no_other(shelf: Shelf) -> None:
    given, clerk = deepcopy(shelf.given("reviewDepartment")), shelf.people["clerk"]
    del given["scores"]["outcome"]
    await rejected(shelf.desk, clerk, asking("reviewDepartment", given), "input.scores.outcome")
    given["scores"] |= {"outcome": 20, "charm": 20}
    await rejected(shelf.desk, clerk, asking("reviewDepartment", given), "input.scores.charm")


async def test_a_verification_that_passed_shows_an_after_photo_of_this_issue(shelf: Shelf) -> None:
    given, clerk = shelf.given("verifyIssue"), shelf.people["clerk"]
    for photos in ([], [shelf.before]):
        wrong = {**given, "evidence": photos}
        kind, code = "MissingEvidenceProblem", "EVIDENCE_MISSING"
        missing = await refused(shelf.desk, "verifyIssue", clerk, wrong, kind, "input.evidence", code)
        assert "After handling" in missing["message"]
    for photos in ([shelf.pending], [shelf.after, shelf.pending], [shelf.elsewhere]):
        wrong = {**given, "evidence": photos}
        await refused(shelf.desk, "verifyIssue", clerk, wrong, INVALID, "input.evidence")
    too_many = {**given, "evidence": [shelf.after] * 21}
    await refused(shelf.desk, "verifyIssue", clerk, too_many, INVALID, "input.evidence")
    failed = {**given, "passed": False, "evidence": [shelf.elsewhere]}
    await refused(shelf.desk, "verifyIssue", clerk, failed, INVALID, "input.evidence")


ANNOUNCEMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "page": ({"contentType": "text/html"}, "contentType"),
    "drawing": ({"contentType": "image/svg+xml"}, "contentType"),
    "type in capitals": ({"contentType": "IMAGE/PNG"}, "contentType"),
    "type with a line break": ({"contentType": "image/png\r\nX: y"}, "contentType"),
    "no type": ({"contentType": ""}, "contentType"),
    "no bytes": ({"size": 0}, "size"),
    "less than none": ({"size": -1}, "size"),
    "50 MiB and one": ({"size": 50 * 1024 * 1024 + 1}, "size"),
    "short digest": ({"sha256": "ab"}, "sha256"),
    "digest in capitals": ({"sha256": "AB" * 32}, "sha256"),
    "digest with a line end": ({"sha256": "ab" * 32 + "\n"}, "sha256"),
}


@pytest.mark.parametrize(("changes", "field"), ANNOUNCEMENTS.values(), ids=ANNOUNCEMENTS)
async def test_a_photo_that_cannot_be_stored_is_not_announced(
    shelf: Shelf, changes: dict[str, Any], field: str
) -> None:
    given = {**shelf.given("requestEvidenceUpload"), **changes}
    await refused(
        shelf.desk, "requestEvidenceUpload", shelf.people["clerk"], given, INVALID, f"input.{field}"
    )


async def test_a_size_of_2_to_the_63_and_an_unknown_kind_are_named(shelf: Shelf) -> None:
    given, clerk = shelf.given("requestEvidenceUpload"), shelf.people["clerk"]
    for changes, field in (({"size": 2**63}, "input.size"), ({"kind": "SELFIE"}, "input.kind")):
        await rejected(shelf.desk, clerk, asking("requestEvidenceUpload", {**given, **changes}), field)
        await rejected(
            shelf.desk, clerk, inline("requestEvidenceUpload", enums_raw({**given, **changes})), field
        )


async def test_a_photo_counts_only_with_the_bytes_that_were_announced(desk, shelf: Shelf) -> None:
    clerk, case = shelf.people["clerk"], shelf.cases["VERIFYING"]
    await refused(desk, "confirmEvidence", clerk, {"evidence": shelf.pending}, INVALID, "input.evidence")
    ready = await desk.announced(clerk, case.issue, "AFTER", method="PUT")
    photo = {"evidence": ready["evidence"]["id"]}
    key = ready["upload"]["url"].split("/huying-evidence/", 1)[1].split("?", 1)[0]
    other = PICTURE[:-1] + bytes([PICTURE[-1] ^ 1])
    for stored, type_ in ((PICTURE + b"x", "image/jpeg"), (PICTURE, "image/png"), (other, "image/jpeg")):
        await desk.store.put(key, stored, type_)
        await refused(desk, "confirmEvidence", clerk, photo, INVALID, "input.evidence")
    await desk.store.put(key, PICTURE, "image/jpeg")
    assert (await desk.do("confirmEvidence", clerk, photo))["evidence"]["status"] == "CONFIRMED"


async def test_nobody_confirms_somebody_elses_photo(shelf: Shelf) -> None:
    for who in ("handler", "second clerk", "worker", "office", "auditor"):
        await refused(
            shelf.desk,
            "confirmEvidence",
            shelf.people[who],
            {"evidence": shelf.pending},
            UNKNOWN,
            "input.evidence",
        )
    theirs = {"evidence": shelf.handlers}
    await refused(shelf.desk, "confirmEvidence", shelf.people["clerk"], theirs, UNKNOWN, "input.evidence")


async def test_only_ones_own_notifications_are_marked(shelf: Shelf) -> None:
    own = {"notifications": [shelf.notice]}
    for who in ("second clerk", "office", "leader", "auditor", "resident"):
        # The second clerk was told as well, but by a notification of their own.
        await refused(
            shelf.desk, "markNotificationsRead", shelf.people[who], own, UNKNOWN, "input.notifications"
        )
    clerk = shelf.people["clerk"]
    for wrong in ([], [shelf.notice] * 101):
        given = {"notifications": wrong}
        await refused(shelf.desk, "markNotificationsRead", clerk, given, INVALID, "input.notifications")
    mixed = {"notifications": [shelf.notice, shelf.foreign["Notification"]]}
    await refused(shelf.desk, "markNotificationsRead", clerk, mixed, UNKNOWN, "input.notifications")


async def test_the_note_of_a_part_names_a_part_of_this_issue(shelf: Shelf) -> None:
    given = {**shelf.given("addProgressNote"), "assignment": shelf.cases["HANDLING"].assignment}
    await refused(shelf.desk, "addProgressNote", shelf.people["handler"], given, UNKNOWN, "input.assignment")


async def test_whoever_did_the_work_does_not_verify_it(desk, shelf: Shelf) -> None:
    case = await (await Round(desk).begin()).assessed("SIMPLE", team="STREET")
    await case.step("completeAssignment", case.clerk)
    photo = await desk.photo(case.clerk, case.issue, "AFTER")
    given = {"issue": case.issue, "passed": True, "evidence": [photo], "answer": "已修好"}
    problem = await refused(desk, "verifyIssue", case.clerk, given, FORBIDDEN, "input.issue", "OWN_WORK")
    assert "VERIFY" in problem["rule"]
    done = await desk.do("verifyIssue", shelf.people["second clerk"], given)
    assert done["issue"]["stage"] == "FILED"


@pytest.mark.parametrize("name", [name for name in FITTING if name != "confirmEvidence"])
async def test_a_person_or_post_that_is_not_on_record_does_nothing(shelf: Shelf, name: str) -> None:
    viewer: Viewer = in_name_only(shelf.actor(name))
    given = shelf.given(name)
    of_issue = "issue" in given and name not in ("reportIssue", "requestEvidenceUpload")
    field = "input.issue" if of_issue else "input.assignment" if "assignment" in given else None
    await refused(shelf.desk, name, viewer, given, FORBIDDEN, field, "WRONG_ROLE")


async def test_a_photo_of_a_filed_issue_is_neither_announced_nor_confirmed(desk, shelf: Shelf) -> None:
    filed = photo_input(shelf.cases["FILED"].issue, "NEAR")
    await refused(
        desk, "requestEvidenceUpload", shelf.people["clerk"], filed, "WrongStageProblem", "input.issue"
    )
    case = await Round(desk).to_stage("REVIEWING")
    ready = await desk.announced(case.clerk, case.issue, "AFTER")
    await desk.upload(ready["upload"], PICTURE)
    await case.reviewed()
    late = {"evidence": ready["evidence"]["id"]}
    await refused(desk, "confirmEvidence", case.clerk, late, "WrongStageProblem", "input.evidence")


async def test_a_department_of_another_district_is_not_called(desk, shelf: Shelf) -> None:
    given = {**shelf.given("callDepartment"), "department": shelf.foreign["Department"]}
    await refused(desk, "callDepartment", shelf.people["clerk"], given, UNKNOWN, "input.department")


async def test_an_answer_goes_with_a_verification_that_passed_and_is_the_streets(desk, shelf: Shelf) -> None:
    given = {**shelf.given("verifyIssue"), "answer": "已修好"}
    failed = {**given, "passed": False}
    await refused(desk, "verifyIssue", shelf.people["clerk"], failed, INVALID, "input.answer")
    for who in ("worker", "community clerk"):
        await refused(desk, "verifyIssue", shelf.people[who], given, FORBIDDEN, "input.answer", "WRONG_ROLE")


async def test_what_is_named_beside_an_issue_must_be_of_its_place(desk, shelf: Shelf) -> None:
    """Departments of the district, issues of the street."""
    people, case = shelf.people, shelf.cases["COLLECTED"]
    foreign = shelf.foreign["Department"]
    called = shelf.cases["CALLED"]
    for name, who, given, kind, field in (
        ("dispatchIssue", "leader", {"issue": case.issue, "departments": [foreign]}, UNKNOWN, "departments"),
        ("dispatchIssue", "leader", {"issue": case.issue, "departments": []}, INVALID, "departments"),
        (
            "dispatchIssue",
            "leader",
            {"issue": case.issue, "departments": [case.lighting, case.lighting]},
            INVALID,
            "departments",
        ),
        (
            "callDepartment",
            "clerk",
            {**shelf.given("callDepartment"), "concerned": [case.water]},
            INVALID,
            "concerned",
        ),
        (
            "returnAssignment",
            "handler",
            {"assignment": called.assignment, "grounds": "不归我们", "suggested": foreign},
            UNKNOWN,
            "suggested",
        ),
        (
            "offerHandover",
            "handler",
            {"assignment": called.assignment, "to": foreign, "reason": "一并处理"},
            UNKNOWN,
            "to",
        ),
        (
            "offerHandover",
            "handler",
            {"assignment": called.assignment, "to": called.unit, "reason": "一并处理"},
            INVALID,
            "to",
        ),
        ("mergeIssue", "clerk", {"issue": case.issue, "into": case.issue}, INVALID, "into"),
        ("mergeIssue", "clerk", {"issue": case.issue, "into": shelf.foreign["Issue"]}, UNKNOWN, "into"),
        (
            "mergeIssue",
            "clerk",
            {"issue": case.issue, "into": shelf.cases["FILED"].issue},
            "WrongStageProblem",
            "into",
        ),
    ):
        await refused(desk, name, people[who], given, kind, f"input.{field}")


async def test_nobody_rates_for_another_reporter(desk, shelf: Shelf) -> None:
    """Not even somebody who told of the same issue."""
    filed = shelf.cases["FILED"]
    given = {"report": filed.report_id, "rating": "SATISFIED"}
    await refused(desk, "rateReport", shelf.people["resident"], given, UNKNOWN, "input.report")
    await refused(desk, "rateReport", shelf.people["clerk"], given, FORBIDDEN, "input.report", "NOT_REPORTER")
    unreached = {**given, "rating": "UNREACHED"}
    await refused(desk, "rateReport", shelf.people["worker"], unreached, INVALID, "input.rating")
