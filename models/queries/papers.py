"""What stands on the paper forms, call slip 呼叫单 and score sheet 评议表: as much as the viewer sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from models.policy import access
from models.policy.access import IssueFacts, Viewer
from models.queries import cases, db, facts, pages, shapes
from models.queries.scope import Binds, guard_condition
from models.terms import AssignmentStatus, Level, ReportSource

ISSUE = """
SELECT i.id, i.code, i.title, i.place, i.level, i.opened_at, i.rulebook_id, t.name_zh AS item_zh,
    t.name_en AS item_en, d.name_zh AS district_zh, d.name_en AS district_en, s.name_zh AS street_zh,
    s.name_en AS street_en, c.name_zh AS community_zh, g.code AS grid
FROM issues i JOIN items t ON t.id = i.item_id JOIN districts d ON d.id = i.district_id
JOIN streets s ON s.id = i.street_id LEFT JOIN communities c ON c.id = i.community_id
LEFT JOIN grids g ON g.id = i.grid_id WHERE i.id = $1
"""


@dataclass(frozen=True, slots=True)
class Named:
    """A name in both languages."""

    zh: str
    en: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """The issue as the head of each form shows it."""

    code: str
    title: str
    place: str
    level: Level
    item: Named
    district: Named
    street: Named
    community: str
    grid: str
    opened_at: datetime
    zone: timezone
    """Instants on paper are the district's."""


@dataclass(frozen=True, slots=True)
class Telling:
    """A report as the slip cites it; the reporter masked as everywhere."""

    source: ReportSource
    at: datetime
    words: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Part:
    """Where the department's part stands."""

    status: AssignmentStatus
    accepted_at: datetime | None
    on_site_at: datetime | None
    done_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallSlip:
    """呼叫单."""

    matter: Matter
    departments: tuple[Named, ...]
    """Who is called; several where the street thinks several concerned."""
    caller: str
    """Who called, to those who see people."""
    demand: str
    called_at: datetime
    tellings: tuple[Telling, ...] = ()
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A criterion of the sheet, its full points, and what was given; None while nobody has."""

    name: Named
    full: int
    points: int | None = None


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """评议表: filled in where it was scored, else ready to be."""

    matter: Matter
    department: Named
    part: Part
    lines: tuple[Line, ...]
    total: int | None = None
    comment: str = ""
    signers: tuple[str, ...] = field(default_factory=tuple)
    """Names, to those who see people."""
    reviewed_at: datetime | None = None
    changed_to: int | None = None
    """What counts instead, where an appeal changed it."""


async def call_slip(call: UUID, viewer: Viewer) -> CallSlip | None:
    """The slip of a call that `viewer` sees."""
    (row,) = await pages.by_id(shapes.CALL, viewer, [call])
    if row is None:
        return None
    part = await db.row("SELECT * FROM assignments WHERE call_id = $1 ORDER BY offered_at LIMIT 1", call)
    caller = await db.value("SELECT person_id FROM posts WHERE id = $1", row["post_id"])
    return CallSlip(
        matter=await _matter(row["issue_id"]),
        departments=await _called(call),
        caller="、".join(await _people([caller] if caller else [], viewer)),
        demand=row["demand"],
        called_at=row["called_at"],
        tellings=await _tellings(row["issue_id"], viewer),
        part=part and _part(part),
    )


async def score_sheet(assignment: UUID, viewer: Viewer) -> ScoreSheet | None:
    """The sheet of a department's part that `viewer` sees; None for a part that nobody reviews."""
    (row,) = await pages.by_id(shapes.ASSIGNMENT, viewer, [assignment])
    if row is None or row["department_id"] is None:
        return None
    given = await db.row("SELECT * FROM scorecards WHERE assignment_id = $1", assignment)
    rulebook = await cases.rulebook(
        await db.value("SELECT rulebook_id FROM issues WHERE id = $1", row["issue_id"])
    )
    scores: Mapping[str, int] = given["scores"] if given else {}
    return ScoreSheet(
        matter=await _matter(row["issue_id"]),
        department=await _department(row["department_id"]),
        part=_part(row),
        lines=tuple(Line(Named(c.zh, c.en), c.points, scores.get(c.key.value)) for c in rulebook.review),
        total=given and given["total"],
        comment=(given and given["comment"]) or "",
        signers=tuple(await _people(given["signers"] if given else [], viewer)),
        reviewed_at=given and given["reviewed_at"],
        changed_to=await db.value(
            "SELECT total FROM appeals WHERE assignment_id = $1 AND outcome = 'CHANGED'", assignment
        ),
    )


async def _matter(issue: UUID) -> Matter:
    row = await db.row(ISSUE, issue)
    if row is None:
        raise LookupError(f"no issue {issue}")
    calendar = (await cases.rulebook(row["rulebook_id"])).calendar
    return Matter(
        code=row["code"],
        title=row["title"],
        place=row["place"],
        level=Level(row["level"]),
        item=Named(row["item_zh"], row["item_en"]),
        district=Named(row["district_zh"], row["district_en"]),
        street=Named(row["street_zh"], row["street_en"]),
        community=row["community_zh"] or "",
        grid=row["grid"] or "",
        opened_at=row["opened_at"],
        zone=timezone(timedelta(minutes=calendar.utc_offset_minutes)),
    )


async def _called(call: UUID) -> tuple[Named, ...]:
    sql = """SELECT d.name_zh, d.name_en FROM calls c
        CROSS JOIN unnest(CASE WHEN c.concerned = '{}' THEN ARRAY[c.department_id] ELSE c.concerned END)
            WITH ORDINALITY AS named (id, place)
        JOIN departments d ON d.id = named.id WHERE c.id = $1 ORDER BY named.place"""
    return tuple(Named(row["name_zh"], row["name_en"]) for row in await db.rows(sql, call))


async def _department(key: UUID) -> Named:
    row = await db.row("SELECT name_zh, name_en FROM departments WHERE id = $1", key)
    return Named(row["name_zh"], row["name_en"]) if row else Named("")


async def _people(people: list[UUID], viewer: Viewer) -> list[str]:
    return [row["name"] for row in await pages.by_id(shapes.PERSON, viewer, people) if row is not None]


async def _tellings(issue: UUID, viewer: Viewer) -> tuple[Telling, ...]:
    binds = Binds()
    mine = f"x.issue_id = {binds.add(issue)} AND {guard_condition(shapes.REPORT.guard, viewer, binds)}"
    rows = await db.rows(
        f"SELECT {shapes.REPORT.listed()} FROM reports x WHERE {mine} ORDER BY x.reported_at, x.id",
        *binds.values,
    )
    (known,) = await facts.issue_facts([issue])
    return tuple(_telling(row, known is None or _masked(row, viewer, known)) for row in rows)


def _masked(row: Any, viewer: Viewer, known: IssueFacts) -> bool:
    # Of several reporters each is shown to themselves, not to one another.
    told_by = frozenset([row["reporter_id"]] if row["reporter_id"] else [])
    return access.masks_reporter(viewer, replace(known, reporters=told_by))


def _telling(row: Any, masked: bool) -> Telling:
    name, phone = row["reporter_name"] or "", row["reporter_phone"] or ""
    return Telling(
        source=ReportSource(row["source"]),
        at=row["reported_at"],
        words=row["description"],
        name=access.mask_name(name) if masked else name,
        phone=access.mask_phone(phone) if masked else phone,
    )


def _part(row: Any) -> Part:
    return Part(
        status=AssignmentStatus(row["status"]),
        accepted_at=row["accepted_at"],
        on_site_at=row["on_site_at"],
        done_at=row["done_at"],
        due_at=row["due_at"],
    )
