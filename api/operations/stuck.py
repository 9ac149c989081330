"""Cases and other workflows that do not move, and what would make them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import strawberry

from api.context import Context
from api.errors import ErrorCode, Fault, FaultError
from api.labels import label
from api.ports import Inspection
from api.rules import default_rule, resolved
from api.types.issues import Issue
from api.types.leaves import computed, leaf
from api.types.record import Asked, one
from models.policy.access import Rule
from models.queries import shapes
from models.terms import Language, StuckKind
from workflows.contracts import Stuck
from workflows.gateway import CaseUnavailableError

T = TypeVar("T")

REMEDIES: Mapping[StuckKind, tuple[str, str]] = {
    StuckKind.NOT_STARTED: (
        "Run a worker: its relay starts what waits; `detail` says why the last try failed.",
        "请运行 worker：其中的 relay 会启动等待的流程；`detail` 说明上次失败的原因。",
    ),
    StuckKind.NOT_RUNNING: (
        'Give it to the relay again: docs/operations.md, "What survives what".',
        "请重新交给 relay 启动：见 docs/operations.md。",
    ),
    StuckKind.WORKFLOW_TASK_FAILING: (
        "Bring back the worker version that fits its history, or mend the code.",
        "请恢复与其历史相符的 worker 版本，或修复代码。",
    ),
    StuckKind.ACTIVITY_RETRYING: (
        "Mend what `detail` names, usually the database; the write then succeeds by itself.",
        "请修复 `detail` 所指的问题（通常是数据库）；写入会自行成功。",
    ),
    StuckKind.PROJECTION_BEHIND: (
        "Run a worker on the task queue, or more of them.",
        "请在任务队列上运行 worker，或增加其数量。",
    ),
}


@default_rule(Rule.OPERATIONS)
@strawberry.type(description="A case that does not move.")
class StuckCase:
    kind: StuckKind = leaf(description="What is wrong.")
    since: datetime = leaf(description="Since when.")
    attempts: int = leaf(description="How often was tried what fails; 0 where nothing is tried.")
    detail: str = leaf(description="What the last failure said; empty where there was none.")
    found: strawberry.Private[Stuck]

    @computed("The issue.")
    async def issue(self, info: Asked) -> Issue | None:
        issue = await one(info.context, shapes.ISSUE, self.found.issue)
        return issue if isinstance(issue, Issue) else None

    @computed("What is wrong, in the language of the request.")
    def kind_label(self, info: Asked) -> str:
        return label(self.kind, info.context.language)

    @computed("What would mend it.")
    def remedy(self, info: Asked) -> str:
        return REMEDIES[self.kind][info.context.language is Language.ZH]


@default_rule(Rule.OPERATIONS)
@strawberry.type(
    name="StuckWorkflow", description="A workflow other than a case that does not move: an appeal, a batch."
)
class OtherStuck:
    workflow: str = leaf(description="Its id in Temporal: its kind, and the id of what it runs.")
    kind: StuckKind = leaf(description="What is wrong.")
    since: datetime = leaf(description="Since when.")
    attempts: int = leaf(description="How often was tried what fails.")
    detail: str = leaf(description="What the last failure said; empty where there was none.")

    @computed("What is wrong, in the language of the request.")
    def kind_label(self, info: Asked) -> str:
        return label(self.kind, info.context.language)

    @computed("What would mend it.")
    def remedy(self, info: Asked) -> str:
        return REMEDIES[self.kind][info.context.language is Language.ZH]


@strawberry.type
class StuckQuery:
    @resolved(Rule.OPERATIONS, "Cases of the viewer's district that do not move, longest first, and why.")
    async def stuck_cases(self, info: Asked) -> list[StuckCase]:
        districts, now = _districts(info.context), info.context.now()
        found = await _answer(info.context, lambda inspection: inspection.stuck(districts, now))
        return [
            StuckCase(kind=one.kind, since=one.since, attempts=one.attempts, detail=one.detail, found=one)
            for one in found
        ]

    @resolved(
        Rule.OPERATIONS,
        "Other workflows of the viewer's district that do not move, longest first: appeals, batches, and "
        "what else is no case.",
    )
    async def stuck_workflows(self, info: Asked) -> list[OtherStuck]:
        districts = _districts(info.context)
        found = await _answer(info.context, lambda inspection: inspection.others(districts))
        return [OtherStuck(**asdict(one)) for one in found]


def _districts(context: Context) -> list[UUID]:
    return sorted({post.district for post in context.viewer.posts})


async def _answer(context: Context, ask: Callable[[Inspection], Awaitable[Sequence[T]]]) -> Sequence[T]:
    """What the inspection finds; UNAVAILABLE where Temporal does not answer."""
    if context.inspection is None:
        raise FaultError(Fault(ErrorCode.UNAVAILABLE, "unavailable"))
    try:
        return await ask(context.inspection)
    except CaseUnavailableError as away:
        raise FaultError(Fault(ErrorCode.UNAVAILABLE, "unavailable")) from away
