"""One story played through GraphQL, every step by the person whose step it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from infra.demo.cast import Cast, Player
from infra.demo.client import Api
from infra.demo.photos import CONTENT_TYPE, photo
from infra.demo.stories import Story
from models.rulebooks.names import fictitious_phone, person_name
from models.terms import EvidenceKind, ReportSource, Role, RungTarget

LOOK_EVERY = 0.5
"""Seconds between two looks at a case that waits for its clock."""
STEPS_SIMPLE, STEPS_GENERAL, STEPS_REWORK = 6, 10, 2
LADDER = """
    query Ladder($issue: ID!) {
      issue(id: $issue) { timeline(first: 100) { nodes { kind data } } }
    }
"""
SPOKEN_FOR = frozenset({Role.COMMUNITY_CLERK})
"""Roles that report what a resident told them on the hotline."""


@dataclass
class Running:
    """A story on its way, for whoever watches."""

    story: Story
    code: str = ""
    step: str = ""
    done: int = 0
    left: bool = False
    """Nobody goes on with it."""

    @property
    def over(self) -> bool:
        """Whether no further step comes."""
        return self.left or self.done >= self.steps

    @property
    def steps(self) -> int:
        """How many steps it takes."""
        rework = STEPS_REWORK if self.story.rework else 0
        return rework + (STEPS_GENERAL if self.story.department else STEPS_SIMPLE)


Told = Callable[[Running], None]
"""Hears of each step taken."""


@dataclass
class Play:
    """One run's way of playing stories. `key` makes idempotency keys of this run its own."""

    api: Api
    cast: Cast
    key: str
    told: Told
    pause: float = 0.0
    """Seconds between two steps, so that a person can follow."""
    acknowledged: list[str] = field(default_factory=list)
    """Codes of every report that was acknowledged."""

    async def story(self, story: Story, number: int) -> str:
        """From report to filing; returns the code. Raises DemoError where a step is refused."""
        part = Performance(self, Running(story), f"{self.key}/{number}")
        await part.report()
        await part.assess()
        if story.department:
            await part.call()
            await part.take_on()
        await part.handle()
        await part.verify()
        if story.department:
            await part.review()
        return part.running.code

    async def left(self, story: Story, number: int, called: bool = False) -> str:
        """Only as far as somebody lets it lie: reported, or called and not accepted."""
        part = Performance(self, Running(story), f"{self.key}/{number}")
        await part.report()
        if called and story.department:
            await part.assess()
            await part.call()
        part.running.left = True
        self.told(part.running)
        return part.running.code


class Performance:
    """One story being played."""

    def __init__(self, play: Play, running: Running, key: str) -> None:
        self._play = play
        self._key = key
        self._keys = 0
        self.running = running
        story, cast = running.story, play.cast
        self._story = story
        self._clerk = cast.street_clerk(story.street)
        self._reporter = self._who_reports()
        self._handler: Player | None = cast.handler(story.department) if story.department else None
        self._issue = ""
        self._report: dict[str, str] = {}
        self._assignment = ""

    async def report(self) -> None:
        """Filed by whoever saw it, with a photo from near and one from before."""
        story, cast = self._story, self._play.cast
        resident = self._reporter.held.post.role is Role.RESIDENT
        given: dict[str, object] = {
            "category": story.category,
            "unit": cast.street(story.street) if resident else self._reporter.unit,
            "title": story.title,
            "place": story.place,
            "description": story.description,
        }
        if self._reporter.held.post.role in SPOKEN_FOR:
            given |= {
                "source": ReportSource.HOTLINE_12345.value,
                "externalTicket": f"12345-{self._key.rpartition('/')[2]:0>6}",
                "reporterName": person_name(story.title)[0],
                "reporterPhone": fictitious_phone(story.title),
            }
        answer = "issue { id code reports { nodes { id source } } }"
        result = await self._act(self._reporter, "reportIssue", answer, **given)
        self._issue, self.running.code = result["issue"]["id"], result["issue"]["code"]
        (self._report,) = result["issue"]["reports"]["nodes"]
        self._play.acknowledged.append(self.running.code)
        await self._took("reported")
        for kind in (EvidenceKind.NEAR, EvidenceKind.BEFORE):
            await self._photo(self._reporter, kind)
        await self._took("photos added")

    async def assess(self) -> None:
        """The street's judgement; what is SIMPLE goes to its own people at once."""
        answer = "issue { assignments { id unitKind } }"
        level = self._story.level.value
        result = await self._act(self._clerk, "assessIssue", answer, issue=self._issue, level=level)
        if not self._story.department:
            (own,) = result["issue"]["assignments"]
            self._assignment = own["id"]
            self._handler = self._own_people(own["unitKind"])
        await self._took("assessed")

    async def call(self) -> None:
        """The street calls the department."""
        result = await self._act(
            self._clerk,
            "callDepartment",
            "assignment { id }",
            issue=self._issue,
            department=self._play.cast.department(self._story.department),
            demand=f"请贵单位派员到场处理：{self._story.description}",
        )
        self._assignment = result["assignment"]["id"]
        await self._took("called")

    async def take_on(self) -> None:
        """The department accepts, late where the story says so, and turns up."""
        if self._story.left_waiting:
            await self._until_the_leader_heard()
        await self._step("acceptAssignment", "accepted")
        await self._step("reportIn", "on site")

    async def handle(self) -> None:
        """A note on the way, and the work declared done."""
        if self._story.note:
            await self._act(
                self._handling,
                "addProgressNote",
                "issue { id }",
                issue=self._issue,
                assignment=self._assignment,
                note=self._story.note,
            )
        await self._took("progress noted")
        await self._step("completeAssignment", "done")

    async def verify(self) -> None:
        """Looked at on site by somebody else, with a photo of the same place afterwards."""
        if self._story.rework:
            await self._verified(passed=False, evidence=[], note="现场复查仍有渗漏，退回重新处理。")
            await self._took("sent back")
            await self._step("completeAssignment", "done again")
        after = await self._photo(self._clerk, EvidenceKind.AFTER)
        words = "您反映的问题已处理完毕，经现场核实已解决，感谢您的支持。"
        await self._verified(passed=True, evidence=[after], note="现场核实，问题已解决。", words=words)
        if ReportSource(self._report["source"]).asked:
            await self._act(
                self._clerk, "recordFollowUp", "report { id }", report=self._report["id"], rating="SATISFIED"
            )
        await self._took("verified" if self._story.department else "filed")

    async def review(self) -> None:
        """Two people of the street score the department on the five criteria."""
        scores = {_camel(criterion.value): score for criterion, score in self._story.scores.items()}
        drafted = await self._act(
            self._clerk,
            "reviewDepartment",
            "sheet { id version }",
            assignment=self._assignment,
            scores=scores,
            comment="街道集体评议。",
        )
        sheet, second = drafted["sheet"], self._play.cast.street_clerk(self._story.street, head=False)
        await self._act(
            second, "signReview", "scorecard { total }", sheet=sheet["id"], version=sheet["version"]
        )
        await self._took("reviewed and filed")

    # How ----------------------------------------------------------------------------------------------

    @property
    def _handling(self) -> Player:
        assert self._handler is not None  # set by the assessment or the call
        return self._handler

    def _who_reports(self) -> Player:
        story, cast = self._story, self._play.cast
        who: dict[Role, Callable[[], Player]] = {
            Role.RESIDENT: lambda: cast.any_of(Role.RESIDENT),
            Role.COMMUNITY_CLERK: lambda: cast.community_clerk(story.street),
        }
        return who.get(story.reporter, lambda: cast.grid_worker(story.street))()

    def _own_people(self, kind: str) -> Player:
        """Who of the street does the work: never the head, who verifies it."""
        cast, street = self._play.cast, self._story.street
        return {
            "STREET": lambda: cast.street_clerk(street, head=False),
            "COMMUNITY": lambda: cast.community_clerk(street),
            "GRID": lambda: cast.grid_worker(street),
        }[kind]()

    async def _step(self, mutation: str, told: str) -> None:
        await self._act(self._handling, mutation, "assignment { status }", assignment=self._assignment)
        await self._took(told)

    async def _verified(self, passed: bool, evidence: list[str], note: str, words: str = "") -> None:
        await self._act(
            self._clerk,
            "verifyIssue",
            "issue { stage }",
            issue=self._issue,
            passed=passed,
            evidence=evidence,
            note=note,
            **({"answer": words} if words else {}),
        )

    async def _photo(self, by: Player, kind: EvidenceKind) -> str:
        """Announced, sent straight to the store, confirmed; returns its id."""
        picture = photo(f"{self._story.street}/{self._story.title}", kind)
        ready = await self._act(
            by,
            "requestEvidenceUpload",
            "evidence { id } upload { url method headers { name value } }",
            issue=self._issue,
            kind=kind.value,
            contentType=CONTENT_TYPE,
            size=len(picture.data),
            sha256=picture.sha256,
        )
        await self._play.api.upload(ready["upload"], picture.data)
        await self._act(by, "confirmEvidence", "evidence { status }", evidence=ready["evidence"]["id"])
        return str(ready["evidence"]["id"])

    async def _until_the_leader_heard(self) -> None:
        """Nobody accepts; the ladder is watched as anybody may watch it."""
        self.running.step = "nobody accepts"
        self._play.told(self.running)
        while True:
            found = await self._play.api.ask(self._clerk.token, LADDER, issue=self._issue)
            told = [entry["data"].get("target") for entry in found["issue"]["timeline"]["nodes"]]
            if RungTarget.LEADER.value in told:
                return
            await asyncio.sleep(LOOK_EVERY)

    async def _act(self, by: Player, mutation: str, answer: str, /, **given: object) -> Any:
        self._keys += 1
        return await self._play.api.act(by.token, mutation, f"{self._key}/{self._keys}", answer, **given)

    async def _took(self, step: str) -> None:
        self.running.step = step
        self.running.done += 1
        self._play.told(self.running)
        if self._play.pause:
            await asyncio.sleep(self._play.pause)


def _camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(part.title() for part in rest)


async def all_of(plays: list[Callable[[], Awaitable[str]]], at_once: int) -> list[str]:
    """Plays concurrently, so many at once, in order of the list; the first failure calls the others off."""
    room = asyncio.Semaphore(at_once)

    async def one(play: Callable[[], Awaitable[str]]) -> str:
        async with room:
            return await play()

    playing = [asyncio.ensure_future(one(play)) for play in plays]
    try:
        return await asyncio.gather(*playing)
    finally:
        for task in playing:
            task.cancel()
        await asyncio.gather(*playing, return_exceptions=True)
