"""An issue carried along, as the people concerned."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from api.ids import global_id
from models.policy.access import Viewer
from models.queries import db, posts
from models.queries.posts import PostAsked
from models.terms import Role
from tests.commands.desk import ISSUE, Desk

FULL_MARKS = dict.fromkeys(("reportIn", "professionalism", "responsibility", "cooperation", "outcome"), 20)
CHENGLONG = "成龙路街道"


class Round:
    """An issue in one street and the people who deal with it."""

    def __init__(self, desk: Desk, district: str = "jinjiang", street: str = CHENGLONG) -> None:
        self.desk, self.district, self.street = desk, district, street
        self.assignment = self.other = self.proposal = self.sheet = ""
        self.report_id = self.joined_id = self.photo = self.into = self.team = ""

    async def people(self) -> Round:
        """The clerk of the street, the handler of its street lights, and the worker of a grid."""
        here = {"district": self.district}
        self.clerk = await self.desk.who(role=Role.STREET_CLERK, street=self.street, **here)
        clerks = await posts.posts(PostAsked(role=Role.STREET_CLERK, street=self.street, **here))
        self.second = clerks[1].viewer
        self.handler = await self.desk.who(role=Role.DEPARTMENT_HANDLER, department="lighting", **here)
        self.helper = await self.desk.who(role=Role.DEPARTMENT_HANDLER, department="water", **here)
        self.third = await self.desk.who(role=Role.DEPARTMENT_HANDLER, department="parks", **here)
        self.parks = global_id("Department", self.third.posts[0].department)
        self.office = await self.desk.who(role=Role.RESPONSE_OFFICE, **here)
        self.leader = await self.desk.who(role=Role.DISTRICT_LEADER, **here)
        self.worker = await self.desk.who(role=Role.GRID_WORKER, street=self.street, **here)
        self.lighting = global_id("Department", self.handler.posts[0].department)
        self.water = global_id("Department", self.helper.posts[0].department)
        self.unit = global_id("Grid", self.worker.posts[0].grid)
        place = await db.row("SELECT * FROM grids WHERE id = $1", self.worker.posts[0].grid)
        assert place is not None
        self.own_teams = {
            "GRID": global_id("Community", place["community_id"]),
            "COMMUNITY": global_id("Street", place["street_id"]),
            "STREET": self.unit,
        }
        self.report = {
            "category": "street_light",
            "unit": self.unit,
            "title": "点亮回家的路",
            "place": "成龙大道一段 99 号",
            "description": "整条路的路灯都不亮",
        }
        return self

    async def begin(self, by: Viewer | None = None, **changes: Any) -> Round:
        """The report; `changes` are to its input."""
        await self.people()
        self.report |= changes
        fields = "trackingCode issue { id stage } report { id }"
        answer = await self.desk.do("reportIssue", by or self.worker, self.report, fields)
        assert answer["__typename"] == "IssueReported", answer
        self.code, self.issue = answer["trackingCode"], answer["issue"]["id"]
        self.report_id = (answer["report"] or {}).get("id", "")
        return self

    async def assessed(self, level: str = "GENERAL", **more: Any) -> Round:
        answer = await self.desk.do("assessIssue", self.clerk, {"issue": self.issue, "level": level, **more})
        assert answer["__typename"] == "IssueAssessed", answer
        if level == "SIMPLE":
            self.team = more["team"]
            self.assignment = await self._assignment()
        return self

    async def give(self, name: str, viewer: Viewer, given: dict[str, Any], fields: str = ISSUE) -> Any:
        """A command that is taken."""
        answer = await self.desk.do(name, viewer, given, fields)
        assert "code" not in answer, (name, answer)
        return answer

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
        if name == "completeAssignment":
            await self.shows_result(viewer or self.handler)
        answer = await self.desk.do(name, viewer or self.handler, {"assignment": self.assignment})
        assert "issue" in answer, answer
        return self

    async def shows_result(self, viewer: Viewer) -> Round:
        """A photo of what was done, without which a street light is not completed."""
        await self.desk.photo(viewer, self.issue, "AFTER")
        return self

    async def verified(self, passed: bool = True, answer: str | None = "已修好，感谢您的反映") -> Round:
        """Verified, and where it passed answered in the same step unless `answer` is None."""
        photo = await self.desk.photo(self.clerk, self.issue, "AFTER")
        given = {"issue": self.issue, "passed": passed, "evidence": [photo]}
        if passed and answer is not None:
            given["answer"] = answer
        await self.give("verifyIssue", self.clerk, given)
        return self

    async def to_stage(self, stage: str, **changes: Any) -> Round:
        """A GENERAL issue at this stage; HANDLING is before the department reported in, ON_SITE after."""
        await self.begin(**changes)
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

    async def photographed(self) -> Round:
        """A confirmed photo of the place afterwards."""
        self.photo = await self.desk.photo(self.clerk, self.issue, "AFTER")
        return self

    async def community_clerk(self) -> Viewer:
        """The clerk of the community that its grid lies in."""
        held = await posts.posts(PostAsked(role=Role.COMMUNITY_CLERK, street=self.street))
        here = self.own_teams["GRID"]
        return next(one.viewer for one in held if global_id("Community", one.post.community) == here)

    async def drafted(self, viewer: Viewer | None = None) -> dict[str, Any]:
        """The sheet, drafted and signed once: what its signer names."""
        answer = await self.give(
            "reviewDepartment",
            viewer or self.clerk,
            {"assignment": self.assignment, "scores": FULL_MARKS, "comment": "很好"},
            "sheet { id version }",
        )
        return {"sheet": answer["sheet"]["id"], "version": answer["sheet"]["version"]}

    async def reviewed(self) -> Round:
        answer = await self.give(
            "signReview", self.second, await self.drafted(), ISSUE + " scorecard { total }"
        )
        assert answer["scorecard"] == {"total": 100}, answer
        return self

    # Where several handle jointly ------------------------------------------------------------------------

    async def dispatched(self) -> Round:
        """COMPLEX: called, and dispatched to two departments; `assignment` is the first one's part."""
        await self.give(
            "callDepartment",
            self.clerk,
            {"issue": self.issue, "department": self.lighting, "concerned": [self.water], "demand": "请会商"},
        )
        return await self.dispatch_by_office()

    async def dispatch_by_office(self) -> Round:
        return await self.dispatch(self.office)

    async def dispatch(self, viewer: Viewer) -> Round:
        given = {"issue": self.issue, "departments": [self.lighting, self.water]}
        await self.give("dispatchIssue", viewer, given)
        await self._learn_parts()
        return self

    async def _learn_parts(self) -> None:
        shown = await self.shown("assignments { id department { key } }")
        parts = {part["department"]["key"]: part["id"] for part in shown["assignments"]}
        self.assignment, self.other = parts["lighting"], parts["water"]

    async def on_site(self) -> Round:
        """Both departments accept and report in."""
        for name in ("acceptAssignment", "reportIn"):
            await self.give(name, self.handler, {"assignment": self.assignment})
            await self.give(name, self.helper, {"assignment": self.other})
        return self

    def plan(self, *parts: str, days: int = 5) -> dict[str, Any]:
        """A plan: the first part leads, and each has a task."""
        due = (datetime.now(UTC) + timedelta(days=days)).isoformat()
        tasks = [{"assignment": part, "task": "更换线路", "dueAt": due} for part in parts]
        return {"lead": parts[0], "tasks": tasks}

    async def proposed(self) -> Round:
        given = {"assignment": self.assignment, **self.plan(self.assignment, self.other)}
        answer = await self.give("proposePlan", self.handler, given, "plan { id }")
        self.proposal = answer["plan"]["id"]
        return self

    async def agreed(self) -> Round:
        await self.give("agreePlan", self.helper, {"assignment": self.other, "plan": self.proposal})
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
