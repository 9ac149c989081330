"""graphql-transport-ws as its specification and the guide have it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from websockets import ConnectionClosed

from api.streams import outlet, socket
from api.streams.feed import RESUME_FOR
from tests.api.streams.following import EVENTS, NUMBERS, Ear, happen, told

BAD = "BAD_INPUT"


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


def test_the_guide_names_the_limits():
    guide = " ".join((Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8").split())
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
