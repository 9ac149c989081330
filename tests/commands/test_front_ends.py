"""What front-end teams compile with takes the schema as it is, and what it generates runs on the server."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
import uvicorn
import websockets

from api import trusted
from infra import connections, serve
from infra.sockets import Sockets
from models.policy.access import Viewer
from tests.clients.compiling import Workshop, texts
from tests.commands.desk import Desk
from tests.commands.rounds import Round


@pytest.fixture(scope="module")
def workshop(tmp_path_factory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("front-end"))


@pytest.fixture(scope="module")
def relay(workshop) -> dict[str, str]:
    documents = workshop.relay()
    assert trusted.load(documents), "relay's documents can be registered as they are"
    return texts(documents)


@pytest.fixture(scope="module")
def codegen(workshop) -> dict[str, str]:
    documents = workshop.codegen()
    assert trusted.load(documents), "codegen's documents can be registered as they are"
    return texts(documents)


@pytest_asyncio.fixture
async def address(stack, desk) -> AsyncIterator[str]:
    """The whole application on a socket, composed as in production."""
    client = await connections.temporal(stack.settings)
    store = connections.evidence_store(stack.settings)
    app = serve.application(stack.settings, client, store)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, ws=Sockets, log_config=None, lifespan="on"))
        serving = asyncio.create_task(server.serve([listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"127.0.0.1:{listening.getsockname()[1]}/graphql"
        app.state.feed.closing.set()
        server.should_exit = True
        await serving
    store.close()


@asynccontextmanager
async def following(address: str, desk: Desk, viewer: Viewer, query: str) -> AsyncIterator[Any]:
    """One generated subscription of this viewer, from now on."""
    async with websockets.connect(f"ws://{address}", subprotocols=["graphql-transport-ws"]) as ws:
        payload = {"authorization": f"Bearer {desk.token(viewer)}"}
        await ws.send(json.dumps({"type": "connection_init", "payload": payload}))
        ack = json.loads(await ws.recv())
        variables = {"after": ack["payload"]["resumeToken"]}
        subscribe = {"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}}
        await ws.send(json.dumps(subscribe))
        yield ws


async def event_of(ws: Any, issue: str, kind: str) -> dict[str, Any]:
    """The next event of this kind about this issue."""
    async with asyncio.timeout(15):
        while True:
            message = json.loads(await ws.recv())
            assert message["type"] == "next", message
            assert "errors" not in message["payload"], message
            event = message["payload"]["data"]["issueEvents"]
            if (event["issue"]["id"], event["type"]) == (issue, kind):
                return event


class Operations:
    """Generated operations; each must be run, and answer without errors."""

    def __init__(self, desk: Desk, texts: dict[str, str]) -> None:
        self.desk, self.texts = desk, texts
        self.left = set(texts)

    def take(self, name: str) -> str:
        self.left.discard(name)
        return self.texts[name]

    async def run(self, name: str, viewer: Viewer, **variables: Any) -> dict[str, Any]:
        return await self.desk.ask(self.take(name), viewer, **variables)

    async def command(self, name: str, viewer: Viewer, **input: Any) -> dict[str, Any]:
        """The result of a mutation."""
        key = f"front end {uuid4().hex}"
        (result,) = (await self.run(name, viewer, input={"idempotencyKey": key, **input})).values()
        return result


async def test_relays_operations_run(desk, relay, address):
    operations = Operations(desk, relay)
    case = await Round(desk).begin()
    clerk, handler, issue = case.clerk, case.handler, case.issue
    async with following(address, desk, clerk, operations.take("EventsIssuesSubscription")) as ws:
        assessed = await operations.command("CommandsAssessMutation", clerk, issue=issue, level="GENERAL")
        assert assessed["issue"]["stage"] == "ASSESSED"
        assert (await event_of(ws, issue, "ASSESSED"))["issue"]["stage"] == "ASSESSED"
    asked = {"issue": issue, "department": case.lighting, "demand": "请修复"}
    called = await operations.command("CommandsCallMutation", clerk, **asked)
    part = {"assignment": called["assignment"]["id"]}
    accepted = await operations.command("CommandsAcceptMutation", handler, **part)
    assert accepted["issue"]["stage"] == "HANDLING"
    refused = await operations.command("CommandsAcceptMutation", handler, **part)
    assert (refused["__isProblem"], refused["found"]) == ("WrongStageProblem", "ACCEPTED")

    page = (await operations.run("IssuePageQuery", clerk, id=issue))["node"]
    first, second = page["timeline"]["edges"][:2]
    more = {"id": issue, "first": 1, "after": first["cursor"]}
    rest = (await operations.run("IssuePageTimelineQuery", clerk, **more))["node"]["timeline"]
    assert rest["edges"] == [second]

    board = (await operations.run("BoardQuery", clerk, first=1))["issues"]
    (shown,) = board["edges"]
    assert board["pageInfo"]["endCursor"] == shown["cursor"]
    below = await operations.run("BoardPaginationQuery", clerk, first=100, after=shown["cursor"])
    ids = [edge["node"]["id"] for edge in below["issues"]["edges"]]
    assert shown["node"]["id"] not in ids
    assert issue in (shown["node"]["id"], *ids)

    async with following(address, desk, handler, operations.take("EventsNotificationsSubscription")) as ws:
        # Nothing is owed yet: it stands, without an error.
        await ws.send('{"type": "ping"}')
        assert json.loads(await ws.recv()) == {"type": "pong"}
    assert not operations.left, "every generated operation is run here"


async def test_codegens_operations_run_and_its_types_fit(desk, workshop, codegen, address):
    # The generated code, and a client of Apollo's written on it, pass the compiler.
    workshop.run("tsc", "-p", "tsconfig.json")
    operations = Operations(desk, codegen)
    case = await Round(desk).begin()
    async with following(address, desk, case.clerk, operations.take("IssueEvents")) as ws:
        assessed = await operations.command("Assess", case.clerk, issue=case.issue, level="GENERAL")
        assert (assessed["__typename"], assessed["issue"]["stage"]) == ("IssueAssessed", "ASSESSED")
        await event_of(ws, case.issue, "ASSESSED")
    page = (await operations.run("IssuePage", case.clerk, id=case.issue))["issue"]
    assert page["timeline"]["nodes"][-1]["kindLabel"]
    where = {"stages": ["ASSESSED"]}
    board = (await operations.run("Board", case.clerk, where=where, first=100))["issues"]
    assert case.issue in [node["id"] for node in board["nodes"]]
    units = (await operations.run("Units", case.clerk))["streets"]["nodes"]
    assert any(unit["communities"]["nodes"] for unit in units)
    assert not operations.left, "every generated operation is run here"


async def test_the_clients_that_front_ends_use_hear_what_happens(desk, workshop, address):
    case = await Round(desk).begin()
    command = ["node", "follow.mjs", address, f"Bearer {desk.token(case.clerk)}"]
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    node = await asyncio.create_subprocess_exec(*command, cwd=workshop.folder, **pipes)
    said: list[dict[str, Any]] = []

    async def until(*wanted: Any) -> None:
        async with asyncio.timeout(20):
            while not all(any(want(line) for line in said) for want in wanted):
                line = await node.stdout.readline()
                assert line, said
                said.append(json.loads(line))
                assert "error" not in said[-1], said

    try:
        ways = ("socket", "events")
        subject = case.clerk.subject
        await until(*(lambda line, way=way: line == {"way": way, "viewer": subject} for way in ways))
        await asyncio.sleep(0.5)
        await case.assessed()
        shown = (await case.shown("code"))["code"]
        await until(
            *(
                lambda line, way=way: (
                    line["way"] == way
                    and (line.get("event") or {}).get("type") == "ASSESSED"
                    and line["event"]["issue"]["code"] == shown
                )
                for way in ways
            )
        )
    finally:
        node.stdin.close()
        await node.wait()
    assert any("connected" in line for line in said)
