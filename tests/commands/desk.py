"""Asks the application as somebody, and carries an issue along."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
from joserfc.jwk import ECKey

from api.ids import global_id
from infra.keys import LocalKeys
from models.policy.access import Viewer
from models.queries import posts
from models.queries.posts import PostAsked
from models.terms import Role
from storage.s3 import S3EvidenceStore

PROBLEM = "... on Problem { code message field }"
ISSUE = "issue { id code stage level seq department { id } }"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)

KEYS = count()
MODERN = "application/graphql-response+json"
"""What today's clients accept: every error then has its own status."""


class Desk:
    """One application; every question names who asks."""

    def __init__(self, http: httpx.AsyncClient, keys: LocalKeys, store: S3EvidenceStore) -> None:
        self.http, self.keys, self.store = http, keys, store
        self._tokens: dict[Viewer, str] = {}

    def token(self, viewer: Viewer) -> str:
        if viewer not in self._tokens:
            self._tokens[viewer] = self.keys.mint(viewer, timedelta(hours=2))
        return self._tokens[viewer]

    def bad_tokens(self, viewer: Viewer) -> dict[str, str]:
        """Tokens of this viewer that prove nothing."""
        stranger = ECKey.generate_key("P-256", private=True, auto_kid=True)
        good = self.keys.mint(viewer)
        return {
            "expired": self.keys.mint(viewer, timedelta(hours=-1)),
            "unknown key": replace(self.keys, key=stranger).mint(viewer),
            "other audience": self.keys.mint(viewer, aud="elsewhere"),
            "cut short": good[:-4],
        }

    async def who(self, **asked: Any) -> Viewer:
        """Somebody who holds this post in Jinjiang unless said otherwise."""
        found = await posts.posts(PostAsked(**{"district": "jinjiang", **asked}))
        assert found, asked
        return found[0].viewer

    async def post(self, body: Any, viewer: Viewer | None = None, language: str = "en") -> httpx.Response:
        return await self.send(json.dumps(body).encode(), viewer, language)

    async def send(
        self, body: bytes, viewer: Viewer | None = None, language: str = "en", **headers: str
    ) -> httpx.Response:
        """Bytes as they are."""
        sent = {"Accept-Language": language, "Content-Type": "application/json", "Accept": MODERN, **headers}
        if viewer is not None:
            sent["Authorization"] = f"Bearer {self.token(viewer)}"
        return await self.http.post("/graphql", content=body, headers=sent)

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
        fields: str | None = None,
        key: str | None = None,
        language: str = "en",
    ) -> dict[str, Any]:
        """One mutation's result: the success type's `fields`, or a problem."""
        query = mutation(name, fields)
        given = {"idempotencyKey": key or fresh_key(), **input}
        data = await self.ask(query, viewer, language, input=given)
        return data["result"]

    async def photo(self, viewer: Viewer, issue: str, kind: str, picture: bytes = PICTURE) -> str:
        """Announces, uploads and confirms a photo; returns its id."""
        ready = await self.announced(viewer, issue, kind, picture)
        await self.upload(ready["upload"], picture)
        confirmed = await self.do(
            "confirmEvidence", viewer, {"evidence": ready["evidence"]["id"]}, "evidence { id status viewUrl }"
        )
        assert confirmed["evidence"]["status"] == "CONFIRMED"
        return confirmed["evidence"]["id"]

    async def announced(
        self, viewer: Viewer, issue: str, kind: str, picture: bytes = PICTURE
    ) -> dict[str, Any]:
        """A photo announced and not sent."""
        fields = "evidence { id } upload { url method headers { name value } }"
        return await self.do("requestEvidenceUpload", viewer, photo_input(issue, kind, picture), fields)

    async def upload(self, upload: dict[str, Any], picture: bytes) -> None:
        """Sends bytes to where an announcement said."""
        async with httpx.AsyncClient(trust_env=False, verify=False) as plain:
            sent = await plain.request(
                upload["method"],
                upload["url"],
                content=picture,
                headers={h["name"]: h["value"] for h in upload["headers"]},
            )
        assert sent.status_code == 200, sent.text


def photo_input(issue: str, kind: str, picture: bytes = PICTURE) -> dict[str, Any]:
    return {
        "issue": issue,
        "kind": kind,
        "contentType": "image/png",
        "size": len(picture),
        "sha256": sha256(picture).hexdigest(),
    }


def fresh_key() -> str:
    return f"test-{next(KEYS)}-{uuid4().hex[:6]}"


def mutation(name: str, fields: str | None = None) -> str:
    """The document of one mutation, its input a variable."""
    input_type = INPUT.get(name, name[0].upper() + name[1:] + "Input")
    return (
        f"mutation($input: {input_type}!) {{ result: {name}(input: $input) "
        f"{{ __typename ... on {SUCCESS[name]} {{ {fields or FIELDS.get(name, ISSUE)} }} {PROBLEM} "
        "... on WrongStageProblem { found expected } ... on ForbiddenProblem { rule } } }"
    )


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
    "publishBulletin": "BulletinPublished",
    "publishAnnualReview": "BulletinPublished",
    "enterScoreSheets": "ScoreSheetsEntered",
    "withdrawScoreSheet": "ScoreSheetWithdrawn",
}
FIELDS = {
    "reportIssue": "trackingCode",
    "requestEvidenceUpload": "evidence { id status }",
    "confirmEvidence": "evidence { id status }",
    "markNotificationsRead": "marked unreadCount",
}
"""What is asked of a success unless a test says otherwise."""
INPUT = dict.fromkeys(("acceptAssignment", "reportIn", "completeAssignment"), "AssignmentInput")

FULL_MARKS = dict.fromkeys(("reportIn", "professionalism", "responsibility", "cooperation", "outcome"), 20)
CHENGLONG = "成龙路街道"


class Round:
    """An issue in one street and the people who deal with it."""

    def __init__(self, desk: Desk, district: str = "jinjiang", street: str = CHENGLONG) -> None:
        self.desk, self.district, self.street = desk, district, street
        self.assignment = ""

    async def people(self) -> Round:
        """The clerk of the street, the handler of its street lights, and the worker of a grid."""
        here = {"district": self.district}
        self.clerk = await self.desk.who(role=Role.STREET_CLERK, street=self.street, **here)
        self.handler = await self.desk.who(role=Role.DEPARTMENT_HANDLER, department="lighting", **here)
        self.worker = await self.desk.who(role=Role.GRID_WORKER, street=self.street, **here)
        self.lighting = global_id("Department", self.handler.posts[0].department)
        self.unit = global_id("Grid", self.worker.posts[0].grid)
        self.report = {
            "category": "street_light",
            "unit": self.unit,
            "title": "点亮回家的路",
            "place": "成龙大道一段 99 号",
            "description": "整条路的路灯都不亮",
        }
        return self

    async def begin(self, **changes: Any) -> Round:
        """The report; `changes` are to its input."""
        await self.people()
        self.report |= changes
        fields = "trackingCode issue { id stage }"
        answer = await self.desk.do("reportIssue", self.worker, self.report, fields)
        assert answer["__typename"] == "IssueReported", answer
        self.code, self.issue = answer["trackingCode"], answer["issue"]["id"]
        return self

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
        """A GENERAL issue at this stage; HANDLING is before the department reported in, ON_SITE after."""
        await self.begin()
        steps = {
            "ASSESSED": self.assessed,
            "CALLED": self.called,
            "HANDLING": lambda: self.step("acceptAssignment"),
            "ON_SITE": lambda: self.step("reportIn"),
            "VERIFYING": lambda: self.step("completeAssignment"),
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

    async def reviewed(self) -> Round:
        answer = await self.desk.do(
            "reviewDepartment",
            self.clerk,
            {"assignment": self.assignment, "scores": FULL_MARKS, "comment": "很好"},
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
