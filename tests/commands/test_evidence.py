"""Photos on the real stack: what is accepted, found and asked for, who sees it, and how it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from PIL import Image

from models.policy.evidence.checks import located
from models.queries import db
from models.terms import Role
from tests.commands.desk import SEEDS, Desk
from tests.commands.refusals import refused
from tests.commands.rounds import Round
from tests.pictures.scenes import encoded, scene

SEEN = """query($id: ID!) { node(id: $id) { ... on Evidence { status refusal foundType wide high viewUrl
    mediumUrl smallUrl } } }"""
JUDGED = """query($id: ID!) { node(id: $id) { ... on Evidence { takenAt camera datum wgsLongitude wgsLatitude
    gcjLongitude gcjLatitude findings { kind kindLabel weight rule data other { id } } } } }"""


def shot(
    picture: Image.Image,
    at: datetime | None = None,
    longitude: float = 0,
    latitude: float = 0,
    datum: str = "",
) -> bytes:
    """The picture as a phone writes it; degrees of 0 are none."""
    exif = picture.getexif()
    if at is not None:
        exif.get_ifd(0x8769)[36867] = at.strftime("%Y:%m:%d %H:%M:%S")
        exif.get_ifd(0x8769)[36881] = "+00:00"
    if longitude:
        where = {1: "N", 2: (latitude, 0.0, 0.0), 3: "E", 4: (longitude, 0.0, 0.0)}
        exif.get_ifd(0x8825).update({**where, **({18: datum} if datum else {})})
    exif[272] = "Phone 9"
    return encoded(picture, exif=exif.tobytes())


def fresh() -> Image.Image:
    return scene(next(SEEDS), size=(200, 150))


async def middle(case: Round) -> tuple[float, float]:
    """The middle of the issue's grid."""
    row = await db.row(
        "SELECT g.polygon FROM issues i JOIN grids g ON g.id = i.grid_id WHERE i.id = $1",
        UUID(case.issue.partition(":")[2]),
    )
    assert row is not None
    (west, south), _, (east, north), *_ = row["polygon"]["coordinates"][0]
    return round((west + east) / 2, 6), round((south + north) / 2, 6)


async def judged(desk: Desk, viewer: Any, photo: str) -> dict[str, Any]:
    return (await desk.ask(JUDGED, viewer, id=photo))["node"]


def kinds(found: dict[str, Any]) -> dict[str, str]:
    return {one["kind"]: one["weight"] for one in found["findings"]}


async def test_an_accepted_photo_is_shown_with_nosniff_and_without_what_its_camera_said(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    case = await Round(desk).begin()
    where = await middle(case)
    sent = shot(fresh(), datetime.now(UTC), *where) + b"<script>alert(1)</script>"
    ready = await desk.announced(case.worker, case.issue, "NEAR", sent)
    made = ready["evidence"]["id"]
    pending = (await desk.ask(SEEN, case.worker, id=made))["node"]
    assert (pending["status"], pending["viewUrl"], pending["smallUrl"]) == ("PENDING", None, None)
    await desk.upload(ready["upload"], sent)
    await desk.do("confirmEvidence", case.worker, {"evidence": made})
    assert (await desk.settled(case.worker, made))["status"] == "ACCEPTED"
    seen = (await desk.ask(SEEN, case.worker, id=made))["node"]
    assert (seen["foundType"], seen["wide"], seen["high"]) == ("image/jpeg", 200, 150)
    for name in ("viewUrl", "mediumUrl", "smallUrl"):
        shown = await desk.http.get(httpx.URL(seen[name]).raw_path.decode())
        assert shown.status_code == 200
        assert shown.headers["content-type"] == "image/jpeg"
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert shown.headers["content-disposition"].startswith("inline;")
        assert b"alert(1)" not in shown.content
        assert b"Exif" not in shown.content
    found = await judged(desk, case.clerk, made)
    assert (found["camera"], found["datum"]) == ("Phone 9", "WGS84")
    assert (found["wgsLongitude"], found["wgsLatitude"]) == where
    shifted = located(*where, "")
    assert shifted is not None
    assert (found["gcjLongitude"], found["gcjLatitude"]) == (shifted.gcj02.longitude, shifted.gcj02.latitude)
    assert kinds(found) == {}
    # Nothing lies where it was uploaded, and its address is of no use to anybody else's eyes.
    assert await desk.store.listed(f"evidence/{case.issue.partition(':')[2]}/") == []
    forged = httpx.URL(seen["viewUrl"]).raw_path.decode()
    logged = capsys.readouterr().out
    assert "/evidence/…" in logged
    assert forged.rpartition("/")[2] not in logged
    assert (await desk.http.get(forged[:-2] + "xx")).status_code == 403


async def test_a_file_that_is_no_picture_is_refused_by_name_and_not_kept(desk: Desk) -> None:
    case = await Round(desk).begin()
    page = b"<html><script>alert(1)</script></html>"
    _, settled = await desk.sent(case.worker, case.issue, "NEAR", page, method="PUT")
    assert (settled["status"], settled["refusal"], settled["viewUrl"]) == ("REFUSED", "NOT_A_PICTURE", None)
    assert await desk.store.listed(f"evidence/{case.issue.partition(':')[2]}/") == []
    verifying = await Round(desk).to_stage("VERIFYING")
    _, settled = await desk.sent(verifying.clerk, verifying.issue, "AFTER", page)
    assert settled["status"] == "REFUSED"
    refused_here = await verifying.shown("evidence(last: 1) { nodes { id } }")
    named = {
        "issue": verifying.issue,
        "passed": True,
        "evidence": [refused_here["evidence"]["nodes"][0]["id"]],
    }
    problem = await refused(
        desk, "verifyIssue", verifying.clerk, named, "InvalidInputProblem", "input.evidence"
    )
    assert "refused" in problem["message"]


async def test_no_completion_without_an_after_photo_and_the_refusal_lists_what_is_missing(desk: Desk) -> None:
    case = await Round(desk).to_stage("ON_SITE")
    given = {"assignment": case.assignment}
    asked = "... on MissingEvidenceProblem { step missing rule blocked { evidence findings } }"
    query = (
        "mutation($input: AssignmentInput!) { result: completeAssignment(input: $input) "
        f"{{ __typename {asked} ... on Problem {{ code field }} }} }}"
    )
    await desk.photo(case.handler, case.issue, "BEFORE")
    answer = (await desk.ask(query, case.handler, input={"idempotencyKey": "a" + case.issue, **given}))[
        "result"
    ]
    assert answer == {
        "__typename": "MissingEvidenceProblem",
        "step": "COMPLETE",
        "missing": ["AFTER"],
        "rule": "jinjiang/2026.3: complete needs AFTER",
        "blocked": [],
        "code": "EVIDENCE_MISSING",
        "field": "input.assignment",
    }
    await refused(
        desk, "completeAssignment", case.handler, given, "MissingEvidenceProblem", "input.assignment"
    )
    old, _ = await desk.sent(
        case.handler, case.issue, "AFTER", shot(fresh(), datetime.now(UTC) - timedelta(days=9))
    )
    answer = (await desk.ask(query, case.handler, input={"idempotencyKey": "b" + case.issue, **given}))[
        "result"
    ]
    assert answer["blocked"] == [{"evidence": old, "findings": ["BEFORE_REPORT"]}]
    await case.step("completeAssignment")


async def test_after_a_failed_verification_the_old_photo_does_not_do(desk: Desk) -> None:
    case = await Round(desk).to_stage("VERIFYING")
    await case.verified(passed=False)
    given = {"assignment": case.assignment}
    await refused(
        desk, "completeAssignment", case.handler, given, "MissingEvidenceProblem", "input.assignment"
    )
    await case.step("completeAssignment")


async def test_a_category_that_cannot_be_photographed_is_completed_without(desk: Desk) -> None:
    case = await Round(desk).to_stage("ON_SITE", category="neighbour_dispute")
    await case.give("completeAssignment", case.handler, {"assignment": case.assignment})


async def test_what_gives_a_photo_away_is_found_and_shown_to_the_verifier(desk: Desk) -> None:
    case = await Round(desk).begin()
    longitude, latitude = await middle(case)
    now = datetime.now(UTC)
    before = fresh()
    first = await desk.photo(case.worker, case.issue, "BEFORE", shot(before, now, longitude, latitude))
    outside = shot(fresh(), now + timedelta(hours=3), longitude + 0.2, latitude)
    after = await desk.photo(case.worker, case.issue, "AFTER", outside)
    found = await judged(desk, case.clerk, after)
    assert kinds(found) == {"OUTSIDE_GRID": "WARNING", "AFTER_UPLOAD": "WARNING", "OTHER_PLACE": "WARNING"}
    away = next(one for one in found["findings"] if one["kind"] == "OTHER_PLACE")
    assert away["other"] == {"id": first}
    assert 15_000 < away["data"]["metres"] < 25_000
    assert away["rule"] == "jinjiang/2026.3: OTHER_PLACE beyond 80 m"

    again = await desk.photo(case.worker, case.issue, "NEAR", encoded(before.resize((180, 135)), quality=60))
    found = await judged(desk, case.clerk, again)
    assert kinds(found) == {"USED_HERE": "WARNING", "NO_TIME": "NOTE", "NO_POSITION": "NOTE"}
    twin = next(one for one in found["findings"] if one["kind"] == "USED_HERE")
    assert twin["other"] == {"id": first}

    other = await Round(desk).begin()
    mirrored = before.transpose(Image.Transpose.FLIP_LEFT_RIGHT).crop((10, 8, 190, 142))
    stolen = await desk.photo(other.worker, other.issue, "AFTER", encoded(mirrored))
    assert kinds(await judged(desk, other.clerk, stolen))["USED_ELSEWHERE"] == "BLOCKING"
    close = shot(fresh(), now, longitude + 0.0002, latitude)
    near = await desk.photo(case.worker, case.issue, "AFTER", close)
    assert kinds(await judged(desk, case.clerk, near)) == {"SAME_PLACE": "NOTE"}


async def test_a_position_in_gcj_02_is_compared_in_wgs_84(desk: Desk) -> None:
    case = await Round(desk).begin()
    truth = located(*await middle(case), "")
    assert truth is not None
    sent = shot(fresh(), datetime.now(UTC), truth.gcj02.longitude, truth.gcj02.latitude, "GCJ-02")
    found = await judged(desk, case.clerk, await desk.photo(case.worker, case.issue, "NEAR", sent))
    assert found["datum"] == "GCJ02"
    assert abs(found["wgsLongitude"] - truth.wgs84.longitude) < 2e-6
    assert found["gcjLongitude"] == truth.gcj02.longitude
    assert kinds(found) == {}


async def test_a_photo_is_seen_by_whoever_sees_the_issue_and_by_nobody_else(desk: Desk) -> None:
    case = await Round(desk).begin()
    made = await desk.photo(case.worker, case.issue, "NEAR")
    elsewhere = await desk.who(role=Role.STREET_CLERK, street="东湖街道")
    for viewer in (elsewhere, await desk.who(role=Role.RESIDENT)):
        assert (await desk.ask(SEEN, viewer, id=made))["node"] is None
    opened = {"evidence": made, "reason": "看看"}
    await refused(
        desk, "openOriginal", elsewhere, opened, "NotFoundProblem", "input.evidence", "NOT_FOUND", "url"
    )
    assert (await desk.ask(SEEN, case.clerk, id=made))["node"]["status"] == "ACCEPTED"


async def test_an_original_is_opened_with_a_reason_and_the_auditor_sees_it(desk: Desk) -> None:
    case = await Round(desk).begin()
    sent = shot(fresh(), datetime.now(UTC))
    made = await desk.photo(case.worker, case.issue, "NEAR", sent)
    given = {"evidence": made, "reason": "与现场不符，需核对原件"}
    opened = await desk.do("openOriginal", case.clerk, given, "url expiresAt", key=f"open-{made}")
    again = await desk.do("openOriginal", case.clerk, given, "url expiresAt", key=f"open-{made}")
    assert again["expiresAt"] == opened["expiresAt"]
    async with httpx.AsyncClient(trust_env=False) as plain:
        file = await plain.get(opened["url"])
        assert file.content == sent
        assert file.headers["content-type"] == "application/octet-stream"
        assert file.headers["content-disposition"].startswith("attachment;")
        assert (await plain.get(opened["url"].partition("?")[0])).status_code == 403
    auditor = await desk.who(role=Role.AUDITOR)
    query = (
        "query($e: ID!) { evidenceOpenings(where: { evidence: $e }) { nodes { reason person { subject } } } }"
    )
    listed = (await desk.ask(query, auditor, e=made))["evidenceOpenings"]["nodes"]
    assert listed == [{"reason": given["reason"], "person": {"subject": case.clerk.subject}}]
    blank = {"evidence": made, "reason": " "}
    await refused(desk, "openOriginal", case.clerk, blank, "InvalidInputProblem", "input.reason", None, "url")
