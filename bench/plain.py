"""Strawberry with Tortoise as their documentation shows them: types with resolvers that await the model.

No loaders, no caches, no thought for the number of statements. It uses the same tables and indexes.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import strawberry
import uvicorn
from starlette.applications import Starlette
from strawberry.asgi import GraphQL
from tortoise.contrib.starlette import RegisterTortoise

from models.queries.migrations import tortoise_url
from models.tables import evidence, issue, organisation
from models.tables.config import tortoise_config
from models.terms import Stage

OPEN = [stage for stage in Stage if not stage.closed]


@strawberry.type
class Street:
    id: strawberry.ID
    code: str
    name_zh: str
    name_en: str

    @classmethod
    def of(cls, row: organisation.Street) -> Street:
        return cls(id=strawberry.ID(str(row.id)), code=row.code, name_zh=row.name_zh, name_en=row.name_en)

    @strawberry.field
    async def communities(self) -> list[Community]:
        found = await organisation.Community.filter(street_id=self.id).order_by("code", "id").limit(50)
        return [Community.of(row) for row in found]


@strawberry.type
class Community:
    id: strawberry.ID
    name_zh: str

    @classmethod
    def of(cls, row: organisation.Community) -> Community:
        return cls(id=strawberry.ID(str(row.id)), name_zh=row.name_zh)

    @strawberry.field
    async def open_count(self) -> int:
        return await issue.Issue.filter(community_id=self.id, stage__in=OPEN).count()

    @strawberry.field
    async def overdue_count(self) -> int:
        now = datetime.now(UTC)
        return await issue.Issue.filter(community_id=self.id, stage__in=OPEN, due_at__lte=now).count()


@strawberry.type
class Grid:
    id: strawberry.ID
    code: str


@strawberry.type
class Department:
    id: strawberry.ID
    name_zh: str


@strawberry.type
class TimelineEntry:
    id: strawberry.ID
    kind: str
    at: datetime
    note: str | None

    @classmethod
    def of(cls, row: issue.TimelineEntry) -> TimelineEntry:
        return cls(id=strawberry.ID(str(row.id)), kind=row.kind.value, at=row.at, note=row.note)


@strawberry.type
class Evidence:
    id: strawberry.ID
    kind: str
    content_type: str
    announced_at: datetime


@strawberry.type
class Issue:
    row: strawberry.Private[issue.Issue]
    id: strawberry.ID
    code: str
    title: str
    place: str
    level: str
    stage: str
    source: str
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None

    @classmethod
    def of(cls, row: issue.Issue) -> Issue:
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            code=row.code,
            title=row.title,
            place=row.place,
            level=row.level.value,
            stage=row.stage.value,
            source=row.source.value,
            opened_at=row.opened_at,
            due_at=row.due_at,
            closed_at=row.closed_at,
        )

    @strawberry.field
    async def street(self) -> Street:
        return Street.of(await self.row.street)

    @strawberry.field
    async def community(self) -> Community | None:
        found = await self.row.community
        return Community.of(found) if found else None

    @strawberry.field
    async def grid(self) -> Grid | None:
        found = await self.row.grid
        return Grid(id=strawberry.ID(str(found.id)), code=found.code) if found else None

    @strawberry.field
    async def department(self) -> Department | None:
        found = await self.row.department
        return Department(id=strawberry.ID(str(found.id)), name_zh=found.name_zh) if found else None

    @strawberry.field
    async def timeline(self, last: int | None = None) -> list[TimelineEntry]:
        entries = issue.TimelineEntry.filter(issue_id=self.row.id)
        if last is None:
            return [TimelineEntry.of(row) for row in await entries.order_by("seq").limit(100)]
        return [TimelineEntry.of(row) for row in reversed(await entries.order_by("-seq").limit(last))]

    @strawberry.field
    async def evidence(self) -> list[Evidence]:
        found = await evidence.Evidence.filter(issue_id=self.row.id).order_by("announced_at", "id").limit(50)
        return [
            Evidence(
                id=strawberry.ID(str(row.id)),
                kind=row.kind.value,
                content_type=row.content_type,
                announced_at=row.announced_at,
            )
            for row in found
        ]


@strawberry.type
class Query:
    @strawberry.field
    async def handled(self, street: strawberry.ID) -> list[Issue]:
        asked = issue.Issue.filter(street_id=street, stage=Stage.HANDLING)
        return [Issue.of(row) for row in await asked.order_by("due_at", "id").limit(50)]

    @strawberry.field
    async def issue(self, id: strawberry.ID) -> Issue | None:
        found = await issue.Issue.get_or_none(id=id)
        return Issue.of(found) if found else None

    @strawberry.field
    async def streets(self) -> list[Street]:
        return [Street.of(row) for row in await organisation.Street.all().order_by("code", "id").limit(50)]

    @strawberry.field
    async def street(self, id: strawberry.ID) -> Street | None:
        found = await organisation.Street.get_or_none(id=id)
        return Street.of(found) if found else None

    @strawberry.field
    async def issues(self, district: strawberry.ID) -> list[Issue]:
        asked = issue.Issue.filter(district_id=district).order_by("opened_at", "id")
        return [Issue.of(row) for row in await asked.limit(1000)]


def application() -> Starlette:
    schema = strawberry.Schema(Query)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        config = tortoise_config(f"{tortoise_url(os.environ['DATABASE_URL'])}?minsize=1&maxsize=8")
        async with RegisterTortoise(app, config=config, _enable_global_fallback=True):
            yield

    app = Starlette(lifespan=lifespan)
    app.add_route("/graphql", GraphQL(schema, graphql_ide=None))
    return app


if __name__ == "__main__":
    uvicorn.run(
        application(), port=int(os.environ["PORT"]), loop="uvloop", http="httptools", ws="none",
        access_log=False, log_level="warning",
    )  # fmt: skip
