"""Bulletins through the whole application: published, read down to issues, exported, printed, and refused."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from io import StringIO
from uuid import uuid4

import pytest
import pytest_asyncio

from api.ids import global_id
from api.papers import forms
from models.policy.access import Viewer
from models.queries import db
from models.rulebooks import codec
from models.rulebooks.loader import load
from models.terms import Role
from tests.commands.desk import Desk
from tests.models.register import Register, day

FIGURES = """bulletins { id period kind kindLabel sha256 document rulebookVersion verified
  rows { rank key name figures { column { key name rule } shown numerator denominator gap missing } } }"""
CHENGDU = timezone(timedelta(hours=8))
SHEET = {"rater": "RESIDENT", "score": 90.5}


class Office:
    """A district with a month of dispatches, and its people."""

    def __init__(self, register: Register, desk: Desk) -> None:
        self.register, self.desk = register, desk
        self.people: dict[str, Viewer] = {}

    async def laid(self) -> Office:
        register = self.register
        book = codec.to_json(load("jinjiang").rulebook)
        await db.execute("UPDATE rulebooks SET body = $2 WHERE id = $1", register["rulebook"], book)
        for street, community in (("s1", "c1"), ("s2", "c2")):
            await register.street(street)
            await register.community(community, street)
        self.people = {
            "office": await register.person("office", Role.RESPONSE_OFFICE),
            "leader": await register.person("leader", Role.DISTRICT_LEADER),
            "street": await register.person("street clerk", Role.STREET_CLERK, street="s1"),
            "community": await register.person("community clerk", Role.COMMUNITY_CLERK, community="c1"),
            "water": await register.person("water handler", Role.DEPARTMENT_HANDLER, department="water"),
            "lighting": await register.person("lights", Role.DEPARTMENT_HANDLER, department="lighting"),
            "resident": await register.person("resident", Role.RESIDENT),
        }
        await register.handled("on time", day("03-02"), day("03-19"), day("03-20"))
        await register.handled("open", day("03-02"), None, day("03-20"))
        await register.report("told", "open", self.people["resident"])
        return self

    @property
    def district(self) -> str:
        return global_id("District", self.register["district"])

    async def publish(self, who: str = "office", month: str = "2026-03", key: str | None = None):
        given = {"district": self.district, "month": month}
        fields = FIGURES if who == "office" else "bulletins { id }"
        return await self.desk.do("publishBulletin", self.people[who], given, fields, key)

    async def get(self, path: str, who: str | None = None, **headers: str):
        if who:
            headers["Authorization"] = f"Bearer {self.desk.token(self.people[who])}"
        return await self.desk.http.get(path, headers={"Accept-Language": "zh", **headers})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(desk: Desk) -> Office:
    return await Office(await Register.laid("PB"), desk).laid()


async def test_the_office_publishes_a_month_once(office: Office) -> None:
    first = await office.publish(key="march")
    assert [one["kind"] for one in first["bulletins"]] == ["DEPARTMENTS", "STREETS", "REVIEWS"]
    for bulletin in first["bulletins"]:
        assert sha256(bulletin["document"].encode()).hexdigest() == bulletin["sha256"]
        assert bulletin["verified"] is True
        assert bulletin["rulebookVersion"] == load("jinjiang").rulebook.name
    assert await office.publish(key="march") == first
    assert await office.publish() == first
    again = await office.publish(month="2026-02", key="march")
    assert (again["__typename"], again["field"]) == ("KeyReusedProblem", "input.idempotencyKey")


async def test_a_figure_says_how_it_came_about(office: Office) -> None:
    (table, *_) = (await office.publish())["bulletins"]
    (water,) = [row for row in table["rows"] if row["key"] == "water"]
    figures = {figure["column"]["key"]: figure for figure in water["figures"]}
    assert figures["closing_rate"] == {
        "column": {
            "key": "closing_rate",
            "name": "Closing rate (%)",
            "rule": f"bulletin_departments/closing_rate@{load('jinjiang').rulebook.name}",
        },
        "shown": "50.00",
        "numerator": "1",
        "denominator": "2",
        "gap": None,
        "missing": 0,
    }
    assert (water["rank"], figures["dissatisfied_rate"]["gap"]) == (1, "NOTHING_TO_DIVIDE")


@pytest.mark.parametrize("who", ["leader", "street", "water", "resident"])
async def test_nobody_else_publishes(office: Office, who: str) -> None:
    refused = await office.publish(who, "2026-01")
    assert (refused["__typename"], refused["code"]) == ("ForbiddenProblem", "WRONG_ROLE")
    assert refused["rule"] == "PUBLISH_BULLETIN: RESPONSE_OFFICE"
    assert not await db.value(
        "SELECT 1 FROM bulletins WHERE district_id = $1 AND period = '2026-01'", office.register["district"]
    )


async def test_the_office_of_another_district_does_not_publish(office: Office, desk: Desk) -> None:
    stranger = await desk.who(role=Role.RESPONSE_OFFICE)
    given = {"district": office.district, "month": "2026-03"}
    assert (await desk.do("publishBulletin", stranger, given, "bulletins { id }"))["code"] == "WRONG_PLACE"


@pytest.mark.parametrize("month", ["2026-13", "2026", "", "x", "2999-01"])
async def test_a_month_that_is_none_or_is_not_over_is_refused(office: Office, month: str) -> None:
    refused = await office.publish(month=month)
    assert (refused["__typename"], refused["field"]) == ("InvalidInputProblem", "input.month")


# Reading ------------------------------------------------------------------------------------------

BEHIND = """query ($d: String!) { bulletin(district: $d, month: "2026-03") { rows { key figures {
  column { key } denominatorIssues(first: 5) { totalCount nodes { code } } } } } }"""


async def behind(office: Office, who: str | None) -> int:
    """How many issues behind what was dispatched to the department of water somebody sees."""
    viewer = office.people[who] if who else None
    found = await office.desk.ask(BEHIND, viewer, d="reading-PB")
    (water,) = [row for row in found["bulletin"]["rows"] if row["key"] == "water"]
    (rate,) = [one for one in water["figures"] if one["column"]["key"] == "closing_rate"]
    shown = rate["denominatorIssues"]
    assert shown["totalCount"] == len(shown["nodes"])
    return shown["totalCount"]


async def test_issues_behind_a_figure_are_shown_to_those_who_see_them(office: Office) -> None:
    await office.publish()
    seen = {who: await behind(office, who) for who in ("office", "street", "water", "lighting", "resident")}
    assert seen == {"office": 2, "street": 2, "water": 2, "lighting": 0, "resident": 1}


async def test_tables_are_open_to_the_public_and_the_issues_behind_them_are_not(office: Office) -> None:
    await office.publish()
    query = """query ($id: ID!) { bulletins(where: {district: $id, kinds: [STREETS]}) { totalCount nodes {
        period kindLabel rows { name figures { shown } } } } }"""
    found = (await office.desk.ask(query, None, "zh", id=office.district))["bulletins"]
    assert found["totalCount"] == len(found["nodes"]) >= 1
    assert found["nodes"][0]["kindLabel"] == "街道月度通报"
    answer = await office.desk.post({"query": BEHIND, "variables": {"d": "reading-PB"}})
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_what_is_not_published_is_null(office: Office) -> None:
    query = "query ($d: String!, $m: String!) { bulletin(district: $d, month: $m) { id } }"
    for district, month in (("reading-PB", "2025-01"), ("nowhere", "2026-03"), ("reading-PB", "x" * 5000)):
        assert await office.desk.ask(query, d=district, m=month) == {"bulletin": None}


DRAFT = """query ($m: String!, $k: BulletinKind!) {
  bulletinDraft(district: "reading-PB", month: $m, kind: $k) { period kindLabel cutOff rulebookVersion
    columns { key } rows { key unit { __typename } figures { column { key } shown
      numeratorIssues(first: 5) { totalCount nodes { code } } } } } }"""


async def test_the_office_sees_the_running_month_before_it_is_out(office: Office) -> None:
    now = datetime.now(UTC)
    month, name = f"{now.astimezone(CHENGDU):%Y-%m}", f"now {uuid4().hex[:6]}"
    await office.register.part(name, now - timedelta(seconds=5))
    seen = await office.desk.ask(DRAFT, office.people["office"], m=month, k="DEPARTMENTS")
    (water,) = [row for row in seen["bulletinDraft"]["rows"] if row["key"] == "water"]
    (dispatched,) = [one for one in water["figures"] if one["column"]["key"] == "dispatched"]
    assert (dispatched["shown"], dispatched["numeratorIssues"]["totalCount"]) == ("1", 1)
    assert dispatched["numeratorIssues"]["nodes"] == [{"code": f"RPB-{name}"}]
    assert datetime.fromisoformat(seen["bulletinDraft"]["cutOff"]) < now + timedelta(minutes=1)
    sql = "SELECT count(*) FROM bulletins WHERE district_id = $1 AND period = $2"
    assert await db.value(sql, office.register["district"], month) == 0, "nothing is frozen"


async def test_a_draft_of_what_is_out_is_what_is_out(office: Office) -> None:
    (table, *_) = (await office.publish())["bulletins"]
    office_now = office.people["office"]
    draft = (await office.desk.ask(DRAFT, office_now, m="2026-03", k="DEPARTMENTS"))["bulletinDraft"]
    shown = [[figure["shown"] for figure in row["figures"]] for row in draft["rows"]]
    assert shown == [[figure["shown"] for figure in row["figures"]] for row in table["rows"]]


async def test_drafts_are_for_those_who_see_the_district(office: Office, desk: Desk) -> None:
    given = {"m": "2026-03", "k": "STREETS"}
    stranger = await desk.who(role=Role.RESPONSE_OFFICE)
    assert await desk.ask(DRAFT, stranger, **given) == {"bulletinDraft": None}
    for month, kind in (("2026-13", "STREETS"), ("2026", "STREETS"), ("2026-03", "ANNUAL")):
        seen = await desk.ask(DRAFT, office.people["office"], m=month, k=kind)
        assert seen == {"bulletinDraft": None}
    answer = await desk.post({"query": DRAFT, "variables": given}, office.people["street"])
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


# Files --------------------------------------------------------------------------------------------


async def test_anybody_takes_a_table_as_a_file(office: Office) -> None:
    await office.publish()
    path = "/bulletins/reading-PB/2026-03/departments"
    answer = await office.get(f"{path}.csv")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(StringIO(answer.content.decode("utf-8-sig")))
    assert header[:4] == ["排名", "代码", "名称", "派单数"]
    assert rows[0][:4] == ["1", "water", "水务局", "2"]
    assert 'filename="reading-PB-2026-03-departments.csv"' in answer.headers["content-disposition"]
    unchanged = await office.get(f"{path}.csv", **{"If-None-Match": answer.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    book = await office.get(f"{path}.xlsx")
    assert (book.status_code, book.content[:2]) == (200, b"PK")
    for nothing in ("departments.pdf", "nothing.csv", "annual.csv"):
        assert (await office.get(f"/bulletins/reading-PB/2026-03/{nothing}")).status_code == 404
    assert (await office.get(f"{path}.csv", Authorization="Bearer x")).status_code == 401


async def test_a_call_slip_is_printed_for_whoever_sees_the_issue(office: Office) -> None:
    register = office.register
    if "open calls water" not in register.ids:
        await register.call("open", "s1", "water")
    path = f"/print/call-slips/{global_id('Call', register['open calls water'])}"
    for who, phone in (("street", "13812345678"), ("water", "13812345678"), ("office", "138****5678")):
        answer = await office.get(path, who)
        assert answer.status_code == 200
        assert phone in answer.text, who
        assert ("水务局" in answer.text, "城市照明管理处" in answer.text) == (True, False)
        assert answer.headers["content-security-policy"] == forms.POLICY
        assert answer.headers["cache-control"] == "no-store"
    assert "13812345678" in (await office.get(path, "resident")).text, "their own telling"
    concerned = [register["water"], register["lighting"]]
    await db.execute("UPDATE calls SET concerned = $2 WHERE id = $1", register["open calls water"], concerned)
    assert "城市照明管理处" in (await office.get(path, "office")).text, "everyone the street thinks concerned"
    assert (await office.get(path, "lighting")).status_code == 404
    public = await office.get(path)
    assert (public.status_code, public.headers["www-authenticate"]) == (401, "Bearer")
    for nothing in ("x", global_id("Issue", register["open"]), global_id("Call", uuid4())):
        assert (await office.get(f"/print/call-slips/{nothing}", "office")).status_code == 404


async def test_a_score_sheet_is_printed_before_and_after_it_is_scored(office: Office) -> None:
    path = f"/print/score-sheets/{global_id('Assignment', office.register['on time by water'])}"
    blank = await office.get(path, "street")
    assert blank.status_code == 200
    assert blank.text.count('<td class="number"></td>') == 6
    await office.register.reviewed("on time", 18, day("04-02"))
    assert (await office.get(path, "water")).text.count('<td class="number">18</td>') == 5
    assert (await office.get(path, "lighting")).status_code == 404


# Score sheets -------------------------------------------------------------------------------------


def sheets(office: Office, *numbers: str, place: str = "c1", **given: object) -> dict[str, object]:
    ids = {
        "department": global_id("Department", office.register["water"]),
        "community": global_id("Community", office.register[place]),
    }
    return {"year": 2025, "sheets": [{"number": n, **SHEET, **ids, **given} for n in numbers]}


async def entered(office: Office, who: str, given: dict[str, object], key: str | None = None):
    fields = "sheets { id number score rater year department { key } community { code } withdrawnAt }"
    return await office.desk.do("enterScoreSheets", office.people[who], given, fields, key)


async def test_score_sheets_are_entered_once_and_taken_back(office: Office) -> None:
    first = await entered(office, "street", sheets(office, "A-1", "A-2"), "one")
    assert [(one["number"], one["score"]) for one in first["sheets"]] == [("A-1", "90.50"), ("A-2", "90.50")]
    assert await entered(office, "street", sheets(office, "A-1", "A-2"), "one") == first
    taken = await entered(office, "office", sheets(office, "A-3", "A-2"))
    assert (taken["code"], taken["field"]) == ("INVALID_INPUT", "input.sheets")
    assert "A-2" in taken["message"]
    count = "SELECT count(*) FROM score_sheets WHERE district_id = $1 AND number = 'A-3'"
    assert await db.value(count, office.register["district"]) == 0, "all are entered, or none"
    back = await office.desk.do(
        "withdrawScoreSheet",
        office.people["office"],
        {"sheet": first["sheets"][1]["id"]},
        "sheet { withdrawnAt }",
    )
    assert back["sheet"]["withdrawnAt"]
    right = await entered(office, "community", sheets(office, "A-2", score=88))
    assert right["sheets"][0]["score"] == "88.00"


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("water", "WRONG_ROLE"),
        ("leader", "WRONG_ROLE"),
        ("street", "WRONG_PLACE"),
        ("community", "WRONG_PLACE"),
    ],
)
async def test_sheets_are_entered_by_those_they_come_through(office: Office, who: str, code: str) -> None:
    assert (await entered(office, who, sheets(office, "B-1", place="c2")))["code"] == code


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"score": 100.01}, "input.sheets[0].score"),
        ({"score": -1}, "input.sheets[0].score"),
        ({"score": 90.505}, "input.sheets[0].score"),
        ({"number": " "}, "input.sheets[0].number"),
        ({"department": "x"}, "input.sheets[0].department"),
        ({"department": global_id("Department", uuid4())}, "input.sheets"),
        ({"community": global_id("Community", uuid4())}, "input.sheets"),
    ],
)
async def test_a_sheet_that_is_not_right_is_refused_by_name(office: Office, changes, field: str) -> None:
    refused = await entered(office, "office", sheets(office, "C-1", **changes))
    assert (refused["field"], "sheets" in refused) == (field, False)


async def test_a_year_is_published_seven_to_three_and_then_closed(office: Office) -> None:
    """95.00 of one month, and 80 of one sheet: 90.50."""
    register = office.register
    await register.handled("last year", day("03-02"), day("03-03"), day("03-20"))
    await register.reviewed("last year", 19, day("03-05").replace(year=2024))
    sheet = sheets(office, "D-1", score=80)["sheets"]
    await entered(office, "office", {"year": 2024, "sheets": sheet})
    given = {"district": office.district, "year": 2024}
    done = await office.desk.do("publishAnnualReview", office.people["office"], given, FIGURES)
    (table,) = done["bulletins"]
    (water,) = [row for row in table["rows"] if row["key"] == "water"]
    assert [one["shown"] for one in water["figures"]] == ["95.00", "80.00", "90.50"]
    assert table["verified"] is True
    late = await entered(office, "office", {"year": 2024, "sheets": sheets(office, "D-2")["sheets"]})
    assert (late["code"], late["field"]) == ("INVALID_INPUT", "input.year")
    given = {"district": office.district, "year": 2999}
    refused = await office.desk.do("publishAnnualReview", office.people["office"], given, FIGURES)
    assert refused["field"] == "input.year"
