"""Following what happens, over real sockets and the real events table."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random

import asyncpg
import pytest
import pytest_asyncio
from graphql import parse
from websockets import ConnectionClosed

from api.ids import global_id
from api.rules import graphql_schema
from api.schema import schema
from api.streams import outlet, socket
from api.streams.feed import RESUME_FOR
from api.streams.sharing import shareable
from api.streams.token import token_of
from infra.keys import LocalKeys
from models.queries import db, events
from models.queries.events import Position
from models.terms import Role
from tests.api.following import EVENTS, Ear, Server, happen, write
from tests.api.ground import Ground, key

BAD = "BAD_INPUT"
NUMBERS = count(1000)
"""Sequence numbers no other test of this database uses."""


@pytest.fixture(scope="session")
def keys(tmp_path_factory) -> LocalKeys:
    return LocalKeys.load(tmp_path_factory.mktemp("stream-keys"), "huying", "huying")


@pytest_asyncio.fixture
async def server(database, keys):
    async with Server(keys, database).serving() as running:
        yield running


async def told(town, *issues: str, kind: str = "progress") -> list[int]:
    """Something happens to each issue; the numbers it has."""
    numbers = [next(NUMBERS) for _ in issues]
    for issue, number in zip(issues, numbers, strict=True):
        ground = town.b if issue == "j1" else town.a
        await happen(ground[issue], number, kind)
    return numbers


# Whom what is told ----------------------------------------------------------------------------------


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


# Once each, and none lost ---------------------------------------------------------------------------


async def test_what_commits_late_is_told_in_its_turn(server, town, database):
    async with server.ear(town["office"]) as ear:
        await ear.subscribe()
        late, early = next(NUMBERS), next(NUMBERS)
        connection = await asyncpg.connect(database)
        try:
            await connection.set_type_codec(
                "jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads
            )
            begun = connection.transaction()
            await begun.start()
            await write(connection, town.a["i1"], late)
            await happen(town.a["i2"], early)
            # The later number is committed, the earlier is not: a cursor of numbers would now skip it.
            assert await ear.silent()
            await begun.commit()
        finally:
            await connection.close()
        assert [event["seq"] for event in await ear.events(2)] == [late, early]
        assert await ear.silent()


async def test_a_token_resumes_without_a_gap_and_without_a_repeat(server, town):
    async with server.ear(town["street clerk"]) as ear:
        await ear.subscribe()
        await told(town, "i1", "i2")
        seen = (await ear.events(2))[0]
    missed = await told(town, "i3", "i5", "i1")
    async with server.ear(town["street clerk"]) as ear:
        await ear.subscribe(after=seen["resumeToken"])
        again = await ear.events(3)
        assert [event["seq"] for event in again][1:] == [missed[0], missed[2]]
        live = await told(town, "i2")
        assert [event["seq"] for event in await ear.events(1)] == live
        assert await ear.silent()


async def test_a_token_resumes_on_another_process_that_remembers_nothing(database, keys, town):
    async with Server(keys, database).serving() as first, first.ear(town["office"]) as ear:
        await ear.subscribe()
        await told(town, "i1")
        seen = await ear.next()
    missed = await told(town, *["i1", "j1"] * 700)
    async with Server(keys, database, kept=50).serving() as second, second.ear(town["office"]) as ear:
        await ear.subscribe(after=seen["resumeToken"])
        heard = [event["seq"] for event in await ear.events(700)]
        assert heard == missed[::2]
        live = await told(town, "i2")
        assert [event["seq"] for event in await ear.events(1)] == live


async def test_nothing_is_lost_or_doubled_while_sockets_come_and_go(server, town):
    """Someone writes all the time, with commits out of order; readers reconnect at random instants."""
    office, total, readers = town["office"], 300, 6
    numbers = [next(NUMBERS) for _ in range(total)]
    async with server.ear(office) as ear:
        start = ear.ack["payload"]["resumeToken"]

    async def written(mine: list[int], hold: float) -> None:
        for number in mine:
            async with db.transaction() as connection:
                await write(connection, town.a["i1"], number)
                await asyncio.sleep(hold)

    async def reader(chance: Random) -> list[int]:
        heard: list[int] = []
        token = start
        while len(heard) < total:
            async with server.ear(office) as ear:
                await ear.subscribe(after=token)
                for _ in range(min(chance.randint(1, 60), total - len(heard))):
                    event = await ear.next()
                    heard.append(event["seq"])
                    token = event["resumeToken"]
                # Lost, not closed: what was on its way is gone.
                ear.socket.transport.abort()
        return heard

    writing = [written(numbers[n::3], 0.001 + 0.004 * n) for n in range(3)]
    answers = await asyncio.gather(*(reader(Random(n)) for n in range(readers)), *writing)
    for heard in answers[:readers]:
        assert sorted(heard) == numbers
        assert len(set(heard)) == total
        assert heard == answers[0]


async def test_a_lost_listener_is_made_again_and_nothing_is_missed(server, town):
    async with server.ear(town["office"]) as ear:
        await ear.subscribe()
        first = await told(town, "i1")
        assert (await ear.next())["seq"] == first[0]
        await db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        second = await told(town, "i2", "i3")
        assert [event["seq"] for event in await ear.events(2)] == second


@pytest.mark.parametrize(
    ("token", "code", "field"),
    [
        ("nonsense", "BAD_INPUT", "after"),
        ("ZTEuMS4y", "RESUME_EXPIRED", "after"),  # e1.1.2: no such event
        ("ZTEuOTIyMzM3MjAzNjg1NDc3NTgwOC4x", "BAD_INPUT", "after"),  # beyond 2^63 - 1
    ],
)
async def test_a_token_that_names_no_event_is_refused(server, town, token, code, field):
    async with server.ear(town["office"]) as ear:
        await ear.subscribe(after=token)
        answer = await ear.hear()
        assert answer["type"] == "error"
        extensions = answer["payload"][0]["extensions"]
        assert (extensions["code"], extensions["field"]) == (code, field)


async def test_a_token_grows_too_old(server, town):
    async with server.ear(town["office"]) as ear:
        await ear.subscribe()
        number = (await told(town, "i1"))[0]
        token = (await ear.next())["resumeToken"]
        # Something else happens, so that this event is not the last, where nothing would be missed.
        await told(town, "i1")
        await ear.next()
        await db.execute("UPDATE events SET at = at - interval '31 days' WHERE seq = $1", number)
        await ear.subscribe(key="2", after=token)
        answer = await ear.hear()
        assert answer["payload"][0]["extensions"]["code"] == "RESUME_EXPIRED"


# The protocol ---------------------------------------------------------------------------------------


async def closes(ear: Ear, code: int) -> str:
    found, reason = await ear.closed()
    assert found == code, reason
    return reason


async def test_another_subprotocol_is_not_spoken(server):
    async with server.raw("graphql-ws") as ear:
        assert "graphql-transport-ws" in await closes(ear, 4406)


async def test_a_socket_that_says_nothing_is_closed(server, monkeypatch):
    monkeypatch.setattr(socket, "INIT_SECONDS", 0.1)
    async with server.raw() as ear:
        await closes(ear, 4408)


@pytest.mark.parametrize(
    "message",
    [
        "no json",
        "1",
        "null",
        '{"type": 1}',
        '{"type": "start"}',
        '{"type": "connection_init", "payload": []}',
        b"{}",
        "[" * 100_000,
    ],
    ids=lambda message: repr(message[:30]),
)
async def test_what_is_no_message_closes_the_socket(server, message):
    async with server.raw() as ear:
        await ear.socket.send(message)
        await closes(ear, 4400)


@pytest.mark.parametrize(
    "message",
    [
        {"id": "1"},
        {"payload": {"query": EVENTS}},
        {"id": "", "payload": {"query": EVENTS}},
        {"id": 1, "payload": {"query": EVENTS}},
        {"id": "x" * 101, "payload": {"query": EVENTS}},
        {"id": "1", "payload": [EVENTS]},
    ],
    ids=lambda message: repr(message)[:40],
)
async def test_a_malformed_subscribe_closes_the_socket(server, town, message):
    async with server.ear(town["office"]) as ear:
        await ear.say("subscribe", **message)
        await closes(ear, 4400)


async def test_initialisation_comes_first_and_once(server, town):
    async with server.raw() as ear:
        await ear.say("subscribe", id="1", payload={"query": EVENTS})
        await closes(ear, 4401)
    async with server.ear(town["office"]) as ear:
        await ear.say("connection_init")
        await closes(ear, 4429)


async def test_a_bad_token_is_refused_and_an_expired_one_ends_the_socket(server, town, monkeypatch):
    async with server.raw() as ear:
        await ear.say("connection_init", payload={"authorization": "Bearer nonsense"})
        assert "refused" in await closes(ear, 4403)
    monkeypatch.setattr(socket, "LONGEST_TIMER", 0.05)
    async with server.ear(town["office"]) as ear:
        await ear.subscribe()
        # The clock moves on while the socket stays open.
        now = server.identity._clock()
        monkeypatch.setattr(server.identity, "_clock", lambda: now + 3600 + 31)
        assert "expired" in await closes(ear, 4401)


async def test_a_token_may_come_with_the_handshake(server, town):
    headers = {"Authorization": server.token(town["office"])}
    async with server.raw(additional_headers=headers) as ear:
        await ear.say("connection_init")
        ear.ack = await ear.hear()
        await ear.subscribe()
        numbers = await told(town, "i1")
        assert [event["seq"] for event in await ear.events(1)] == numbers


async def test_ping_is_answered_and_pong_is_not(server):
    async with server.raw() as ear:
        await ear.say("pong")
        await ear.say("ping", payload={"n": 1})
        assert await ear.hear() == {"type": "pong", "payload": {"n": 1}}


async def test_an_id_is_taken_until_it_is_completed(server, town):
    async with server.ear(town["office"]) as ear:
        await ear.subscribe()
        await ear.say("complete", id="1")
        await ear.say("complete", id="never begun")
        await ear.subscribe()
        numbers = await told(town, "i1")
        assert [event["seq"] for event in await ear.events(1)] == numbers
        assert await ear.silent()
        await ear.subscribe()
        assert "1" in await closes(ear, 4409)


async def test_queries_and_mutations_are_answered_and_completed(server, town):
    async with server.ear(town["office"]) as ear:
        await ear.say("subscribe", id="q", payload={"query": "{ viewer { subject } }"})
        answer = await ear.hear()
        assert (answer["type"], answer["payload"]["data"]["viewer"]) == (
            "next",
            {"subject": town["office"].subject},
        )
        assert await ear.hear() == {"id": "q", "type": "complete"}


async def test_a_socket_carries_so_many_operations(server, town, monkeypatch):
    monkeypatch.setattr(socket, "MOST_OPERATIONS", 2)
    async with server.ear(town["office"]) as ear:
        for key in "123":
            await ear.subscribe(key=key)
        answer = await ear.hear()
        assert (answer["id"], answer["payload"][0]["extensions"]["code"]) == ("3", "TOO_MANY_SUBSCRIPTIONS")
        numbers = await told(town, "i1")
        assert [event["seq"] for event in await ear.events(2)] == numbers * 2


@pytest.mark.parametrize(
    ("viewer", "query", "code"),
    [
        (None, "subscription { issueEvents { seq } }", "FORBIDDEN"),
        ("machine without grant", "subscription { issueEvents { seq } }", "FORBIDDEN"),
        ("resident 1", "subscription { issueEvents { issue { rulebook { id } } } }", "FORBIDDEN"),
        ("office", "subscription { issueEvents { nothing } }", "VALIDATION"),
        ("office", "subscription { issueEvents { seq }", "SYNTAX"),
        ("office", "subscription { issueEvents { seq } notifications { at } }", "VALIDATION"),
        ("office", 'subscription { issueEvents(where: {street: "x"}) { seq } }', "BAD_INPUT"),
        ("office", "subscription ($w: IssueEventWhere) { issueEvents(where: $w) { seq } }", "BAD_INPUT"),
        ("office", "subscription { issueEvents { issue { reports(first: 9999) { __typename } } } }", BAD),
        ("office", "subscription ($no: Boolean = true) { issueEvents @skip(if: $no) { seq } }", "VALIDATION"),
    ],
    ids=str,
)  # fmt: skip
async def test_rules_limits_and_validation_hold(server, town, viewer, query, code):
    async with server.ear(viewer and town[viewer]) as ear:
        await ear.say("subscribe", id="1", payload={"query": query, "variables": {"w": {"types": ["NONE"]}}})
        answer = await ear.hear()
        assert answer["type"] == "error", answer
        assert answer["payload"][0]["extensions"]["code"] == code
        # The socket itself stays.
        await ear.say("ping")
        assert (await ear.hear())["type"] == "pong"


async def test_who_does_not_read_is_dropped_with_a_reason_and_resumes(server, town, monkeypatch):
    monkeypatch.setattr(outlet, "MOST_FRAMES", 20)
    query = EVENTS.replace("issue {", "data issue {")
    async with server.ear(town["office"], max_queue=1) as slow, server.ear(town["office"]) as quick:
        await slow.subscribe(query)
        await quick.subscribe()
        numbers = []
        slow.socket.transport.pause_reading()
        # Enough to fill the buffers of both ends.
        for _ in range(160):
            number = next(NUMBERS)
            numbers.append(number)
            await happen(town.a["i1"], number, text="满" * 20_000)
            assert (await quick.next())["seq"] == number
        slow.socket.transport.resume_reading()
        heard = []
        with suppress(ConnectionClosed):
            while True:
                heard.append(await slow.next())
        assert (slow.socket.close_code, "resume" in slow.socket.close_reason) == (4413, True)
        assert len(heard) < len(numbers)
    async with server.ear(town["office"]) as again:
        await again.subscribe(after=heard[-1]["resumeToken"])
        rest = await again.events(len(numbers) - len(heard))
    assert [event["seq"] for event in (*heard, *rest)] == numbers


# Server-sent events ---------------------------------------------------------------------------------


async def test_events_come_as_a_stream_with_tokens_as_ids(server, town):
    async with server.stream(EVENTS, town["office"]) as stream:
        assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        begun = (await stream.event())["id"]
        numbers = await told(town, "i1")
        event = await stream.event()
        assert event["event"] == "next"
        shown = json.loads(event["data"])["data"]["issueEvents"]
        assert (shown["seq"], shown["resumeToken"]) == (numbers[0], event["id"])
    missed = await told(town, "i2", "i3")
    for token, expected in ((begun, numbers + missed), (event["id"], missed)):
        async with server.stream(EVENTS, town["office"], **{"Last-Event-ID": token}) as stream:
            heard = [(await stream.next())["data"]["issueEvents"]["seq"] for _ in expected]
            assert heard == expected


async def test_a_stream_says_what_is_wrong_and_completes(server, town):
    async with server.stream("subscription { nothing }", town["office"]) as stream:
        assert (await stream.next())["errors"][0]["extensions"]["code"] == "VALIDATION"
        assert (await stream.event())["event"] == "complete"
    async with server.stream("{ viewer { subject } }", town["office"]) as stream:
        assert (await stream.next())["data"] == {"viewer": {"subject": town["office"].subject}}
        assert (await stream.event())["event"] == "complete"
    async with server.stream(EVENTS, None, Authorization="Bearer nonsense") as stream:
        assert stream.response.status_code == 401


async def test_a_client_that_takes_json_too_is_streamed_subscriptions_alone(server, town):
    both = {"Accept": "application/graphql-response+json, application/json, text/event-stream"}
    async with server.stream("{ viewer { subject } }", town["office"], **both) as stream:
        assert stream.response.headers["content-type"].startswith("application/graphql-response+json")
        assert (
            json.loads(await stream.response.aread())["data"]["viewer"]["subject"] == town["office"].subject
        )
    async with server.stream(EVENTS, town["office"], **both) as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
    async with server.stream(EVENTS, town["office"], Accept="application/json") as stream:
        refused = json.loads(await stream.response.aread())["errors"][0]
        assert "text/event-stream" in refused["message"]


async def test_a_stream_ends_when_its_token_does(server, town, monkeypatch):
    monkeypatch.setattr("api.streams.sse.LONGEST_TIMER", 0.05)
    async with server.stream(EVENTS, town["office"]) as stream:
        await stream.event()
        now = server.identity._clock()
        monkeypatch.setattr(server.identity, "_clock", lambda: now + 3600 + 31)
        assert (await stream.next())["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert (await stream.event())["event"] == "complete"


async def test_streams_end_when_the_server_drains(database, keys, town):
    async with Server(keys, database).serving() as server, server.stream(EVENTS, town["office"]) as stream:
        await stream.event()
        asyncio.get_running_loop().call_later(0.1, server.feed.closing.set)
        # No `complete`: the client is to come back.
        assert await stream.event() == {}


# What it rests on -----------------------------------------------------------------------------------


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


async def test_events_of_another_server_are_given_places_here(database, keys, town):
    """After a logical restore transaction numbers begin anew: events of "later" ones must not stay hidden."""
    numbers = await told(town, "i1", "i2")
    later = "(pg_current_xact_id()::text::bigint + 1000000 + id)::text::xid8"
    await db.execute(f"UPDATE events SET xact = {later} WHERE seq = ANY($1)", numbers)
    async with Server(keys, database).serving() as server, server.ear(town["office"]) as ear:
        await ear.subscribe()
        live = await told(town, "i3")
        assert [event["seq"] for event in await ear.events(1)] == live
        stale = token_of(Position(2**40, 1))
        await ear.subscribe(key="2", after=stale)
        assert (await ear.hear())["payload"][0]["extensions"]["code"] == "RESUME_EXPIRED"
    assert not await events.held_back()


def test_the_guide_names_the_limits():
    guide = " ".join((Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8").split())
    for said in (
        f"A token lasts {RESUME_FOR.days} days",
        f"within {socket.INIT_SECONDS:g} seconds",
        f"At most {socket.MOST_OPERATIONS} operations",
        f"over {outlet.MOST_FRAMES} messages",
        *(
            f"| {code} |"
            for code in (socket.BAD_MESSAGE, socket.FORBIDDEN, socket.SLOW_READER, socket.ID_TAKEN)
        ),
    ):
        assert said in guide, said
