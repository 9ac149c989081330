"""Rules changed by command: a version added, tried on closed cases, activated; a notice imported."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.ids import global_id
from models.queries import calendars, db, loading
from models.rulebooks.geography import district_id
from models.rulebooks.loader import load
from models.rulebooks.official import CALENDARS
from models.terms import Role
from tests.commands.desk import Desk, fresh_key
from tests.commands.ledger import nothing_written, settled
from tests.commands.rounds import Round
from tests.commands.test_batches import choice, due, ended, handling, start

DISTRICT = global_id("District", district_id("jinjiang"))
DRY_RUN = """query($input: RehearsalInput!) { rulebookDryRun(input: $input) { __typename
  ... on RulebookRehearsal { version closed rehearsed breached relieved climbed settled elsewhere
    cases { issue { id } duties { kind change percentBefore percentAfter rule dueAt target }
            route { listed level levelBefore departments departmentsBefore } } }
  ... on Problem { code message field }
  ... on RulebookProblem { mistakes { line column message } } } }"""


def version() -> str:
    return f"2026.9-{uuid4().hex[:6]}"


def yaml(number: str, more: str = "") -> str:
    return f'extends: jinjiang\nversion: "{number}"\n{more}'


async def do(desk: Desk, who: Any, name: str, success: str, fields: str, **given: Any) -> dict[str, Any]:
    kind = name[0].upper() + name[1:] + "Input"
    more = "... on RulebookProblem { mistakes { line column message } }"
    document = (
        f"mutation($input: {kind}!) {{ result: {name}(input: $input) {{ __typename "
        f"... on {success} {{ {fields} }} ... on Problem {{ code message field }} "
        f"{'' if name == 'activateRulebook' else more} }} }}"
    )
    return (await desk.ask(document, who, input={"idempotencyKey": fresh_key(), **given}))["result"]


async def add(desk: Desk, who: Any, text: str, **more: Any) -> dict[str, Any]:
    fields = "rulebook { id version active items { totalCount } }"
    given = {"district": DISTRICT, "yaml": text, **more}
    return await do(desk, who, "addRulebookVersion", "RulebookVersionAdded", fields, **given)


async def activate(desk: Desk, who: Any, book: str) -> dict[str, Any]:
    fields = "rulebook { id active }"
    return await do(desk, who, "activateRulebook", "RulebookActivated", fields, rulebook=book)


async def import_calendar(desk: Desk, who: Any, text: str) -> dict[str, Any]:
    fields = "calendar { id version officialUntil }"
    given = {"district": DISTRICT, "yaml": text}
    return await do(desk, who, "importCalendar", "CalendarImported", fields, **given)


@pytest.fixture
async def office(desk: Desk) -> Any:
    return await desk.who(role=Role.RESPONSE_OFFICE)


@pytest.fixture
async def as_before() -> AsyncIterator[None]:
    """The shipped rulebook and calendar are the current ones again afterwards."""
    yield
    await db.execute("UPDATE calendars SET active = false, imported = false")
    for name in ("jinjiang", "gulou"):
        await loading.store(load(name), datetime.now(UTC))


async def test_a_version_is_added_for_nobody_and_activated_for_new_cases(desk, office, as_before):
    number = version()
    key = fresh_key()
    text = yaml(number, "limits:\n  GENERAL: {handle: 5 d}\n")
    added = await add(desk, office, text, idempotencyKey=key)
    book = added["rulebook"]
    assert (book["version"], book["active"]) == (number, False)
    assert book["items"]["totalCount"] > 30
    assert (await add(desk, office, text, idempotencyKey=key))["rulebook"]["id"] == book["id"]
    other = await add(desk, office, yaml(number, "limits:\n  GENERAL: {handle: 6 d}\n"))
    assert (other["code"], other["field"]) == ("INVALID_INPUT", "input.yaml")
    before = await Round(desk).begin()
    assert (await activate(desk, office, book["id"]))["rulebook"] == {"id": book["id"], "active": True}
    after = await Round(desk).begin()
    assert (await after.shown("rulebook { id }", office))["rulebook"]["id"] == book["id"]
    assert (await before.shown("rulebook { id }", office))["rulebook"]["id"] != book["id"]


async def test_every_mistake_of_a_text_is_named_with_its_place(desk, office):
    await settled()
    async with nothing_written():
        found = await add(desk, office, yaml("2026.9", "limits:\n  GENERAL: {handle: soon}\nladder: 1\n"))
        assert (found["__typename"], found["code"]) == ("RulebookProblem", "INVALID_INPUT")
        assert [(one["line"], one["column"]) for one in found["mistakes"]] == [(4, 21), (5, 1)]
        assert "soon" in found["mistakes"][0]["message"]
        for text, line in (("a: *b", 1), ("extends: ../../etc/passwd\nversion: x", 1), ("", 1)):
            found = await add(desk, office, text)
            assert found["mistakes"][0]["line"] == line


@pytest.mark.parametrize(
    "text",
    [
        'extends: gulou\nversion: "2026.9"\n',
        yaml("2026.9", "district:\n  en: Elsewhere\n  communities: 20\n"),
        yaml("2026.9", "departments:\n  ghosts: {zh: 幽灵局, en: Ghosts}\n"),
    ],
    ids=["another district", "another geography", "another department"],
)
async def test_rules_are_changed_and_places_are_not(desk, office, text):
    await settled()
    async with nothing_written():
        refused = await add(desk, office, text)
        assert (refused["code"], refused["field"]) == ("INVALID_INPUT", "input.yaml"), refused


async def test_rules_are_changed_by_operators_and_the_office_of_the_district(desk, office):
    clerk = await desk.who(role=Role.STREET_CLERK)
    abroad = await desk.who(role=Role.RESPONSE_OFFICE, district="gulou")
    called = "addRulebookVersion(input: $i) { ... on Problem { code } }"
    bare = f"mutation($i: AddRulebookVersionInput!) {{ r: {called} }}"
    await settled()
    async with nothing_written():
        for who, code in ((clerk, "WRONG_ROLE"), (abroad, "NOT_FOUND")):
            given = {"idempotencyKey": fresh_key(), "district": DISTRICT, "yaml": yaml("2026.9")}
            assert (await desk.ask(bare, who, i=given))["r"] == {"code": code}


async def test_a_dry_run_shows_what_would_have_been_and_changes_nothing(desk, office):
    since = datetime.now(UTC) - timedelta(minutes=1)
    case = await Round(desk).to_stage("FILED")
    period = {"closedFrom": since.isoformat(), "closedTo": (since + timedelta(hours=1)).isoformat()}

    async def tried(**rules: str) -> dict[str, Any]:
        given = {"district": DISTRICT, **period, **rules}
        return (await desk.ask(DRY_RUN, office, input=given))["rulebookDryRun"]

    await settled()
    async with nothing_written():
        same = await tried(yaml=yaml("2026.9"))
        assert same["__typename"] == "RulebookRehearsal", same
        assert same["closed"] == same["rehearsed"] >= 1
        assert (same["breached"], same["elsewhere"], same["cases"]) == (0, 0, [])
        lamps = "items:\n  public_facilities:\n    items:\n      street_light: {departments: [parks]}\n"
        moved = await tried(yaml=yaml("2026.9", lamps))
        assert moved["__typename"] == "RulebookRehearsal", moved
        mine = next(one for one in moved["cases"] if one["issue"]["id"] == case.issue)
        assert mine["route"]["departments"] == ["parks"]
        assert mine["route"]["departmentsBefore"][0] == "lighting"
        wrong = await tried(yaml="version: 1")
        assert wrong["__typename"] == "RulebookProblem"
        for rules in ({}, {"yaml": yaml("2026.9"), "rulebook": DISTRICT}):
            assert (await tried(**rules))["field"] == "input.yaml"


async def test_a_notice_becomes_the_calendar_and_running_cases_take_it_when_told(desk, office, as_before):
    """Tomorrow and the next two weeks become days off: what is open is due later."""
    title = "日历重算庚"
    case = await handling(desk, title)
    was = await due(case)
    text = (CALENDARS / "china.yaml").read_text("utf-8")
    today = datetime.now(UTC).date()
    listed = await calendars.current(district_id("jinjiang"))
    assert listed is not None
    days = [today + timedelta(days=n) for n in range(1, 25)]
    off = [day.isoformat() for day in days if day.weekday() < 5 and day.isoformat() not in listed.off]
    notice = notice_of(text, off)
    imported = await import_calendar(desk, office, notice)
    assert imported["__typename"] == "CalendarImported", imported
    assert imported["calendar"]["version"].startswith("china-test.1/")
    assert await due(case) == was, "running cases keep theirs"
    started = await start(desk, office, choice("RECOMPUTE", title), 1)
    done = await ended(desk, office, started["batch"]["id"])
    assert done["progress"]["done"] == 1, done
    now = await due(case)
    assert now["HANDLE"] > was["HANDLE"]
    shown = await case.shown("calendarVersion timeline(last: 1) { nodes { kind data } }", office)
    assert shown["calendarVersion"] == imported["calendar"]["version"]
    assert shown["timeline"]["nodes"][0]["kind"] == "RULES_REPLACED"
    again = await start(desk, office, choice("RECOMPUTE", title), 1)
    done = await ended(desk, office, again["batch"]["id"])
    assert done["items"]["nodes"][0]["problem"]["code"] == "NOTHING_TO_CHANGE"
    fresh = await Round(desk).begin()
    assert (await fresh.shown("calendarVersion"))["calendarVersion"] == imported["calendar"]["version"]


def notice_of(text: str, off: list[str]) -> str:
    """The shipped calendar under another version with more days off this year and the next."""
    kept = [line for line in text.splitlines() if not line.startswith("version")]
    by_year: dict[str, list[str]] = {}
    for day in off:
        by_year.setdefault(day[:4], []).append(day)
    out = ["version: china-test.1"]
    year = ""
    for line in kept:
        out.append(line)
        stripped = line.strip()
        if stripped.rstrip(":").isdigit():
            year = stripped.rstrip(":")
        if stripped == "off:" and year in by_year:
            out.append(f"      test: [{', '.join(by_year[year])}]")
    return "\n".join(out) + "\n"


async def test_running_cases_migrate_to_the_current_version(desk, office, as_before):
    title = "规则迁移辛"
    operator = await desk.who(role=Role.OPERATOR)
    case = await handling(desk, title)
    was = await due(case)
    added = await add(desk, office, yaml(version(), "limits:\n  GENERAL: {report_in: 3 d}\n"))
    await activate(desk, office, added["rulebook"]["id"])
    started = await start(desk, operator, choice("MIGRATE", title), 1)
    done = await ended(desk, operator, started["batch"]["id"])
    assert done["progress"]["done"] == 1, done
    now = await due(case)
    assert now["REPORT_IN"] > was["REPORT_IN"]
    book = {"id": added["rulebook"]["id"]}
    shown = await case.shown("rulebook { id } item { rulebook { id } }", office)
    assert shown == {"rulebook": book, "item": {"rulebook": book}}
    await case.step("reportIn")
    await case.step("completeAssignment")
    assert (await case.shown("stage"))["stage"] == "VERIFYING"
