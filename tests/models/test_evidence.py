"""Photos as policy sees them: what a step lacks, what is found, where they lie, how long they are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from models.policy.evidence import looks
from models.policy.evidence.checks import Photo, Scene, Twin, findings, located, places, taken_at
from models.policy.evidence.coordinates import Point, metres, metres_outside, shifted, unshifted
from models.policy.evidence.gate import OnHand, missing
from models.policy.evidence.keeping import abandoned, deletion, orphan
from models.policy.evidence.rules import EvidenceRules, Keeping
from models.rulebooks.evidence import from_json, to_json
from models.rulebooks.loader import load
from models.terms import (
    Datum,
    DeletedPart,
    EvidenceCheck,
    EvidenceKind,
    EvidenceStatus,
    EvidenceStep,
    FindingWeight,
)

NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HERE = Point(104.08, 30.6)
RING = [[104.07, 30.59], [104.09, 30.59], [104.09, 30.61], [104.07, 30.61], [104.07, 30.59]]
GRID = {"type": "Polygon", "coordinates": [RING]}
RULES = load("jinjiang").rulebook.evidence
AFTER, BEFORE = EvidenceKind.AFTER, EvidenceKind.BEFORE
NEEDS = {EvidenceStep.COMPLETE: (BEFORE, AFTER)}


def on_hand(kind: EvidenceKind, name: str = "a", **more: object) -> OnHand:
    return OnHand(name, kind, **{"sent_at": NOON, **more})  # type: ignore[arg-type]


def test_a_step_lacks_what_no_photo_shows_and_names_the_rule() -> None:
    lacking = missing(EvidenceStep.COMPLETE, NEEDS, [on_hand(BEFORE)], "jinjiang/1")
    assert lacking is not None
    assert (lacking.kinds, lacking.blocked) == ((AFTER,), ())
    assert lacking.rule == "jinjiang/1: complete needs AFTER"
    assert missing(EvidenceStep.COMPLETE, NEEDS, [on_hand(BEFORE), on_hand(AFTER)], "r") is None
    assert missing(EvidenceStep.VERIFY, NEEDS, [], "r") is None


def test_a_photo_with_a_blocking_finding_does_not_count_and_is_named() -> None:
    bad = on_hand(AFTER, "bad", blocked=(EvidenceCheck.USED_ELSEWHERE,))
    lacking = missing(EvidenceStep.COMPLETE, NEEDS, [on_hand(BEFORE), bad], "r")
    assert lacking is not None
    assert (lacking.kinds, lacking.blocked) == ((AFTER,), (bad,))
    assert missing(EvidenceStep.COMPLETE, NEEDS, [on_hand(BEFORE), bad, on_hand(AFTER)], "r") is None


def test_what_was_sent_before_the_work_began_does_not_show_its_result() -> None:
    photos = [on_hand(BEFORE), on_hand(AFTER)]
    assert missing(EvidenceStep.COMPLETE, NEEDS, photos, "r", since=NOON) is None
    lacking = missing(EvidenceStep.COMPLETE, NEEDS, photos, "r", since=NOON + HOUR)
    assert lacking is not None
    assert lacking.kinds == (BEFORE, AFTER)


def photo(**more: object) -> Photo:
    usual = {"id": "p", "kind": AFTER, "confirmed_at": NOON, "taken_at": NOON - HOUR, "place": HERE}
    return Photo(**{**usual, **more})  # type: ignore[arg-type]


def found(of: Photo, *twins: Twin, reported: datetime = NOON - 2 * HOUR) -> dict[str, str]:
    told = findings(of, Scene(reported, GRID), twins, RULES, "jinjiang/1")
    return {one.check.value: one.weight.value for one in told}


CASES = {
    "nothing": ({}, {}),
    "after before the report": ({"taken_at": NOON - 5 * HOUR}, {"BEFORE_REPORT": "BLOCKING"}),
    "within what a clock errs": ({"taken_at": NOON - 2 * HOUR - timedelta(minutes=9)}, {}),
    "a problem photographed the day before": ({"kind": BEFORE, "taken_at": NOON - 20 * HOUR}, {}),
    "a problem photographed long before": (
        {"kind": BEFORE, "taken_at": NOON - 27 * HOUR},
        {"BEFORE_REPORT": "BLOCKING"},
    ),
    "after the upload": ({"taken_at": NOON + HOUR}, {"AFTER_UPLOAD": "WARNING"}),
    "no time": ({"taken_at": None}, {"NO_TIME": "NOTE"}),
    "no position": ({"place": None}, {"NO_POSITION": "NOTE"}),
    "beside the grid": ({"place": Point(104.0905, 30.6)}, {}),
    "outside": ({"place": Point(104.1, 30.6)}, {"OUTSIDE_GRID": "WARNING"}),
}


@pytest.mark.parametrize(("changes", "expected"), CASES.values(), ids=CASES)
def test_what_is_found_of_a_photo(changes: dict[str, object], expected: dict[str, str]) -> None:
    assert found(photo(**changes)) == expected


def test_the_closest_copies_here_and_elsewhere_are_named() -> None:
    twins = [Twin("x", False, 9), Twin("y", False, 3), Twin("z", True, 12)]
    told = findings(photo(), Scene(NOON - 2 * HOUR, GRID), twins, RULES, "jinjiang/1")
    assert [(one.check.value, one.other, dict(one.data)) for one in told] == [
        ("USED_HERE", "z", {"bitsApart": 12, "pictures": 1}),
        ("USED_ELSEWHERE", "y", {"bitsApart": 3, "pictures": 2}),
    ]
    assert told[0].rule == "jinjiang/1: USED_HERE"


def test_a_check_the_rulebook_does_not_name_is_not_made() -> None:
    assert findings(photo(place=None), Scene(NOON, None), [Twin("x", True, 0)], EvidenceRules(), "r") == []


def test_before_and_after_are_compared_by_place_from_whichever_side() -> None:
    before = photo(id="b", kind=BEFORE)
    near, far = photo(id="n", place=Point(104.0801, 30.6)), photo(id="f", place=Point(104.083, 30.6))
    told = places([near, before, far], RULES, "r")
    assert [(one.photo, one.check.value, one.weight.value, one.other) for one in told] == [
        ("n", "SAME_PLACE", "NOTE", "b"),
        ("f", "OTHER_PLACE", "WARNING", "b"),
    ]
    assert told[1].data == {"metres": 287}
    assert places([near, photo(kind=BEFORE, place=None)], RULES, "r") == []


def test_the_cameras_own_zone_comes_first_then_satellites_then_the_districts_clock() -> None:
    local, satellite = "2026-06-30T20:00:00", "2026-06-30T12:00:05+00:00"
    assert taken_at(local, 480, satellite, 0) == NOON
    assert taken_at(local, None, satellite, 0) == NOON + timedelta(seconds=5)
    assert taken_at(local, None, None, 480) == NOON
    assert taken_at(None, None, None, 480) is None


def test_the_two_datums_are_kept_apart_and_undone() -> None:
    """A published pair: Tiananmen in both."""
    wgs = Point(116.3912, 39.9073)
    gcj = shifted(wgs)
    assert metres(gcj, Point(116.39744, 39.90870)) < 5
    assert metres(unshifted(gcj), wgs) < 0.1
    paris = Point(2.35, 48.85)
    assert shifted(paris) == paris
    said = located(gcj.longitude, gcj.latitude, "GCJ-02")
    assert said is not None
    assert said.datum is Datum.GCJ02
    assert metres(said.wgs84, wgs) < 0.1
    by_satellite = located(wgs.longitude, wgs.latitude, "")
    assert by_satellite is not None
    assert (by_satellite.datum, by_satellite.wgs84, by_satellite.gcj02) == (Datum.WGS84, wgs, gcj)
    assert located(1, 2, "TOKYO") is None


def test_a_point_in_a_hole_or_beside_a_part_is_outside_by_metres() -> None:
    assert metres_outside(GRID, HERE) == 0
    hole = [[104.079, 30.599], [104.081, 30.599], [104.081, 30.601], [104.079, 30.601], [104.079, 30.599]]
    holed = {"type": "Polygon", "coordinates": [RING, hole]}
    assert 90 < metres_outside(holed, HERE) < 100
    two = {"type": "MultiPolygon", "coordinates": [[hole], [RING]]}
    assert metres_outside(two, Point(104.0699, 30.6)) == pytest.approx(9.6, abs=0.3)


KEEP = Keeping(original_days=10, picture_days=20)


@pytest.mark.parametrize(
    ("days", "closed", "held", "sealed", "part"),
    [
        (9, True, False, True, None),
        (10, True, False, True, DeletedPart.ORIGINAL),
        (15, True, False, False, None),
        (20, True, False, False, DeletedPart.WHOLE),
        (20, True, False, True, DeletedPart.WHOLE),
        (99, True, True, True, None),
        (99, False, False, True, None),
    ],
)
def test_a_photo_is_kept_until_its_days_after_closing_are_over_unless_held(
    days: int, closed: bool, held: bool, sealed: bool, part: DeletedPart | None
) -> None:
    due = deletion(NOON if closed else None, held, sealed, KEEP, "r", NOON + days * DAY)
    assert (due.part if due else None) == part


def test_what_is_young_awaited_or_known_is_no_orphan() -> None:
    now = NOON + 2 * HOUR
    assert orphan("evidence/i/p", NOON, {}, False, now)
    assert not orphan("evidence/i/p", NOON, {"evidence/i/p": True}, False, now)
    assert not orphan("evidence/i/p", now - HOUR / 2, {}, False, now)
    assert orphan("pictures/ab/x", NOON, {}, False, now)
    assert not orphan("pictures/ab/x", NOON, {}, True, now)
    assert not orphan("doctor/1", NOON, {}, False, now)
    assert abandoned(EvidenceStatus.PENDING, NOON, NOON + DAY)
    assert not abandoned(EvidenceStatus.CONFIRMED, NOON, NOON + DAY)


def test_every_hash_within_the_threshold_shares_a_neighbour_of_a_band() -> None:
    """Exact, not probable: seven bits in four bands leave at most one in one of them."""
    chance = Random(6)
    for _ in range(3000):
        one = chance.getrandbits(64) - (1 << 63)
        other = one
        for bit in chance.sample(range(64), chance.randint(0, looks.COARSE_NEAR)):
            other ^= 1 << bit
        other = other - (1 << 64) if other >= 1 << 63 else other
        assert looks.coarse_apart(one, other) <= looks.COARSE_NEAR
        pairs = zip(looks.bands(one), looks.bands(other), strict=True)
        assert any(theirs in looks.neighbours(ours) for ours, theirs in pairs)


def test_the_section_of_a_rulebook_is_the_same_after_a_round_trip() -> None:
    book = load("gulou").rulebook
    assert from_json(to_json(book.evidence)) == book.evidence
    assert book.required_evidence("street_light")[EvidenceStep.COMPLETE] == (AFTER,)
    assert EvidenceStep.COMPLETE not in book.required_evidence("unpaid_wages")
    assert book.required_evidence("unpaid_wages")[EvidenceStep.VERIFY] == (AFTER,)
    assert book.evidence.checks[EvidenceCheck.USED_ELSEWHERE] is FindingWeight.BLOCKING
    assert replace(book.evidence, checks={}) != book.evidence
