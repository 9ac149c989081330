"""A whole installation of real processes that a test may kill one by one, and clients that do not give up.

API and worker are the processes that `huying up` runs; database, Temporal and store are the local stack.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from temporalio.client import Client

from infra import connections
from infra.parts import ApiPart, WorkerPart
from infra.settings import Settings
from infra.stack import local
from infra.stack.ports import Ports
from infra.stack.process import Service
from tests.commands.desk import body
from tests.infra.command import answer, huying
from tests.pictures.scenes import photo
from workflows.contracts import SEARCH_ATTRIBUTES

PATIENCE = 60.0
"""Seconds a client goes on sending the same command."""
AGAIN = "UNAVAILABLE"
"""The one code after which the same is sent again; anything else, INTERNAL above all, fails the test."""
MARKS = dict.fromkeys(("reportIn", "professionalism", "responsibility", "cooperation", "outcome"), 20)
WAY = [
    "COLLECTED", "ASSESSED", "CALLED", "ACCEPTED", "REPORTED_IN", "COMPLETED", "VERIFIED", "ANSWERED",
    "REVIEWED", "FILED",
]  # fmt: skip
SUCCESS = {
    "reportIssue": ("ReportIssueInput", "IssueReported", "trackingCode issue { id }"),
    "assessIssue": ("AssessIssueInput", "IssueAssessed", "issue { id }"),
    "callDepartment": ("CallDepartmentInput", "DepartmentCalled", "assignment { id }"),
    "acceptAssignment": ("AssignmentInput", "AssignmentAccepted", "issue { id }"),
    "reportIn": ("AssignmentInput", "ReportedIn", "issue { id }"),
    "completeAssignment": ("AssignmentInput", "AssignmentCompleted", "issue { id }"),
    "requestEvidenceUpload": (
        "RequestEvidenceUploadInput",
        "EvidenceUploadReady",
        "evidence { id } upload { url method headers { name value } fields { name value } }",
    ),
    "confirmEvidence": ("ConfirmEvidenceInput", "EvidenceConfirmed", "evidence { id }"),
    "verifyIssue": ("VerifyIssueInput", "IssueVerified", "issue { id }"),
    "reviewDepartment": ("ReviewDepartmentInput", "ReviewDrafted", "sheet { id version }"),
    "signReview": ("SignReviewInput", "DepartmentReviewed", "scorecard { total }"),
}
"""By mutation: its input, its success, and what is asked of that."""


@dataclass
class Installation:
    """What runs, who signs in, and what was acknowledged."""

    stack: local.Stack
    api: ApiPart
    worker: WorkerPart
    tokens: dict[str, dict[str, Any]]
    acknowledged: int = 0
    seeds: Iterator[int] = field(default_factory=lambda: count(1000))
    again: list[str] = field(default_factory=list)
    """Why something had to be sent again."""

    def part(self, name: str) -> Service:
        return {"api": self.api, "worker": self.worker}.get(name) or self.stack.service(name)

    async def killed_and_back(self, name: str) -> None:
        """`kill -9`, then the same again at the same address."""
        self.part(name).kill()
        assert not self.part(name).alive
        await self.part(name).start()

    async def send(self, who: str, name: str, given: dict[str, Any], key: str) -> dict[str, Any]:
        """One try. Raises httpx.HTTPError where no answer came, and TryAgainError where it was not done."""
        kind, success, fields = SUCCESS[name]
        query = (
            f"mutation($input: {kind}!) {{ result: {name}(input: $input) {{ __typename "
            f"... on {success} {{ {fields} }} ... on Problem {{ code message field }} }} }}"
        )
        async with plain(base_url=self.api.address) as http:
            response = await http.post(
                "/graphql",
                json={"query": query, "variables": {"input": {"idempotencyKey": key, **given}}},
                headers={"Authorization": f"Bearer {self.tokens[who]['token']}"},
            )
        said = response.json()
        codes = {error["extensions"]["code"] for error in said.get("errors", [])}
        result: dict[str, Any] = (said.get("data") or {}).get("result") or {}
        if AGAIN in codes or result.get("code") == AGAIN:
            raise TryAgainError(name)
        assert not codes, said
        assert result["__typename"] == success, (name, result)
        self.acknowledged += 1
        return result

    async def insist(
        self, who: str, name: str, given: dict[str, Any], key: str | None = None
    ) -> dict[str, Any]:
        """The same command under the same key until it is acknowledged."""
        key = key or uuid4().hex
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    return await self.send(who, name, given, key)
                except (httpx.HTTPError, TryAgainError) as no:
                    self.again.append(repr(no))
                    await asyncio.sleep(0.2)

    @property
    def report(self) -> dict[str, Any]:
        """A report of street lights in the worker's grid."""
        return {
            "category": "street_light",
            "unit": self.tokens["worker"]["unit"],
            "title": "点亮回家的路",
            "place": "成龙大道一段",
        }

    async def whole_case(self, key: str) -> str:
        """A GENERAL issue from report to filing, whatever dies meanwhile; returns its code."""
        reported = await self.insist("worker", "reportIssue", self.report, key)
        issue = {"issue": reported["issue"]["id"]}
        await self.insist("clerk", "assessIssue", {**issue, "level": "GENERAL"})
        call = {**issue, "department": self.tokens["handler"]["unit"], "demand": "请尽快修复"}
        part = {"assignment": (await self.insist("clerk", "callDepartment", call))["assignment"]["id"]}
        for step in ("acceptAssignment", "reportIn"):
            await self.insist("handler", step, part)
        await self.photo(issue, "handler")
        await self.insist("handler", "completeAssignment", part)
        seen = {**issue, "passed": True, "evidence": [await self.photo(issue)], "answer": "已修好"}
        await self.insist("clerk", "verifyIssue", seen)
        sheet = (await self.insist("clerk", "reviewDepartment", {**part, "scores": MARKS}))["sheet"]
        await self.insist("second", "signReview", {"sheet": sheet["id"], "version": sheet["version"]})
        return str(reported["trackingCode"])

    async def photo(self, issue: dict[str, str], who: str = "clerk") -> str:
        """A picture of its own, sent and accepted, whatever dies meanwhile."""
        picture = photo(next(self.seeds), side=160)
        announced = {"kind": "AFTER", "contentType": "image/jpeg", "size": len(picture)}
        announced["sha256"] = sha256(picture).hexdigest()
        ready = await self.insist(who, "requestEvidenceUpload", {**issue, **announced})
        made = {"evidence": ready["evidence"]["id"]}
        await self.uploaded(ready["upload"], picture)
        await self.insist(who, "confirmEvidence", made)
        assert await self.settled(made["evidence"]) == "ACCEPTED"
        return made["evidence"]

    async def uploaded(self, upload: dict[str, Any], picture: bytes) -> None:
        """Sent again, the same bytes under the same key, until the store has them."""
        async with asyncio.timeout(PATIENCE), plain() as http:
            while True:
                try:
                    sent = await http.request(upload["method"], upload["url"], **body(upload, picture))
                    sent.raise_for_status()
                    return
                except httpx.HTTPError as no:
                    self.again.append(repr(no))
                    await asyncio.sleep(0.2)

    async def settled(self, made: str) -> str:
        """What became of a photo."""
        sql = "SELECT status FROM evidence WHERE id = $1"
        async with asyncio.timeout(PATIENCE):
            while True:
                found = await self.rows(sql, UUID(made.partition(":")[2]))
                if found[0]["status"] not in ("PENDING", "CONFIRMED"):
                    return str(found[0]["status"])
                await asyncio.sleep(0.1)

    async def rows(self, sql: str, *values: object) -> list[Any]:
        """Straight from the database, past everything that is tested."""
        connection = await asyncpg.connect(self.stack.settings.database_url)
        try:
            return list(await connection.fetch(sql, *values))
        finally:
            await connection.close()

    async def timeline(self, code: str) -> list[str]:
        """The kinds of an issue's entries."""
        found = await self.rows(
            "SELECT e.kind FROM timeline_entries e JOIN issues i ON i.id = e.issue_id WHERE i.code = $1 "
            "ORDER BY e.seq",
            code,
        )
        return [row["kind"] for row in found]

    async def issues(self) -> int:
        return int((await self.rows("SELECT count(*) FROM issues"))[0][0])


def plain(**options: Any) -> httpx.AsyncClient:
    """A client with a connection of its own, and no certificates, which take long to read."""
    return httpx.AsyncClient(timeout=30, trust_env=False, verify=False, **options)


class TryAgainError(Exception):
    """Not done now; the same may be sent again."""


@asynccontextmanager
async def installation(data: Path) -> AsyncIterator[Installation]:
    """Local stack, current database, one district, and tokens; neither API nor worker runs yet."""
    ports = Ports(data / "ports.json")  # others than the usual ones: they may be in daily use
    for name in ("postgres", "temporal", "temporal-ui", "s3", "api"):
        ports.take(name)
    settings = Settings.load({"HUYING_DATA": str(data), "HUYING_PORT": str(ports.take("api"))})
    async with await local.start(settings, search_attributes=SEARCH_ATTRIBUTES) as stack:
        for command in (("migrate",), ("load", "jinjiang")):
            done = await asyncio.to_thread(huying, *command, within=60, HUYING_DATA=data)
            assert done.returncode == 0, done.stderr
        client: Client = await connections.temporal(stack.settings)
        found = Installation(
            stack,
            ApiPart(stack.settings, print),
            WorkerPart(stack.settings, client, print),
            await tokens(data),
        )
        try:
            yield found
        finally:
            await asyncio.gather(found.api.stop(), found.worker.stop())


async def tokens(data: Path) -> dict[str, dict[str, Any]]:
    """Two clerks, the handler of street lights and a grid worker of one street; each with their unit's id."""
    wanted = {
        "clerk": ("--role", "STREET_CLERK", "--street", "成龙路街道"),
        "handler": ("--role", "DEPARTMENT_HANDLER", "--department", "lighting"),
        "worker": ("--role", "GRID_WORKER", "--street", "成龙路街道"),
    }
    made = [
        asyncio.to_thread(huying, "token", "--json", *how, within=60, HUYING_DATA=data)
        for how in wanted.values()
    ]
    signed = dict(zip(wanted, map(answer, await asyncio.gather(*made)), strict=True))
    beside = claims(signed["clerk"]["token"])["sub"].replace("-1@", "-2@")
    second = await asyncio.to_thread(huying, "token", "--json", beside, within=60, HUYING_DATA=data)
    signed["second"] = answer(second)
    for who, unit in (("worker", "grid"), ("handler", "department"), ("clerk", "street")):
        post = claims(signed[who]["token"])["posts"][0]
        signed[who]["unit"] = f"{unit.title()}:{post[unit]}"
    return signed


def claims(token: str) -> dict[str, Any]:
    """What a token says."""
    body = token.split(".")[1]
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return said
