"""Asks the application as somebody, and carries an issue along."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from api.ids import global_id
from infra.keys import LocalKeys
from models.policy.access import Viewer
from models.queries import posts
from models.queries.posts import PostAsked
from models.terms import Role

PROBLEM = "... on Problem { code message field }"
ISSUE = "issue { id code stage level seq department { id } }"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)

KEYS = count()


class Desk:
    """One application; every question names who asks."""

    def __init__(self, http: httpx.AsyncClient, keys: LocalKeys) -> None:
        self.http, self._keys = http, keys
        self._tokens: dict[Viewer, str] = {}

    def token(self, viewer: Viewer) -> str:
        if viewer not in self._tokens:
            self._tokens[viewer] = self._keys.mint(viewer, timedelta(hours=2))
        return self._tokens[viewer]

    async def who(self, **asked: Any) -> Viewer:
        """Somebody who holds this post in Jinjiang unless said otherwise."""
        found = await posts.posts(PostAsked(**{"district": "jinjiang", **asked}))
        assert found, asked
        return found[0].viewer

    async def post(self, body: Any, viewer: Viewer | None = None, language: str = "en") -> httpx.Response:
        headers = {"Accept-Language": language}
        if viewer is not None:
            headers["Authorization"] = f"Bearer {self.token(viewer)}"
        return await self.http.post("/graphql", json=body, headers=headers)

    async def ask(
        self, query: str, viewer: Viewer | None = None, language: str = "en", **variables: Any
    ) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = (await self.post({"query": query, "variables": variables}, viewer, language)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def do(
        self,
        name: str,
        viewer: Viewer | None,
        input: dict[str, Any],
        fields: str = ISSUE,
        key: str | None = None,
    ) -> dict[str, Any]:
        """One mutation's result: the success type's `fields`, or a problem."""
        kind = name[0].upper() + name[1:]
        success = SUCCESS[name]
        query = (
            f"mutation($input: {INPUT.get(name, kind + 'Input')}!) {{ result: {name}(input: $input) "
            f"{{ __typename ... on {success} {{ {fields} }} {PROBLEM} "
            "... on WrongStageProblem { found expected } ... on ForbiddenProblem { rule } } }"
        )
        key = key or f"test-{next(KEYS)}-{uuid4().hex[:6]}"
        data = await self.ask(query, viewer, input={"idempotencyKey": key, **input})
        return data["result"]

    async def photo(self, viewer: Viewer, issue: str, kind: str, picture: bytes = PICTURE) -> str:
        """Announces, uploads and confirms a photo; returns its id."""
        ready = await self.do(
            "requestEvidenceUpload",
            viewer,
            {
                "issue": issue,
                "kind": kind,
                "contentType": "image/png",
                "size": len(picture),
                "sha256": sha256(picture).hexdigest(),
            },
            "evidence { id } upload { url method headers { name value } }",
        )
        upload = ready["upload"]
        async with httpx.AsyncClient() as plain:
            sent = await plain.request(
                upload["method"],
                upload["url"],
                content=picture,
                headers={h["name"]: h["value"] for h in upload["headers"]},
            )
        assert sent.status_code == 200, sent.text
        confirmed = await self.do(
            "confirmEvidence", viewer, {"evidence": ready["evidence"]["id"]}, "evidence { id status viewUrl }"
        )
        assert confirmed["evidence"]["status"] == "CONFIRMED"
        return confirmed["evidence"]["id"]


SUCCESS = {
    "reportIssue": "IssueReported",
    "assessIssue": "IssueAssessed",
    "callDepartment": "DepartmentCalled",
    "acceptAssignment": "AssignmentAccepted",
    "reportIn": "ReportedIn",
    "completeAssignment": "AssignmentCompleted",
    "addProgressNote": "ProgressNoted",
    "verifyIssue": "IssueVerified",
    "reviewDepartment": "DepartmentReviewed",
    "requestEvidenceUpload": "EvidenceUploadReady",
    "confirmEvidence": "EvidenceConfirmed",
    "markNotificationsRead": "NotificationsRead",
}
INPUT = dict.fromkeys(("acceptAssignment", "reportIn", "completeAssignment"), "AssignmentInput")

CHENGLONG = "成龙路街道"


class Round:
    """An issue in one street and the people who deal with it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def begin(self, category: str = "street_light", title: str = "点亮回家的路") -> Round:
        desk = self.desk
        self.clerk = await desk.who(role=Role.STREET_CLERK, street=CHENGLONG)
        self.handler = await desk.who(role=Role.DEPARTMENT_HANDLER, department="lighting")
        self.worker = await self._worker()
        places = await desk.ask("query { departments(first: 50) { nodes { id key } } }", self.clerk)
        self.lighting = next(d["id"] for d in places["departments"]["nodes"] if d["key"] == "lighting")
        self.report = {
            "category": category,
            "unit": self.unit,
            "title": title,
            "place": "成龙大道一段 99 号",
            "description": "整条路的路灯都不亮",
        }
        answer = await desk.do("reportIssue", self.worker, self.report, "trackingCode issue { id stage }")
        assert answer["__typename"] == "IssueReported", answer
        self.code, self.issue = answer["trackingCode"], answer["issue"]["id"]
        return self

    async def _worker(self) -> Viewer:
        grid = await posts.posts(PostAsked(role=Role.GRID_WORKER, street=CHENGLONG))
        self.unit = global_id("Grid", grid[0].post.grid)
        return grid[0].viewer

    async def assessed(self, level: str = "GENERAL", **more: Any) -> Round:
        answer = await self.desk.do("assessIssue", self.clerk, {"issue": self.issue, "level": level, **more})
        assert answer["__typename"] == "IssueAssessed", answer
        if level == "SIMPLE":
            self.assignment = await self._assignment()
        return self

    async def called(self) -> Round:
        answer = await self.desk.do(
            "callDepartment",
            self.clerk,
            {"issue": self.issue, "department": self.lighting, "demand": "请尽快修复路灯"},
            ISSUE + " call { id demand } assignment { id status }",
        )
        assert answer["__typename"] == "DepartmentCalled", answer
        self.assignment = answer["assignment"]["id"]
        return self

    async def step(self, name: str, viewer: Viewer | None = None) -> Round:
        answer = await self.desk.do(name, viewer or self.handler, {"assignment": self.assignment})
        assert "issue" in answer, answer
        return self

    async def verified(self, passed: bool = True) -> Round:
        photo = await self.desk.photo(self.clerk, self.issue, "AFTER")
        answer = await self.desk.do(
            "verifyIssue", self.clerk, {"issue": self.issue, "passed": passed, "evidence": [photo]}
        )
        assert answer["__typename"] == "IssueVerified", answer
        return self

    async def to_stage(self, stage: str) -> Round:
        """A GENERAL issue at this stage."""
        await self.begin()
        steps = {
            "ASSESSED": self.assessed,
            "CALLED": self.called,
            "HANDLING": lambda: self.step("acceptAssignment"),
            "VERIFYING": self._handled,
            "REVIEWING": self.verified,
            "FILED": self.reviewed,
        }
        for reached, take in steps.items():
            if stage == "COLLECTED":
                break
            await take()
            if reached == stage:
                break
        return self

    async def _handled(self) -> Round:
        await self.step("reportIn")
        return await self.step("completeAssignment")

    async def reviewed(self) -> Round:
        scores = dict.fromkeys(
            ("reportIn", "professionalism", "responsibility", "cooperation", "outcome"), 20
        )
        answer = await self.desk.do(
            "reviewDepartment",
            self.clerk,
            {"assignment": self.assignment, "scores": scores, "comment": "很好"},
            ISSUE + " scorecard { total }",
        )
        assert answer.get("scorecard") == {"total": 100}, answer
        return self

    async def _assignment(self) -> str:
        data = await self.desk.ask(
            "query($id: ID!) { issue(id: $id) { assignments { id } } }", self.clerk, id=self.issue
        )
        return data["issue"]["assignments"][0]["id"]

    async def shown(self, fields: str, viewer: Viewer | None = None) -> dict[str, Any]:
        data = await self.desk.ask(
            f"query($id: ID!) {{ issue(id: $id) {{ {fields} }} }}", viewer or self.clerk, id=self.issue
        )
        return data["issue"]

    async def until(self, fields: str, done: Any) -> dict[str, Any]:
        """The issue once `done` says so; within ten seconds."""
        for _ in range(100):
            shown = await self.shown(fields)
            if done(shown):
                return shown
            await asyncio.sleep(0.1)
        raise AssertionError(f"not within ten seconds: {shown}")
