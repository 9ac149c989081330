"""Near duplicates: pictures whose hashes are close; bands of the coarse hash find them, the fine one decides.

Every kept window is compared with the whole of what is looked for, and every window of it with the wholes
that are kept: one picture is then found inside the other, whichever was sent first.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from models.policy.evidence.looks import (
    BANDS,
    COARSE_NEAR,
    FINE_NEAR,
    WHOLE,
    Look,
    apart,
    bands,
    coarse_apart,
    neighbours,
)
from models.queries import db

ONE_BAND = """
    SELECT l.id FROM unnest($1::bigint[], ${value}::int[]) AS q(coarse, value)
    JOIN evidence_looks l ON l.band{band} = q.value {wholes}
    WHERE bit_count((l.coarse # q.coarse)::bit(64)) <= $2
"""
NEAR = """
    SELECT DISTINCT k.evidence_id, k."window", k.coarse, k.fine
    FROM ({found}) f JOIN evidence_looks k ON k.id = f.id
"""


def _statement(wholes: str) -> str:
    found = " UNION ".join(ONE_BAND.format(band=band, value=band + 3, wholes=wholes) for band in range(BANDS))
    return NEAR.format(found=found)


AMONG_ALL = _statement("")
AMONG_WHOLES = _statement(f'AND l."window" = {WHOLE}')


async def near(looks: Sequence[Look], connection: asyncpg.Connection | None = None) -> dict[UUID, int]:
    """Accepted pictures that are the same or nearly, with the number of fine bits in which they differ."""
    wholes = [look for look in looks if look.window == WHOLE]
    parts = [look for look in looks if look.window != WHOLE]
    found: dict[UUID, int] = {}
    for statement, asked in ((AMONG_ALL, wholes), (AMONG_WHOLES, parts)):
        if not asked:
            continue
        rows = await _rows(statement, asked, connection)
        for row in rows:
            closest = min(
                apart(look.fine, row["fine"])
                for look in asked
                if coarse_apart(look.coarse, row["coarse"]) <= COARSE_NEAR
            )
            if closest <= FINE_NEAR:
                key = row["evidence_id"]
                found[key] = min(closest, found.get(key, closest))
    return found


async def _rows(
    statement: str, looks: Sequence[Look], connection: asyncpg.Connection | None
) -> Sequence[db.Row]:
    """Each look is sought under the neighbours of each of its bands."""
    coarse = [look.coarse for look in looks for _ in neighbours(0)]
    values = [
        [value for look in looks for value in neighbours(bands(look.coarse)[band])] for band in range(BANDS)
    ]
    if connection is None:
        return await db.rows(statement, coarse, COARSE_NEAR, *values)
    found: list[db.Row] = await connection.fetch(statement, coarse, COARSE_NEAR, *values)
    return found


async def keep(connection: asyncpg.Connection, photo: UUID, looks: Sequence[Look]) -> None:
    """Puts the windows of an accepted picture on record."""
    await connection.execute(
        """
        INSERT INTO evidence_looks (evidence_id, "window", coarse, fine, band0, band1, band2, band3)
        SELECT $1, * FROM unnest($2::smallint[], $3::bigint[], $4::bytea[], $5::int[], $6::int[], $7::int[],
            $8::int[])
        """,
        photo,
        [look.window for look in looks],
        [look.coarse for look in looks],
        [look.fine for look in looks],
        *([bands(look.coarse)[band] for look in looks] for band in range(BANDS)),
    )


async def forget(connection: asyncpg.Connection, photo: UUID) -> None:
    """Of a photo that was deleted nothing is recognised any more."""
    await connection.execute("DELETE FROM evidence_looks WHERE evidence_id = $1", photo)
