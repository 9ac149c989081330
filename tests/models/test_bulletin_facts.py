"""Bulletins from the real database: what belongs to a month, frozen, and worked out again later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from models.policy.bulletin.period import month, period
from models.queries import bulletins, db
from models.rulebooks import codec
from models.rulebooks.loader import load
from models.terms import BulletinKind, Criterion
from tests.api.ground import insert
from tests.models.register import LATER, Register, day, shown

MARCH, APRIL = month(2026, 3), month(2026, 4)


COUNTER = iter(range(1000))


@pytest_asyncio.fixture
async def register(database: str) -> Register:
    found = await Register.laid(f"K{next(COUNTER)}")
    await found.street("s1")
    await found.community("c1", "s1")
    book = load("jinjiang").rulebook
    await db.execute("UPDATE rulebooks SET body = $2 WHERE id = $1", found["rulebook"], codec.to_json(book))
    return found


async def test_a_dispatch_belongs_to_the_month_it_was_offered_in(register: Register) -> None:
    due = day("03-20")
    await register.handled("on time", day("03-02"), day("03-19"), due)
    await register.handled("late", day("03-02"), day("03-20"), due)
    await register.handled("last minute", day("03-31", "23:59"), None, day("04-09"))
    await register.handled("february", day("02-28"), day("03-19"), due)
    await register.handled("april", day("04-01", "00:00"), day("04-02"), day("04-09"))
    await register.part("never accepted", day("03-03"))
    await register.owed("never accepted", "ACCEPT", day("03-03"), None, day("03-04"))
    found = await register.published(MARCH)
    row = shown(found[BulletinKind.DEPARTMENTS], "water")
    assert {key: row[key] for key in ("dispatched", "done_on_time", "done_late", "not_done")} == {
        "dispatched": "4",
        "done_on_time": "1",
        "done_late": "1",
        "not_done": "2",
    }
    assert (row["accepted_on_time"], row["reported_in_on_time"]) == ("3", "3")
    assert (row["closing_rate"], row["on_time_closing_rate"]) == ("50.00", "25.00")
    assert shown(found[BulletinKind.DEPARTMENTS], "lighting")["closing_rate"] == ""


async def test_returns_count_by_how_they_were_adjudicated(register: Register) -> None:
    outcomes = {"upheld": "UPHELD", "rejected": "REJECTED", "solve first": "SOLVE_FIRST"}
    for issue, outcome in outcomes.items():
        await register.part(issue, day("03-02"))
        await register.owed(issue, "ACCEPT", day("03-02"), day("03-02", "11:00"), day("03-02", "14:00"))
        named = {"named_id": register["lighting"]} if outcome == "SOLVE_FIRST" else {}
        await register.returned(issue, day("03-02", "11:00"), outcome, day("03-03"), **named)
        call = await register.call(issue, "s1", "water")
        await db.execute("UPDATE calls SET called_at = $2 WHERE id = $1", call, day("03-02"))
        await db.execute("UPDATE assignments SET call_id = $2 WHERE issue_id = $1", register[issue], call)
    await register.owed("rejected", "ACCEPT", day("03-03"), day("03-03", "11:00"), day("03-03", "14:00"))
    found = await register.published(MARCH)
    row = shown(found[BulletinKind.DEPARTMENTS], "water")
    assert row["dispatched"] == "3"
    assert row["accurately_dispatched"] == "2"
    assert row["not_done"] == "1", "what was given to others is neither done nor not done"
    assert row["accepted_on_time"] == "1", "a return ends the time to accept without accepting"
    assert shown(found[BulletinKind.STREETS], "s1") == {
        "calls": "3",
        "not_misdirected": "2",
        "call_accuracy": "66.67",
    }


async def test_a_part_that_is_offered_again_keeps_its_month(register: Register) -> None:
    """Returned in March, sent back by the office in April: the row then says when it was offered last."""
    await register.part("again", day("03-31"))
    await register.owed("again", "ACCEPT", day("03-31"), day("03-31", "11:00"), day("03-31", "14:00"))
    await register.returned("again", day("03-31", "11:00"), "REJECTED", day("04-01"))
    march = (await register.published(MARCH))[BulletinKind.DEPARTMENTS]
    await register.owed("again", "ACCEPT", day("04-01"), day("04-01", "11:00"), day("04-01", "14:00"))
    await register.owed("again", "HANDLE", day("04-01"), day("04-09"), day("04-10"))
    await db.execute(
        "UPDATE assignments SET offered_at = $2 WHERE id = $1", register["again by water"], day("04-01")
    )
    april = (await register.published(APRIL))[BulletinKind.DEPARTMENTS]
    assert (shown(march, "water")["dispatched"], shown(april, "water")["dispatched"]) == ("1", "0")
    await _unchanged(register, MARCH)


async def test_a_time_that_was_ended_by_a_return_is_none_of_handling(register: Register) -> None:
    await register.part("planned", day("03-02"))
    await register.owed("planned", "HANDLE", day("03-03"), day("03-04"), day("03-20"), status="CANCELLED")
    await register.owed("planned", "HANDLE", day("03-05"), day("03-09"), day("03-20"))
    row = shown((await register.published(MARCH))[BulletinKind.DEPARTMENTS], "water")
    assert (row["done_on_time"], row["reworked"]) == ("1", "0")


async def test_a_rework_counts_once_and_is_late_where_any_time_ran_out(register: Register) -> None:
    await register.handled("sent back", day("03-02"), day("03-05"), day("03-20"))
    await register.owed("sent back", "HANDLE", day("03-06"), day("03-30"), day("03-25"))
    await register.handled("still at it", day("03-02"), day("03-05"), day("03-20"))
    await register.owed("still at it", "HANDLE", day("03-06"), None, day("03-25"))
    row = shown((await register.published(MARCH))[BulletinKind.DEPARTMENTS], "water")
    assert (row["done_on_time"], row["done_late"], row["not_done"], row["reworked"]) == ("0", "1", "1", "2")


async def test_what_was_cancelled_was_not_dispatched(register: Register) -> None:
    await register.handled("cancelled", day("03-02"), None, day("03-20"))
    await db.execute(
        "UPDATE issues SET stage = 'CANCELLED', closed_at = $2 WHERE id = $1",
        register["cancelled"],
        day("03-05"),
    )
    assert shown((await register.published(MARCH))[BulletinKind.DEPARTMENTS], "water")["dispatched"] == "0"


async def test_a_part_that_was_handed_over_is_the_receiver_s(register: Register) -> None:
    await register.handled("moved", day("03-02"), None, day("03-20"))
    await _handed_over(register, "moved", day("03-05"))
    document = (await register.published(MARCH))[BulletinKind.DEPARTMENTS]
    assert (shown(document, "water")["dispatched"], shown(document, "lighting")["dispatched"]) == ("0", "1")


async def _handed_over(register: Register, issue: str, at: datetime) -> None:
    await insert(
        "handovers",
        id=uuid4(),
        issue_id=register[issue],
        assignment_id=register[f"{issue} by water"],
        status="ACCEPTED",
        giver_kind="DEPARTMENT",
        giver_id=register["water"],
        receiver_kind="DEPARTMENT",
        receiver_id=register["lighting"],
        reason="职责划转",
        offered_at=at,
        answered_at=at,
    )
    await db.execute(
        "UPDATE assignments SET department_id = $2, unit_id = $2 WHERE issue_id = $1",
        register[issue],
        register["lighting"],
    )


async def test_ratings_belong_to_the_month_they_were_given_in(register: Register) -> None:
    await register.handled("rated", day("02-02"), day("02-19"), day("02-20"))
    await register.rated("rated", "SATISFIED", day("02-28"))
    await register.rated("rated", "DISSATISFIED", day("03-01"), 1)
    await register.rated("rated", "UNREACHED", day("03-02"), 2)
    row = shown((await register.published(MARCH))[BulletinKind.DEPARTMENTS], "water")
    assert (row["rated"], row["dissatisfied"], row["dissatisfied_rate"]) == ("1", "1", "100.00")


async def _owed_review(register: Register, issue: str, breached: datetime) -> None:
    await register.handled(issue, day("02-02"), day("02-19"), day("02-20"))
    owed = await register.owed(issue, "REVIEW", day("02-20"), None, breached)
    await register.breached(issue, owed, breached)


async def test_a_review_counts_in_the_month_it_was_signed_and_is_missing_in_that_it_was_owed(
    register: Register,
) -> None:
    await _owed_review(register, "signed late", day("03-10"))
    await register.reviewed("signed late", 20, day("04-02"))
    await _owed_review(register, "signed after all", day("03-10"))
    await register.reviewed("signed after all", 18, day("03-30"))
    await _owed_review(register, "never", day("03-31", "23:59"))
    march = (await register.published(MARCH))[BulletinKind.REVIEWS]
    april = (await register.published(APRIL))[BulletinKind.REVIEWS]
    assert (shown(march, "water")["process"], shown(april, "water")["process"]) == ("90.00", "100.00")
    missing = [row["figures"]["process"]["missing"] for row in (march["rows"][0], april["rows"][0])]
    assert missing == [2, 0]


async def test_the_year_takes_months_and_sheets_seven_to_three(register: Register) -> None:
    for n, (issue, points) in enumerate((("first", 20), ("second", 17)), 1):
        await register.handled(issue, day("01-05"), day("01-09"), day("01-20"))
        await register.reviewed(issue, points, day(f"0{n}-28"))
    for number, score in (("1", "70.5"), ("2", "80"), ("3", "10")):
        await insert(
            "score_sheets",
            id=uuid4(),
            district_id=register["district"],
            year=2026,
            number=number,
            department_id=register["water"],
            community_id=register["c1"],
            rater="RESIDENT",
            score=score,
            entered_at=day("12-01"),
            withdrawn_at=day("12-02") if number == "3" else None,
        )
    over = datetime(2027, 1, 20, tzinfo=UTC)
    with pytest.raises(bulletins.NotOverError):
        await bulletins.publish(register["district"], period("2026"), day("12-31", "23:59"))
    document = (await register.published(period("2026"), over))[BulletinKind.ANNUAL]
    assert shown(document, "water") == {"process": "92.50", "opinion": "75.25", "annual": "87.33"}  # 87.325
    await _unchanged(register, period("2026"))


async def test_a_review_that_is_owed_no_more_is_not_missing(register: Register) -> None:
    """A dissatisfied reporter reopened the issue: its review is owed after the next verification."""
    await _owed_review(register, "reopened", day("03-10"))
    await db.execute(
        "UPDATE duties SET status = 'CANCELLED', closed_at = $2 WHERE issue_id = $1 AND kind = 'REVIEW'",
        register["reopened"],
        day("03-11"),
    )
    await register.reviewed("reopened", 20, day("04-20"))
    document = (await register.published(MARCH))[BulletinKind.REVIEWS]
    assert {row["figures"]["process"]["missing"] for row in document["rows"]} == {0}


# Frozen -------------------------------------------------------------------------------------------


async def _bodies(register: Register, of) -> dict[UUID, bytes]:
    sql = "SELECT id, body FROM bulletins WHERE district_id = $1 AND period = $2"
    return {row["id"]: row["body"] for row in await db.rows(sql, register["district"], of.name)}


async def _unchanged(register: Register, of) -> None:
    frozen = await _bodies(register, of)
    assert frozen
    for key, body in frozen.items():
        assert await bulletins.recomputed(key) == body


async def test_whatever_happens_later_a_month_comes_to_the_same_bytes(register: Register) -> None:
    await register.handled("open", day("03-02"), None, day("03-20"))
    await register.handled("done", day("03-02"), day("03-19"), day("03-20"))
    await register.part("offered", day("03-30"))
    await register.owed("offered", "ACCEPT", day("03-30"), None, day("03-30", "14:00"))
    await _owed_review(register, "review", day("03-10"))
    await register.reviewed("done", 20, day("03-25"))
    await register.published(MARCH)
    frozen = await _bodies(register, MARCH)
    assert len(frozen) == 3
    await _unchanged(register, MARCH)
    ids = (register["open by water"], day("04-02"))
    close = "UPDATE duties SET closed_at = $2, status = 'FULFILLED' WHERE closed_at IS NULL"
    await db.execute(f"{close} AND assignment_id = $1", *ids)
    await db.execute("UPDATE assignments SET done_at = $2, status = 'DONE' WHERE id = $1", *ids)
    await register.owed("done", "HANDLE", day("04-03"), None, day("04-20"))
    await register.returned("offered", day("04-01", "00:00"), "UPHELD", day("04-01", "11:00"))
    await register.rated("done", "DISSATISFIED", day("04-01", "00:00"))
    await register.reviewed("review", 5, day("04-02"))
    await _handed_over(register, "open", day("04-05"))
    await insert(
        "appeals",
        id=uuid4(),
        issue_id=register["done"],
        assignment_id=register["done by water"],
        scorecard_id=register["scorecard of done"],
        department_id=register["water"],
        seq=1,
        grounds="分数有误",
        appealed_at=day("03-26"),
        outcome="CHANGED",
        scores=dict.fromkeys((criterion.value for criterion in Criterion), 10),
        total=50,
        decided_at=day("04-01"),
    )
    for issue in ("open", "review"):
        await db.execute(
            "UPDATE issues SET stage = 'CANCELLED', closed_at = $2 WHERE id = $1",
            register[issue],
            day("04-06"),
        )
    await db.execute("UPDATE departments SET name_zh = '改名局' WHERE id = $1", register["water"])
    await _unchanged(register, MARCH)
    again = await bulletins.publish(register["district"], MARCH, LATER + timedelta(days=30))
    assert set(again) == set(frozen)
    assert await _bodies(register, MARCH) == frozen


async def test_a_month_that_is_not_over_is_not_published(register: Register) -> None:
    with pytest.raises(bulletins.NotOverError):
        await bulletins.publish(register["district"], MARCH, day("03-31", "23:59"))
    assert not await _bodies(register, MARCH)
    assert len(await bulletins.publish(register["district"], MARCH, day("04-01", "00:00"))) == 3


async def test_a_district_whose_rulebook_makes_no_table_publishes_none(register: Register) -> None:
    bare = await Register.laid(f"K{next(COUNTER)}")
    body = {key: value for key, value in codec.to_json(load("jinjiang").rulebook).items() if key != "schemes"}
    await db.execute("UPDATE rulebooks SET body = $2 WHERE id = $1", bare["rulebook"], body)
    with pytest.raises(bulletins.NoRulesError):
        await bulletins.publish(bare["district"], MARCH, LATER)
