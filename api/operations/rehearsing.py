"""The dry run: the closed cases of a period under other rules."""

from __future__ import annotations

import asyncio
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from api.context import Context
from api.mutations.asking import Asking, refusable
from api.mutations.rules import RulebookProblem, own_district, own_version, rulebook_of
from api.problems import AnyProblem
from api.rules import resolved
from api.types import rehearsals as shown
from api.types.record import Asked, one
from api.types.rehearsals import RehearsalInput, RehearsedCase, RulebookRehearsal
from models.policy.access import Rule
from models.policy.rehearsal import Rehearsed, rehearse, summed
from models.policy.rulebook import Rulebook
from models.queries import cases, rehearsals, shapes
from models.queries.rehearsals import Past
from models.terms import RehearsedChange

RulebookDryRunResult: TypeAlias = Annotated[
    RulebookRehearsal | RulebookProblem | AnyProblem,
    strawberry.union(
        "RulebookDryRunResult", description="What it would have come to, or why it cannot be said."
    ),
]
INPUT = strawberry.argument(description="Which rules, and which closed cases.")


@strawberry.type
class RehearsalQuery:
    @resolved(Rule.CHANGE_RULES, "The closed cases of a period under other rules; nothing is changed.")
    @refusable
    async def rulebook_dry_run(
        self, info: Asked, input: Annotated[RehearsalInput, INPUT]
    ) -> RulebookDryRunResult:
        context = info.context
        asking = Asking(context, "DRY_RUN", "")
        district = await own_district(asking, input.district, "input.district")
        if input.closed_from >= input.closed_to:
            raise asking.invalid("input.closedTo", "BACKWARDS")
        book = await _book(asking, input, district)
        closed = await rehearsals.closed_between(district, input.closed_from, input.closed_to)
        found: list[Rehearsed] = []
        async for batch in rehearsals.closed_cases(district, input.closed_from, input.closed_to):
            books = {past.rulebook: await cases.rulebook(past.rulebook) for past in batch}
            # In a thread: a thousand cases take a second, and everybody else's requests run here.
            found += await asyncio.to_thread(_all, batch, books, book)
        return await _shown(context, book, closed, found)


async def _book(asking: Asking, input: RehearsalInput, district: UUID) -> Rulebook:
    if (input.yaml is None) == (input.rulebook is None):
        raise asking.invalid("input.yaml", "EITHER", other="input.rulebook")
    if input.yaml is not None:
        return (await rulebook_of(asking, input.yaml, district, "input.yaml")).rulebook
    version = asking.key("input.rulebook", input.rulebook, "Rulebook")[1]
    if await own_version(asking, version, "input.rulebook") != district:
        raise asking.invalid("input.rulebook", "OTHER_DISTRICT")
    return await cases.rulebook(version)


def _all(batch: list[Past], books: dict[UUID, Rulebook], book: Rulebook) -> list[Rehearsed]:
    return [rehearse(past.case, books[past.rulebook], book) for past in batch]


async def _shown(context: Context, book: Rulebook, closed: int, found: list[Rehearsed]) -> RulebookRehearsal:
    counted = summed(found)
    changed = [one for one in found if not one.same][: shown.SHOWN]
    issues = await asyncio.gather(*(one(context, shapes.ISSUE, UUID(case.case)) for case in changed))
    return RulebookRehearsal(
        version=book.version,
        closed=closed,
        rehearsed=len(found),
        breached=counted[RehearsedChange.BREACHED],
        relieved=counted[RehearsedChange.RELIEVED],
        climbed=counted[RehearsedChange.CLIMBED],
        settled=counted[RehearsedChange.SETTLED],
        elsewhere=sum(1 for one in found if one.elsewhere is not None),
        cases=[
            RehearsedCase(
                issue=issue,  # type: ignore[arg-type]  # a record of the shape asked for
                duties=[shown.duty(change) for change in case.duties],
                route=None if case.elsewhere is None else shown.route(case.elsewhere),
            )
            for case, issue in zip(changed, issues, strict=True)
        ],
    )
