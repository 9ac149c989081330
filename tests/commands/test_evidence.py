"""Photos on the real stack: what is accepted, found and asked for, who sees it, and how it ends."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from PIL import Image

from models.policy.evidence.checks import located
from models.queries import db
from models.terms import Role
from storage.evidence import kept_key
from tests.commands.desk import SEEDS, Desk
from tests.commands.refusals import refused
from tests.commands.rounds import Round
from tests.infra.command import answer, environment_of, huying
from tests.pictures.scenes import encoded, scene
from workflows.activities.sweeping import Report, Sweeping

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
    desk: Desk,
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
    assert found["findings"][0]["other"] == {"id": first} or found["findings"][-1]["other"] == {"id": first}

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


# Keeping ----------------------------------------------------------------------------------------------


def tomorrow(desk: Desk) -> Sweeping:
    """A sweep of some hours later: what is orphaned is old enough, what is announced may still come."""
    return Sweeping(desk.store, lambda: datetime.now(UTC) + timedelta(hours=3))


async def swept(by: Sweeping, full: bool = False, act: bool = True) -> Report:
    return await by.run(uuid4(), full, act)


async def objects(desk: Desk) -> set[str]:
    found: set[str] = set()
    for prefix in ("originals/", "pictures/", "evidence/"):
        after = ""
        while page := await desk.store.listed(prefix, after=after):
            found |= {one.key for one in page}
            after = page[-1].key
    return found


async def keys_of(photo: str) -> set[str]:
    row = await db.row(
        "SELECT original_key, view_key, medium_key, small_key FROM evidence WHERE id = $1",
        UUID(photo.partition(":")[2]),
    )
    return set(row) if row else set()


async def test_a_sweep_takes_what_nothing_needs_and_leaves_what_is_needed_or_young(desk: Desk) -> None:
    case = await Round(desk).begin()
    made = await desk.photo(case.worker, case.issue, "NEAR")
    stranger, claimed = kept_key("pictures", "ab" * 32), kept_key("originals", "cd" * 32)
    upload = f"evidence/{uuid4()}/{uuid4()}"
    for key in (stranger, claimed, upload):
        await desk.store.put(key, b"orphan", "image/jpeg")
    await db.execute(
        "INSERT INTO evidence_objects VALUES ($1, $2, 6, 'image/jpeg', now())", claimed, "cd" * 32
    )
    await swept(Sweeping(desk.store, lambda: datetime.now(UTC)))
    assert {stranger, claimed, upload} <= await objects(desk)  # an hour has not passed
    report = await swept(tomorrow(desk), full=True)
    left = await objects(desk)
    assert {stranger, claimed, upload}.isdisjoint(left)
    assert await keys_of(made) <= left
    assert report.figures["orphans"] >= 1
    assert report.figures["unclaimed"] >= 1
    assert report.figures["orphanUploads"] >= 1
    assert (report.figures["missing"], report.figures["wrong"], report.faults) == (0, 0, [])
    assert report.figures["read"] >= 2
    operator = await desk.who(role=Role.OPERATOR)
    query = "{ evidenceSweeps(last: 1) { nodes { whole endedAt figures faults } } }"
    told = (await desk.ask(query, operator))["evidenceSweeps"]["nodes"][0]
    assert (told["whole"], told["figures"], told["faults"]) == (True, report.figures, [])


async def test_a_photo_whose_object_is_gone_or_changed_is_named(desk: Desk) -> None:
    case = await Round(desk).begin()
    gone = await desk.photo(case.worker, case.issue, "NEAR")
    changed = await desk.photo(case.worker, case.issue, "FAR")
    kept = {}
    for photo in (gone, changed):
        row = await db.row(
            "SELECT original_key, size FROM evidence WHERE id = $1", UUID(photo.partition(":")[2])
        )
        assert row is not None
        kept[photo] = (row["original_key"], await desk.store.read(row["original_key"], max_size=row["size"]))
    await desk.store.delete(kept[gone][0])
    await desk.store.put(kept[changed][0], bytes(len(kept[changed][1])), "image/jpeg")
    quick = await swept(tomorrow(desk), act=False)
    whole = await swept(tomorrow(desk), full=True, act=False)
    for key, data in kept.values():
        await desk.store.put(key, data, "application/octet-stream")
    assert [(one["fault"], one["key"]) for one in quick.faults] == [("missing", kept[gone][0])]
    found = {(one["fault"], one["key"], one["photos"]) for one in whole.faults}
    assert found == {
        ("missing", kept[gone][0], gone.partition(":")[2]),
        ("wrong", kept[changed][0], changed.partition(":")[2]),
    }


async def test_what_was_kept_long_enough_is_deleted_on_record_but_not_what_is_held(desk: Desk) -> None:
    case, held = await Round(desk).begin(), await Round(desk).begin()
    picture = encoded(fresh())
    made = await desk.photo(case.worker, case.issue, "NEAR", picture)
    safe = await desk.photo(held.worker, held.issue, "NEAR")
    shared = await desk.photo(held.worker, held.issue, "FAR", picture)
    for one in (case, held):
        await one.give("cancelIssue", one.clerk, {"issue": one.issue, "reason": "重复"})
    hold = {"issue": held.issue, "reason": "诉讼"}
    placed = await desk.do("holdEvidence", held.office, hold, "hold { reason liftedAt }")
    assert placed["hold"] == {"reason": "诉讼", "liftedAt": None}
    await db.execute(
        "UPDATE issues SET closed_at = closed_at - interval '11 years' WHERE id = ANY($1)",
        [UUID(one.issue.partition(":")[2]) for one in (case, held)],
    )
    before = {photo: await keys_of(photo) for photo in (made, safe, shared)}
    report = await swept(tomorrow(desk))
    assert report.figures["decided"] >= 1
    left = await objects(desk)
    assert before[safe] | before[shared] <= left  # among them what both copies share
    auditor = await desk.who(role=Role.AUDITOR)
    query = """query($e: ID!) { node(id: $e) { ... on Evidence { status viewUrl wgsLongitude
        deletions { part rule doneAt keys shared sha256 } } } }"""
    told = (await desk.ask(query, auditor, e=made))["node"]
    assert (told["status"], told["viewUrl"], told["wgsLongitude"]) == ("DELETED", None, None)
    (record,) = told["deletions"]
    assert (record["part"], record["rule"]) == ("WHOLE", "jinjiang/2026.3: WHOLE 3650 d after closing")
    assert record["doneAt"] is not None
    assert set(record["keys"]) == before[made]
    assert set(record["shared"]) == before[made] & before[shared]
    assert (await desk.ask(query, auditor, e=safe))["node"]["status"] == "ACCEPTED"
    await desk.do(
        "liftEvidenceHold", held.office, {"issue": held.issue, "reason": "结案"}, "hold { liftedAt }"
    )
    nothing = {"issue": held.issue, "reason": "结案"}
    await refused(
        desk, "liftEvidenceHold", held.office, nothing, "InvalidInputProblem", "input.issue", None,
        "hold { liftedAt }",
    )  # fmt: skip
    await swept(tomorrow(desk))
    assert (before[made] | before[safe] | before[shared]).isdisjoint(await objects(desk))
    assert (await desk.ask(query, auditor, e=shared))["node"]["deletions"][0]["shared"] == []


async def test_the_command_line_reads_every_object_and_says_so(desk: Desk, stack: Any) -> None:
    await desk.photo((case := await Round(desk).begin()).worker, case.issue, "NEAR")
    given = environment_of(stack.settings)
    done = await asyncio.to_thread(huying, "evidence", "check", "--json", **given)
    told = answer(done)
    assert told["faults"] == []
    assert told["figures"]["read"] >= 2
