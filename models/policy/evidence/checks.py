"""What is found of a photo: each finding names its check, what it weighs by the rulebook, and its figures.

Pure: what the camera said, where the issue lies and which pictures look alike are arguments. A camera's word
proves nothing; it can only give a photo away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from models.policy.evidence.coordinates import (
    Point,
    datum_named,
    metres,
    metres_outside,
    shifted,
    unshifted,
)
from models.policy.evidence.rules import EvidenceRules
from models.terms import Datum, EvidenceCheck, EvidenceKind, FindingWeight

RESULTS = frozenset({EvidenceKind.AFTER, EvidenceKind.INSPECTION})
"""Kinds that cannot be older than the report; the others show the problem that it tells of."""
PROBLEMS = frozenset({EvidenceKind.BEFORE, EvidenceKind.NEAR, EvidenceKind.FAR})
"""Kinds that show the place as it was."""


@dataclass(frozen=True)
class Located:
    """One position in both datums, and the one it was given in."""

    datum: Datum
    wgs84: Point
    gcj02: Point


@dataclass(frozen=True)
class Photo:
    """A photo as checks see it."""

    id: str
    kind: EvidenceKind
    confirmed_at: datetime
    taken_at: datetime | None
    place: Point | None
    """WGS-84."""


@dataclass(frozen=True)
class Twin:
    """Another picture that is the same or nearly: in how many of 256 bits they differ."""

    id: str
    here: bool
    apart: int


@dataclass(frozen=True)
class Scene:
    """What the issue tells: when it was first reported, and the polygon of its grid, where it lies in one."""

    reported_at: datetime
    grid: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Finding:
    """One thing found of one photo; `other` is the photo it was compared with."""

    photo: str
    check: EvidenceCheck
    weight: FindingWeight
    rule: str
    data: Mapping[str, object] = field(default_factory=dict)
    other: str | None = None


def located(longitude: float, latitude: float, datum: str) -> Located | None:
    """A camera's position in both datums; None where it names one that is not known here."""
    point, named = Point(longitude, latitude), datum_named(datum)
    if named is None:
        return None
    if named is Datum.GCJ02:
        return Located(named, unshifted(point), point)
    return Located(named, point, shifted(point))


def taken_at(
    local: str | None, offset_minutes: int | None, satellite: str | None, district_minutes: int
) -> datetime | None:
    """When a photo was taken: the camera's clock with its own zone, else the satellites' time, else the clock
    as one of the district's."""
    if local is not None and offset_minutes is not None and abs(offset_minutes) < 24 * 60:
        return _in_zone(local, offset_minutes)
    if satellite is not None:
        return datetime.fromisoformat(satellite)
    return None if local is None else _in_zone(local, district_minutes)


def _in_zone(local: str, minutes: int) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=timezone(timedelta(minutes=minutes)))


def findings(
    photo: Photo, scene: Scene, twins: Sequence[Twin], rules: EvidenceRules, rulebook: str
) -> list[Finding]:
    """What is found of a photo by itself; `places` compares it with others of its issue."""
    found = [*_of_time(photo, scene, rules), *_of_place(photo, scene, rules), *_of_twins(twins)]
    return [
        Finding(photo.id, check, rules.checks[check], _rule(rulebook, check, rules), data, other)
        for check, data, other in found
        if check in rules.checks
    ]


def places(photos: Sequence[Photo], rules: EvidenceRules, rulebook: str) -> list[Finding]:
    """Of each AFTER photo: whether it was taken where the problem was, as far as positions tell."""
    before = [one for one in photos if one.kind in PROBLEMS and one.place is not None]
    found: list[Finding] = []
    for after in photos:
        if after.kind is not EvidenceKind.AFTER or after.place is None or not before:
            continue
        away, nearest = min(
            (metres(after.place, one.place), one.id) for one in before if one.place is not None
        )
        same = away <= rules.tolerances.same_place_metres
        check = EvidenceCheck.SAME_PLACE if same else EvidenceCheck.OTHER_PLACE
        if check in rules.checks:
            data = {"metres": round(away)}
            rule = _rule(rulebook, check, rules)
            found.append(Finding(after.id, check, rules.checks[check], rule, data, nearest))
    return found


Found = tuple[EvidenceCheck, dict[str, object], str | None]


def _of_time(photo: Photo, scene: Scene, rules: EvidenceRules) -> Iterable[Found]:
    if photo.taken_at is None:
        yield EvidenceCheck.NO_TIME, {}, None
        return
    slack = timedelta(minutes=rules.tolerances.clock_minutes)
    lead = timedelta() if photo.kind in RESULTS else timedelta(hours=rules.tolerances.before_report_hours)
    data: dict[str, object] = {"takenAt": photo.taken_at.isoformat()}
    if photo.taken_at < scene.reported_at - lead - slack:
        yield EvidenceCheck.BEFORE_REPORT, {**data, "reportedAt": scene.reported_at.isoformat()}, None
    if photo.taken_at > photo.confirmed_at + slack:
        yield EvidenceCheck.AFTER_UPLOAD, {**data, "uploadedAt": photo.confirmed_at.isoformat()}, None


def _of_place(photo: Photo, scene: Scene, rules: EvidenceRules) -> Iterable[Found]:
    if photo.place is None:
        yield EvidenceCheck.NO_POSITION, {}, None
    elif scene.grid is not None:
        outside = metres_outside(scene.grid, photo.place)
        if outside > rules.tolerances.outside_metres:
            yield EvidenceCheck.OUTSIDE_GRID, {"metres": round(outside)}, None


def _of_twins(twins: Sequence[Twin]) -> Iterable[Found]:
    """The closest here, and the closest elsewhere: one finding says enough."""
    for check, here in ((EvidenceCheck.USED_HERE, True), (EvidenceCheck.USED_ELSEWHERE, False)):
        alike = sorted((twin.apart, twin.id) for twin in twins if twin.here is here)
        if alike:
            apart, other = alike[0]
            yield check, {"bitsApart": apart, "pictures": len(alike)}, other


def _rule(rulebook: str, check: EvidenceCheck, rules: EvidenceRules) -> str:
    bounds = {
        EvidenceCheck.OUTSIDE_GRID: f" beyond {rules.tolerances.outside_metres} m",
        EvidenceCheck.OTHER_PLACE: f" beyond {rules.tolerances.same_place_metres} m",
        EvidenceCheck.SAME_PLACE: f" within {rules.tolerances.same_place_metres} m",
        EvidenceCheck.BEFORE_REPORT: f" by over {rules.tolerances.before_report_hours} h, results at all",
        EvidenceCheck.AFTER_UPLOAD: f" by over {rules.tolerances.clock_minutes} min",
    }
    return f"{rulebook}: {check.value}{bounds.get(check, '')}"
