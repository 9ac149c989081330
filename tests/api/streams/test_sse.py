"""GraphQL over server-sent events, in distinct connections mode."""

from __future__ import annotations

import asyncio
import json

from tests.api.streams.following import EVENTS, Server, told


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
