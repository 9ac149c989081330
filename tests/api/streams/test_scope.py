"""Whom what is told, and by how many executions: over real sockets and the real events table."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from graphql import parse

from api.ids import global_id
from api.rules import graphql_schema
from api.schema import schema
from api.streams.sharing import shareable
from models.terms import Role
from tests.api.ground import Ground, key
from tests.api.streams.following import EVENTS, NUMBERS, happen, told


async def test_everyone_hears_of_what_is_in_their_scope_and_of_nothing_else(server, town):
    everywhere = ("i1", "i2", "i3", "i4", "i5", "j1")
    reach = {
        "street clerk": ["i1", "i2", "i3"],
        "community clerk": ["i1", "i2"],
        "grid worker": ["i1"],
        "lighting": ["i1", "i4"],
        "office": ["i1", "i2", "i3", "i4", "i5"],
        "resident 1": ["i1", "i4"],
        "machine": ["i1", "i2", "i3", "i4", "i5"],
        "office of B": ["j1"],
    }
    for name, expected in reach.items():
        async with server.ear(town[name]) as ear:
            await ear.subscribe()
            numbers = dict(zip(everywhere, await told(town, *everywhere), strict=True))
            heard = await ear.events(len(expected))
            assert [event["seq"] for event in heard] == [numbers[issue] for issue in expected], name
            assert await ear.silent(), name


async def test_a_clerk_hears_once_and_in_order_of_what_they_reported_here_and_elsewhere(server, database):
    ground = await Ground.laid("F")
    for street in ("near", "far"):
        await ground.street(street)
        await ground.issue(f"issue {street}", street)
    clerk = await ground.person("clerk", Role.STREET_CLERK, street="near")
    for street in ("near", "far"):
        await ground.report(f"report {street}", f"issue {street}", clerk)
    async with server.ear(clerk) as ear:
        await ear.subscribe()
        numbers = [next(NUMBERS) for _ in range(6)]
        for number in numbers:
            await happen(ground["issue far" if number % 2 else "issue near"], number)
        assert [event["seq"] for event in await ear.events(6)] == numbers
        assert await ear.silent()


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"street": ("Street", "s2")}, ["i4"]),
        ({"community": ("Community", "c2")}, ["i3"]),
        ({"department": ("Department", "lighting")}, ["i1", "i4"]),
        ({"issue": ("Issue", "i1")}, ["i1"]),
        ({"street": ("Street", "s1"), "department": ("Department", "lighting")}, ["i1"]),
        ({"types": ["ASSESSED"]}, []),
        ({"types": ["PROGRESS", "ASSESSED"], "issue": ("Issue", "i3")}, ["i3"]),
    ],
    ids=str,
)
async def test_a_filter_narrows(server, town, where, expected):
    given = {k: global_id(v[0], town.a[v[1]]) if isinstance(v, tuple) else v for k, v in where.items()}
    async with server.ear(town["office"]) as ear:
        await ear.subscribe(where=given)
        issues = ("i1", "i3", "i4")
        numbers = dict(zip(issues, await told(town, *issues), strict=True))
        assert [event["seq"] for event in await ear.events(len(expected))] == [numbers[i] for i in expected]
        assert await ear.silent()


async def test_an_event_tells_what_happened_and_how_the_issue_stands(server, town):
    query = """subscription { issueEvents { type typeLabel at seq stage data issue {
        code street { nameZh } timeline(first: 1) { nodes { kind } } reports { nodes { code } } } } }"""
    async with server.ear(town["resident 1"], additional_headers={"Accept-Language": "zh"}) as ear:
        await ear.say("subscribe", id="1", payload={"query": query})
        await asyncio.sleep(0.3)
        number = next(NUMBERS)
        await happen(town.a["i4"], number, "reminded", percent=50)
        event = await ear.next()
    assert (event["type"], event["typeLabel"], event["seq"]) == ("REMINDED", "提醒", number)
    assert (event["stage"], event["data"]) == ("HANDLING", {"percent": 50})
    issue = event["issue"]
    assert issue["code"] == "RA-i4"
    assert issue["timeline"]["nodes"] == [{"kind": "COLLECTED"}]
    # Another reporter's telling of the same issue is not theirs to see.
    assert [report["code"] for report in issue["reports"]["nodes"]] == ["RA-r4"]


async def test_notifications_reach_the_posts_they_are_for(server, town):
    query = "subscription ($after: String) { notifications(after: $after) "
    query += "{ resumeToken notifications { percent target issue { code } } } }"
    number = next(NUMBERS)
    async with server.ear(town["lighting"]) as own, server.ear(town["office"]) as other:
        await own.subscribe(query)
        await other.subscribe(query)
        await town.a.notification("lighting handler's post", "i1", "i1 verify", number, percent=80)
        await happen(town.a["i1"], number, "reminded")
        told_of = await own.next()
        assert told_of["notifications"] == [{"percent": 80, "target": "HOLDER", "issue": {"code": "RA-i1"}}]
        # The office sees the notification in lists, but it was not told itself.
        assert await other.silent()


@pytest.mark.parametrize(
    ("selected", "shared"),
    [
        ("seq type resumeToken data typeLabel", True),
        ("issue { id code stage stageLabel light overdue street { nameZh } item { nameEn } }", True),
        ("issue { timeline(last: 1) { edges { cursor node { kind note } } pageInfo { endCursor } } }", True),
        ("issue { rulebook { version } assignments { status } __typename }", True),
        ("issue { allowedActions { allowed } }", False),
        ("issue { reports { totalCount } }", False),
        ("issue { timeline { nodes { post { id } } } }", False),
        ("issue { assignments { handler { name } } }", False),
        ("issue { evidence { nodes { viewUrl } } }", False),
        ("issue { street { openCount } }", False),
        ("issue { ... on Node { id ... on Report { code } } }", False),
    ],
)
def test_only_what_is_known_to_be_impersonal_is_shared(selected, shared):
    fragment = f"fragment Selected on IssueEvent {{ {selected} }}"
    document = parse(f"subscription {{ issueEvents {{ ...Selected }} }} {fragment}")
    assert shareable(graphql_schema(schema), document) is shared


async def test_people_of_one_post_are_told_by_one_execution_and_others_by_their_own(server, town):
    query = EVENTS.replace("code }", "code %s }")
    counted = {}
    for selected in ("stageLabel", "allowedActions { allowed }"):
        async with AsyncExitStack() as stack:
            ears = []
            for n in range(5):
                somebody = replace(town["street clerk"], subject=f"clerk {n}", person=key("clerk", n))
                ear = await stack.enter_async_context(server.ear(somebody))
                await ear.subscribe(query % selected)
                ears.append(ear)
            await told(town, "i1")
            for ear in ears:
                await ear.next()
            before = server.executed
            await told(town, "i1")
            for ear in ears:
                await ear.next()
            counted[selected] = server.executed - before
    assert counted == {"stageLabel": 1, "allowedActions { allowed }": 5}
