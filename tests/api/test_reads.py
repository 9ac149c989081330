"""Who sees what: the scope of every role, in every list and by every way to a single row."""

from __future__ import annotations

from typing import Any

import pytest

from api.ids import global_id
from models.policy.access import Viewer
from models.terms import Role
from tests.api.conftest import Desk, Town
from tests.api.ground import HOUR, NOW, Ground

ALL_OF_A = {"i1", "i2", "i3", "i4", "i5"}
SCOPES = {
    "grid worker": {"i1"},
    "community clerk": {"i1", "i2"},
    "street clerk": {"i1", "i2", "i3"},
    "lighting": {"i1", "i4"},
    "water": {"i2", "i3", "i5"},
    "office": ALL_OF_A,
    "leader": ALL_OF_A,
    "auditor": ALL_OF_A,
    "operator": ALL_OF_A,
    "machine": ALL_OF_A,
    "resident 1": {"i1", "i4"},
    "resident 2": {"i4", "j1"},
    "office of B": {"j1"},
    "street clerk of B": {"j1"},
}
BELOW = ("calls", "assignments", "duties", "evidence", "scorecards")


def _issue_names(nodes: list[dict[str, Any]]) -> list[str]:
    return sorted(node["code"].partition("-")[2] for node in nodes)


@pytest.mark.parametrize("who", SCOPES)
async def test_lists_hold_exactly_the_scope_of_a_role(desk: Desk, town: Town, who: str) -> None:
    parts = " ".join(f"{name} {{ totalCount nodes {{ issue {{ code }} }} }}" for name in BELOW)
    data = await desk.ask(f"{{ issues {{ totalCount nodes {{ code }} }} {parts} }}", town[who])
    assert _issue_names(data["issues"]["nodes"]) == sorted(SCOPES[who])
    assert data["issues"]["totalCount"] == len(SCOPES[who])
    for name in BELOW:
        # Duties may be of items and cycles too: whose those are to see, test_items.py says.
        seen = [node["issue"] for node in data[name]["nodes"] if node["issue"]]
        assert _issue_names(seen) == sorted(SCOPES[who]), name
        assert data[name]["totalCount"] == len(data[name]["nodes"]), name


@pytest.mark.parametrize("who", SCOPES)
async def test_single_rows_are_seen_in_scope_and_do_not_exist_outside(
    desk: Desk, town: Town, who: str
) -> None:
    every = {**dict.fromkeys(ALL_OF_A, town.a), "j1": town.b}
    for name, ground in every.items():
        data = await desk.ask(
            """query ($issue: ID!, $entry: ID!, $code: String!) {
                 node(id: $issue) { id } byId: issue(id: $issue) { id } byCode: issue(code: $code) { id }
                 nodes(ids: [$entry]) { id } }""",
            town[who],
            issue=global_id("Issue", ground[name]),
            entry=global_id("TimelineEntry", ground[f"{name} entry 1"]),
            code=f"R{ground.name}-{name}",
        )
        wanted = {"id": global_id("Issue", ground[name])} if name in SCOPES[who] else None
        assert data["node"] == data["byId"] == data["byCode"] == wanted
        assert (data["nodes"][0] is not None) == (name in SCOPES[who])


REPORTS = {
    "street clerk": {"r1", "r2", "r3"},
    "lighting": {"r1", "r4", "r4b"},
    "office": {"r1", "r2", "r3", "r4", "r4b", "r5"},
    "resident 1": {"r1", "r4"},
    "resident 2": {"r4b", "q1"},
}


@pytest.mark.parametrize("who", REPORTS)
async def test_a_reporter_sees_their_own_telling_and_no_one_elses(desk: Desk, town: Town, who: str) -> None:
    data = await desk.ask(
        """{ reports { totalCount nodes { code } }
             issues { nodes { reports { totalCount nodes { code } } } } }""",
        town[who],
    )
    assert _issue_names(data["reports"]["nodes"]) == sorted(REPORTS[who])
    assert data["reports"]["totalCount"] == len(REPORTS[who])
    below = [report for issue in data["issues"]["nodes"] for report in issue["reports"]["nodes"]]
    assert _issue_names(below) == sorted(REPORTS[who])
    assert sum(issue["reports"]["totalCount"] for issue in data["issues"]["nodes"]) == len(REPORTS[who])


@pytest.mark.parametrize("field", ["issues", "reports", "duties", "people", "notifications", "rulebooks"])
async def test_the_public_and_ungranted_machines_are_refused(desk: Desk, town: Town, field: str) -> None:
    query = f"{{ {field} {{ totalCount }} }}"
    assert await desk.refused(query) == ("FORBIDDEN", "")
    if field != "notifications":
        assert await desk.refused(query, town["machine without grant"]) == ("FORBIDDEN", "")


NAMED, MASKED = ("王小明", "13812345678"), ("王**", "138****5678")
MASKING = {
    "street clerk handles what is open": ("street clerk", "r1", NAMED),
    "nobody handles what is filed": ("street clerk", "r3", MASKED),
    "the department at work": ("lighting", "r1", NAMED),
    "the department whose part is returned": ("lighting", "r4", MASKED),
    "the department whose part is done": ("water", "r2", MASKED),
    "the office oversees": ("office", "r1", MASKED),
    "the auditor": ("auditor", "r1", MASKED),
    "a machine": ("machine", "r1", MASKED),
    "a grid worker beside it": ("grid worker", "r1", MASKED),
    "the reporter": ("resident 1", "r4", NAMED),
    "a report without a name": ("office", "r5", (None, None)),
}


@pytest.mark.parametrize(("who", "report", "expected"), MASKING.values(), ids=MASKING)
async def test_reporters_are_masked_but_while_handling(
    desk: Desk, town: Town, who: str, report: str, expected: tuple[str | None, str | None]
) -> None:
    data = await desk.ask(
        "query ($id: ID!) { node(id: $id) { ... on Report { reporterName reporterPhone "
        "ratings { comment } answers { words } messages { kindLabel } } } }",
        town[who],
        id=global_id("Report", town.a[report]),
    )
    assert (data["node"]["reporterName"], data["node"]["reporterPhone"]) == expected
    # The reporter's own words go with their name; what the street answered is the street's.
    said = "很满意" if expected == NAMED else None
    assert data["node"]["ratings"] == [{"comment": said}]
    assert data["node"]["answers"] == [{"words": "已修好"}]
    assert [m["kindLabel"] for m in data["node"]["messages"]] == ["Collected", "Called", "Reporters answered"]


async def test_what_a_reporter_was_told_and_said_is_seen_with_their_report(desk: Desk, town: Town) -> None:
    """By whatever way: another reporter of the same issue is a stranger."""
    kinds = {"Answer": "answer of r4b", "ReportRating": "rating of r4b", "ReportMessage": "message 1 of r4b"}
    ids = [global_id(kind, town.a[name]) for kind, name in kinds.items()]
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    for who, seen in (("resident 1", False), ("resident 2", True), ("office", True), ("street clerk", False)):
        found = (await desk.ask(query, town[who], ids=ids))["nodes"]
        assert [one is not None for one in found] == [seen] * 3, who


async def test_sheets_in_draft_are_for_staff(desk: Desk, town: Town) -> None:
    query = "{ issues { nodes { reviewSheets { version scores { points } signatures { version } } } } }"
    assert await desk.refused(query, town["resident 1"]) == ("FORBIDDEN", "")
    sheets = [one["reviewSheets"] for one in (await desk.ask(query, town["lighting"]))["issues"]["nodes"]]
    assert [{"points": 15}] * 5 in [sheet["scores"] for found in sheets for sheet in found]


async def test_what_counts_is_what_the_office_set_on_appeal(desk: Desk, town: Town) -> None:
    data = await desk.ask("{ scorecards { nodes { total countedTotal issue { code } } } }", town["office"])
    counted = {c["issue"]["code"]: (c["total"], c["countedTotal"]) for c in data["scorecards"]["nodes"]}
    assert counted["RA-i1"] == (100, 75)
    assert counted["RA-i2"] == (100, 100)


async def test_staff_see_colleagues_masked_and_no_residents(desk: Desk, town: Town) -> None:
    data = await desk.ask("{ people { nodes { name phone } } }", town["office"])
    people = {person["name"]: person["phone"] for person in data["people"]["nodes"]}
    assert people["张office"] == "13900001234"
    assert people["张street clerk"] == "139****1234"
    assert len(people) == 11
    assert not any("resident" in name for name in people)


async def test_a_resident_sees_oneself_and_no_staff(desk: Desk, town: Town) -> None:
    query = "query ($id: ID!) { node(id: $id) { ... on Person { name phone } } }"
    own = global_id("Person", town.a["resident 1"])
    other = global_id("Person", town.a["street clerk"])
    assert (await desk.ask(query, town["resident 1"], id=own))["node"]["phone"] == "13900001234"
    assert (await desk.ask(query, town["resident 1"], id=other))["node"] is None
    assert (await desk.ask(query, town["street clerk"], id=own))["node"] is None
    assert await desk.refused("{ people { totalCount } }", town["resident 1"]) == ("FORBIDDEN", "")


async def test_rulebooks_stay_in_their_district(desk: Desk, town: Town) -> None:
    query = "{ rulebooks { nodes { district { key } } } }"
    nodes = (await desk.ask(query, town["office"]))["rulebooks"]["nodes"]
    assert nodes == [{"district": {"key": "reading-A"}}]


FILTERS = {
    "street": (lambda a: {"street": global_id("Street", a["s2"])}, {"i4", "i5"}),
    "community": (lambda a: {"community": global_id("Community", a["c1"])}, {"i1", "i2"}),
    "grid": (lambda a: {"grid": global_id("Grid", a["g3"])}, {"i4"}),
    "department": (lambda a: {"department": global_id("Department", a["lighting"])}, {"i1", "i4"}),
    "item": (lambda a: {"item": global_id("Item", a["drain"])}, {"i2"}),
    "category": (lambda a: {"category": "drain"}, {"i2"}),
    "stages": (lambda a: {"stages": ["FILED", "CANCELLED"]}, {"i3"}),
    "levels": (lambda a: {"levels": ["SIMPLE"]}, {"i4"}),
    "no levels": (lambda a: {"levels": []}, set()),
    "overdue": (lambda a: {"overdue": True}, {"i5"}),
    "not overdue": (lambda a: {"overdue": False}, {"i1", "i2", "i3", "i4"}),
    "opened later": (lambda a: {"openedFrom": (NOW + HOUR).isoformat()}, set()),
    "opened from that instant": (lambda a: {"openedFrom": NOW.isoformat()}, ALL_OF_A),
    "opened before that instant": (lambda a: {"openedTo": NOW.isoformat()}, set()),
    "another district": (lambda a: {"street": global_id("Street", a["district"])}, set()),
}


@pytest.mark.parametrize(("where", "expected"), FILTERS.values(), ids=FILTERS)
async def test_issues_are_filtered(desk: Desk, town: Town, where: Any, expected: set[str]) -> None:
    query = "query ($where: IssueWhere) { issues(where: $where) { totalCount nodes { code } } }"
    issues = (await desk.ask(query, town["office"], where=where(town.a)))["issues"]
    assert _issue_names(issues["nodes"]) == sorted(expected)
    assert issues["totalCount"] == len(expected)


async def test_an_issue_shows_lights_and_labels_in_both_languages(desk: Desk, town: Town) -> None:
    query = """query ($code: String!) { issue(code: $code) {
      stageLabel levelLabel light timeLeft overdue street { name }
      duties { kindLabel light timeLeft dueAt holder { __typename } allowedSeconds } } }"""
    for language, stage, street in (("en", "Being handled", "s2"), ("zh", "办理中", "s2街道")):
        issue = (await desk.ask(query, town["office"], language, code="RA-i5"))["issue"]
        assert (issue["stageLabel"], issue["street"]["name"]) == (stage, street)
        assert (issue["light"], issue["timeLeft"], issue["overdue"]) == ("RED", -3600, True)
        (duty,) = issue["duties"]
        assert duty["kindLabel"] == {"en": "Verify", "zh": "核实"}[language]
        assert (duty["light"], duty["timeLeft"], duty["allowedSeconds"]) == ("GREEN", 3600, 3600)
        assert duty["dueAt"] == "2026-03-02T03:00:00+00:00"
        assert duty["holder"] == {"__typename": "Street"}


async def test_a_report_is_tracked_without_words_or_names(desk: Desk, town: Town) -> None:
    query = """query ($code: String!) { trackReport(code: $code) {
      code stage stageLabel category street reportedAt steps { kind label at department }
      messages { kind label } } }"""
    answer = await desk.send(query, None, "zh", code="RA-r1")
    assert answer.json()["data"]["trackReport"] == {
        "code": "RA-r1",
        "stage": "HANDLING",
        "stageLabel": "办理中",
        "category": "路灯",
        "street": "s1街道",
        "reportedAt": "2026-03-02T02:00:00+00:00",
        "steps": [
            {"kind": "COLLECTED", "label": "已收集", "at": "2026-03-02T03:00:00+00:00", "department": None}
        ],
        "messages": [
            {"kind": "COLLECTED", "label": "已收集"},
            {"kind": "CALLED", "label": "已呼叫"},
            {"kind": "ANSWERED", "label": "已答复"},
        ],
    }
    for secret in ("王", "138", "路灯不亮", "东湖路", "看不见", "note"):
        assert secret not in answer.text
    assert await desk.ask(query, code="RA-nothing") == {"trackReport": None}
    fields = await desk.ask('{ __type(name: "TrackedReport") { fields { name } } }')
    names = {field["name"] for field in fields["__type"]["fields"]}
    assert names == {
        "code", "stage", "stageLabel", "category", "street", "reportedAt", "closedAt", "steps", "messages",
    }  # fmt: skip


async def test_tracking_leaves_reminders_and_notes_out(desk: Desk, town: Town, database: str) -> None:
    ground = await Ground.laid("T")
    await ground.street("s1")
    await ground.issue("t1", "s1")
    await ground.report("r1", "t1", None)
    kinds = ("COLLECTED", "REMINDED", "CALLED", "ESCALATED", "REVIEWED", "FILED")
    for seq, kind in enumerate(kinds, start=1):
        await ground.entry("t1", seq, kind, note="内部", department_id=ground["water"])
    query = '{ trackReport(code: "RT-r1") { steps { kind department } } }'
    steps = (await desk.ask(query, None, "zh"))["trackReport"]["steps"]
    assert [step["kind"] for step in steps] == ["COLLECTED", "CALLED", "FILED"]
    assert {step["department"] for step in steps} == {"水务局"}


async def test_the_viewer_sees_what_waits_for_their_posts(desk: Desk, database: str) -> None:
    ground = await Ground.laid("V")
    await ground.street("s1")
    clerk = await ground.person("clerk", Role.STREET_CLERK, street="s1")
    other = await ground.person("other", Role.STREET_CLERK, street="s1")
    await ground.issue("v1", "s1")
    await ground.duty("late", "v1", "ASSESS", ("STREET", "s1"), due_at=NOW + 2 * HOUR)
    await ground.duty("soon", "v1", "VERIFY", ("STREET", "s1"), due_at=NOW + HOUR)
    await ground.duty("stopped", "v1", "REVIEW", ("STREET", "s1"), status="SUSPENDED", since=None)
    await ground.duty("done", "v1", "ASSESS", ("STREET", "s1"), status="FULFILLED", closed_at=NOW)
    await ground.duty("others", "v1", "ACCEPT", ("DEPARTMENT", "lighting"), due_at=NOW)
    await ground.notification("clerk's post", "v1", "soon", 1)
    await ground.notification("clerk's post", "v1", "soon", 2, read_at=NOW, delivered_at=NOW + HOUR)
    await ground.notification("other's post", "v1", "soon", 3)
    query = """{ viewer { subject person { name } posts { role street { code } person { name } }
      duties { totalCount nodes { key } } unreadCount
      notifications(where: {unread: true}) { totalCount nodes { percent targetLabel issue { code } } } } }"""
    seen = (await desk.ask(query, clerk))["viewer"]
    assert seen["subject"] == "clerk@V"
    assert seen["person"] == {"name": "张clerk"}
    assert seen["posts"] == [
        {"role": "STREET_CLERK", "street": {"code": "s1"}, "person": {"name": "张clerk"}}
    ]
    assert [duty["key"] for duty in seen["duties"]["nodes"]] == ["soon", "late", "stopped"]
    assert seen["duties"]["totalCount"] == 3
    assert seen["unreadCount"] == 1
    assert seen["notifications"] == {
        "totalCount": 1,
        "nodes": [{"percent": 50, "targetLabel": "Holder", "issue": {"code": "RV-v1"}}],
    }
    both = await desk.ask("{ viewer { notifications { nodes { readAt deliveredAt } } } }", clerk)
    assert sorted(
        (one["readAt"] or "", one["deliveredAt"] or "") for one in both["viewer"]["notifications"]["nodes"]
    ) == [
        ("", ""),
        (NOW.isoformat(), (NOW + HOUR).isoformat()),
    ]
    theirs = await desk.ask("{ notifications { totalCount } viewer { unreadCount } }", other)
    assert theirs == {"notifications": {"totalCount": 1}, "viewer": {"unreadCount": 1}}
    assert await desk.refused("{ viewer { subject } }") == ("FORBIDDEN", "")


async def test_the_overseer_of_a_district_sees_all_that_was_told_there(desk: Desk, town: Town) -> None:
    await town.a.notification("street clerk's post", "i2", "i2 verify", 9)
    query = "query ($issue: ID!) { notifications(where: {issue: $issue}) { totalCount } }"
    issue = global_id("Issue", town.a["i2"])

    async def count(viewer: Viewer) -> int:
        return (await desk.ask(query, viewer, issue=issue))["notifications"]["totalCount"]

    assert await count(town["auditor"]) == 1
    assert await count(town["street clerk"]) == 1
    assert await count(town["lighting"]) == 0
    assert await count(town["office of B"]) == 0
