"""Who holds which post where: for signing tokens, and for telling who there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.policy.access import Post, Viewer
from models.queries import db
from models.terms import Role


@dataclass(frozen=True)
class PostAsked:
    """Which posts are looked for; a part left out matches every post."""

    subject: str | None = None
    role: Role | None = None
    district: str | None = None
    """Key."""
    street: str | None = None
    """Name in either language, or code."""
    community: str | None = None
    grid: str | None = None
    """Code."""
    department: str | None = None
    """Name in either language, or key."""


@dataclass(frozen=True)
class PostHeld:
    """One post, its holder, and the names of where it is held."""

    subject: str
    person: UUID
    name: str
    post: Post
    place_zh: str
    place_en: str

    @property
    def viewer(self) -> Viewer:
        """Whoever holds it, in this post alone."""
        return Viewer(self.subject, self.person, (self.post,))


FOUND = """
    SELECT o.id, o.role, o.head, o.district_id, o.street_id, o.community_id, o.grid_id, o.department_id,
        p.id AS person_id, p.subject, p.name,
        coalesce(m.name_zh, g.code, c.name_zh, s.name_zh, d.name_zh) AS place_zh,
        coalesce(m.name_en, g.code, c.name_en, s.name_en, d.name_en) AS place_en
    FROM posts o
    JOIN people p ON p.id = o.person_id
    JOIN districts d ON d.id = o.district_id
    LEFT JOIN streets s ON s.id = o.street_id
    LEFT JOIN communities c ON c.id = o.community_id
    LEFT JOIN grids g ON g.id = o.grid_id
    LEFT JOIN departments m ON m.id = o.department_id
    WHERE ($1::text IS NULL OR p.subject = $1)
        AND ($2::text IS NULL OR o.role = $2)
        AND ($3::text IS NULL OR d.key = $3)
        AND ($4::text IS NULL OR $4 IN (s.name_zh, s.name_en, s.code))
        AND ($5::text IS NULL OR $5 IN (c.name_zh, c.name_en, c.code))
        AND ($6::text IS NULL OR g.code = $6)
        AND ($7::text IS NULL OR $7 IN (m.name_zh, m.name_en, m.key))
    ORDER BY o.role, d.key, o.head DESC, p.subject
"""


async def posts(asked: PostAsked) -> list[PostHeld]:
    """The posts that match, by role and district, heads first."""
    found = await db.rows(
        FOUND,
        asked.subject,
        asked.role and asked.role.value,
        asked.district,
        asked.street,
        asked.community,
        asked.grid,
        asked.department,
    )
    return [_held(row) for row in found]


def _held(row: Any) -> PostHeld:
    return PostHeld(
        row["subject"],
        row["person_id"],
        row["name"],
        Post(
            id=row["id"],
            role=Role(row["role"]),
            head=row["head"],
            district=row["district_id"],
            street=row["street_id"],
            community=row["community_id"],
            grid=row["grid_id"],
            department=row["department_id"],
        ),
        row["place_zh"],
        row["place_en"],
    )
