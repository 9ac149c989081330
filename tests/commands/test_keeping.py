"""How photos end: swept where nothing needs them, missed where they are gone, deleted on record, held."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from models.queries import db
from models.terms import Role
from storage.evidence import kept_key
from tests.commands.desk import Desk
from tests.commands.refusals import refused
from tests.commands.rounds import Round
from tests.commands.test_evidence import fresh
from tests.infra.command import answer, environment_of, huying
from tests.pictures.scenes import encoded
from workflows.activities.sweeping import Report, Sweeping


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
