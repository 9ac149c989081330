"""Near duplicates in the database: every one within the threshold is found, and quickly among a million."""

from __future__ import annotations

import time
from random import Random
from statistics import median
from uuid import UUID, uuid4

import pytest

from models.policy.evidence.looks import COARSE_NEAR, WORD, Look, bands, coarse_apart
from models.queries import db, looks
from models.terms import derived_id

MANY = 1_000_000
SCAN = "SELECT id FROM evidence_looks WHERE bit_count((coarse # $1)::bit(64)) <= $2"


def signed(plain: int) -> int:
    return plain - (1 << 64) if plain >= 1 << 63 else plain


def flipped(coarse: int, bits: list[int]) -> int:
    for bit in bits:
        coarse ^= 1 << bit
    return signed(coarse & WORD)


async def picture(chance: Random) -> UUID:
    """A row that looks can belong to."""
    issue = await db.row("SELECT id FROM issues LIMIT 1")
    if issue is None:
        made = uuid4()
        await db.execute(
            """
            INSERT INTO issues (id, code, district_id, street_id, item_id, rulebook_id, calendar_version,
                source, title, place, search, level, stage, opened_at, updated_at, seq)
            SELECT $1, $2, s.district_id, s.id, t.id, t.rulebook_id, 'c', 'PATROL', 't', 'p', '{}', 'SIMPLE',
                'FILED', now(), now(), 1
            FROM streets s JOIN rulebooks r ON r.district_id = s.district_id
            JOIN items t ON t.rulebook_id = r.id LIMIT 1
            """,
            made,
            f"L-{made.hex[:16]}",
        )
        issue = {"id": made}
    photo = derived_id("look", chance.random())
    await db.execute(
        """
        INSERT INTO evidence (id, issue_id, kind, status, object_key, content_type, size, sha256,
            announced_at)
        VALUES ($1, $2, 'NEAR', 'DELETED', $3, 'image/jpeg', 1, $4, now())
        """,
        photo,
        issue["id"],
        f"look/{photo}",
        "0" * 64,
    )
    return photo


def look(chance: Random, window: int = 0) -> Look:
    return Look(window, signed(chance.getrandbits(64)), chance.randbytes(32))


async def test_what_is_near_is_found_by_either_side_and_nothing_else(database: str) -> None:
    chance = Random("looks")
    one, other = await picture(chance), await picture(chance)
    whole, part = look(chance), look(chance, 3)
    async with db.transaction() as connection:
        await looks.keep(connection, one, [whole, part])
        await looks.keep(connection, other, [look(chance), look(chance, 3)])
    near = Look(0, flipped(whole.coarse, [0, 9, 17, 30, 41, 55, 63]), whole.fine)
    assert await looks.near([near]) == {one: 0}
    inside = Look(0, part.coarse, bytes([part.fine[0] ^ 7, *part.fine[1:]]))
    assert await looks.near([inside]) == {one: 3}
    around = Look(5, whole.coarse, whole.fine)
    assert await looks.near([around]) == {one: 0}
    assert await looks.near([Look(5, part.coarse, part.fine)]) == {}  # two windows are no picture
    assert await looks.near([Look(0, whole.coarse, look(chance).fine)]) == {}  # near at a glance alone
    async with db.transaction() as connection:
        await looks.forget(connection, one)
    assert await looks.near([near]) == {}
    async with db.transaction() as connection:
        await looks.forget(connection, other)


@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        pytest.param(20_000, 40, id="20000"),
        pytest.param(MANY, 2000, id="1000000", marks=pytest.mark.prove),
    ],
)
async def test_a_look_up_finds_what_a_scan_finds_by_the_index_alone(
    database: str, rows: int, asked: int
) -> None:
    """`rows` hashes, drawn so that some are near others; each question is answered as a linear scan does.

    That it takes milliseconds is shown where there are many: beside other tests a busy moment would decide.
    """
    chance = Random(f"looks/{rows}")
    photo = await picture(chance)
    kept = await filled(photo, chance, rows)
    try:
        questions = [
            flipped(chance.choice(kept), chance.sample(range(64), chance.randint(0, 9))) for _ in range(asked)
        ]
        await answered(questions[:50])  # what a server that runs has in its memory
        indexed = [await answered([question]) for question in questions]
        scanned = [await scan(question) for question in questions[: max(asked // 50, 20)]]
        for question, (found, _) in zip(questions, indexed, strict=True):
            assert all(coarse_apart(question, coarse) <= COARSE_NEAR for coarse in found)
        for (found, _), (everything, _) in zip(indexed, scanned, strict=False):
            assert found == everything
        times, scans = sorted(t for _, t in indexed), sorted(t for _, t in scanned)
        p99 = times[int(len(times) * 0.99)]
        print(
            f"\n{rows:,} hashes of 64 bits, all within {COARSE_NEAR} bits; {asked:,} questions, one by one\n"
            f"  four bands of 16 bits, 17 neighbours each, index alone: p50 {median(times):.2f} ms, "
            f"p99 {p99:.2f} ms, most {times[-1]:.2f} ms\n"
            f"  linear scan of the same table: p50 {median(scans):.1f} ms, most {scans[-1]:.1f} ms "
            f"({len(scans)} questions, answers equal)"
        )
        steps = [
            row[0] for row in await looks._rows(f"EXPLAIN {looks.AMONG_ALL}", wanted(questions[:1]), None)
        ]
        assert [step for step in steps if "Seq Scan on evidence_looks" in step] == [], "\n".join(steps)
        assert rows < MANY or p99 < 20  # beside other work on two cores; docs/evidence.md has the figures
    finally:
        async with db.transaction() as connection:
            await looks.forget(connection, photo)


async def filled(photo: UUID, chance: Random, rows: int) -> list[int]:
    """Looks of one picture; a tenth near another, as retakes are. Left as a vacuum leaves them."""
    kept: list[int] = []
    for start in range(0, rows, 50_000):
        batch = []
        for _ in range(min(50_000, rows - start)):
            if kept and chance.random() < 0.1:
                batch.append(flipped(chance.choice(kept), chance.sample(range(64), chance.randint(1, 12))))
            else:
                batch.append(signed(chance.getrandbits(64)))
        kept += batch
        async with db.pool().acquire() as connection:
            await connection.copy_records_to_table(
                "evidence_looks",
                records=[(photo, 0, coarse, b"\0" * 32, *bands(coarse)) for coarse in batch],
                columns=["evidence_id", "window", "coarse", "fine", "band0", "band1", "band2", "band3"],
            )
    async with db.pool().acquire() as connection:
        await connection.execute("VACUUM (ANALYZE) evidence_looks", timeout=300)
    return kept


def wanted(questions: list[int]) -> list[Look]:
    return [Look(0, question, b"\0" * 32) for question in questions]


async def answered(questions: list[int]) -> tuple[set[int], float]:
    """The coarse hashes near one of these, and how long it took in milliseconds."""
    began = time.perf_counter()
    rows = await looks._rows(looks.AMONG_ALL, wanted(questions), None)
    return {row["coarse"] for row in rows}, (time.perf_counter() - began) * 1000


async def scan(question: int) -> tuple[set[int], float]:
    began = time.perf_counter()
    rows = await db.rows(SCAN.replace("SELECT id", "SELECT coarse"), question, COARSE_NEAR)
    return {row["coarse"] for row in rows}, (time.perf_counter() - began) * 1000
