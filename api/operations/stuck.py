"""Cases that do not move, and what would make them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import strawberry

from api.errors import ErrorCode, Fault, FaultError
from api.labels import label
from api.rules import default_rule, resolved
from api.types.issues import Issue
from api.types.leaves import computed, leaf
from api.types.record import Asked, one
from models.policy.access import Rule
from models.queries import shapes
from models.terms import Language, StuckKind
from workflows.contracts import Stuck
from workflows.gateway import CaseUnavailableError

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


@strawberry.type
class StuckQuery:
    @resolved(Rule.OPERATIONS, "Cases of the viewer's district that do not move, longest first, and why.")
    async def stuck_cases(self, info: Asked) -> list[StuckCase]:
        context = info.context
        if context.inspection is None:
            raise FaultError(Fault(ErrorCode.UNAVAILABLE, "unavailable"))
        districts = sorted({post.district for post in context.viewer.posts})
        try:
            found = await context.inspection.stuck(districts, context.now())
        except CaseUnavailableError as away:
            raise FaultError(Fault(ErrorCode.UNAVAILABLE, "unavailable")) from away
        return [
            StuckCase(kind=one.kind, since=one.since, attempts=one.attempts, detail=one.detail, found=one)
            for one in found
        ]
