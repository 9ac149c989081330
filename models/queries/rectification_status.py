"""What residents may see of rectification: counts by community, nothing of anybody."""

from __future__ import annotations

from models.queries import db
from models.queries.db import Row


async def by_community(district: str, code: str) -> list[Row]:
    """How many items of a round that were issued stand where, by community; one statement."""
    return await db.rows(
        """
        SELECT n.street_id, n.community_id, n.status, count(*)::int AS count,
            count(*) FILTER (WHERE n.round > 0)::int AS reopened
        FROM negative_items n JOIN surveys s ON s.id = n.survey_id JOIN districts d ON d.id = s.district_id
            JOIN streets t ON t.id = n.street_id LEFT JOIN communities c ON c.id = n.community_id
        WHERE d.key = $1 AND s.code = $2 AND n.status <> 'DRAFT'
        GROUP BY n.street_id, n.community_id, n.status, t.code, c.code
        ORDER BY t.code, c.code NULLS FIRST, n.status
        """,
        district,
        code,
    )
