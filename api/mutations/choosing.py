"""A lever and the cases it is for, read from input: who may pull it, and what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import strawberry
from strawberry import ID

from api.mutations.asking import Asking
from api.mutations.commanding import OFF_RECORD
from api.mutations.inputs import said
from api.types.issues import IssueWhere
from models.policy import access
from models.policy.access import Post
from models.policy.levers import LEVER_ROLES, Lever
from models.queries import batches, calendars, cases, commands
from models.queries.batches import MOST_ITEMS
from models.rulebooks.times import working_time
from models.terms import BatchAction


@strawberry.input(description="An action and the cases it is for.")
class BatchChoice:
    action: BatchAction = said("What is done to each case.")
    where: IssueWhere = said("Which cases, as for the query `issues`; in the viewer's district.")
    more: str | None = said(
        "EXTEND: how much more working time, as rulebooks write it, e.g. `4 h` or `2 d`.", default=None
    )
    from_department: ID | None = said("HAND_OVER: whose parts.", default=None)
    to_department: ID | None = said("HAND_OVER: who gets them.", default=None)


@dataclass(frozen=True)
class Pull:
    """A lever that this viewer may pull, in their district."""

    lever: Lever
    district: UUID
    post: Post
    rulebook: UUID | None = None


async def entitled(asking: Asking, action: BatchAction) -> Post:
    """The post in whose name it is done; refuses whoever has none."""
    viewer, roles = asking.context.viewer, LEVER_ROLES[action]
    rule = f"BATCH {action.value}: {' or '.join(sorted(role.value for role in roles))}"
    post = next((post for post in viewer.posts if post.role in roles), None)
    if post is None:
        reason = access.Refusal.WRONG_ROLE if viewer.subject else access.Refusal.NOT_SIGNED_IN
        raise asking.refuse(asking.problems.forbidden(reason, rule))
    if not await commands.holds(viewer.person, post.id):
        raise asking.refuse(asking.problems.forbidden(access.Refusal.WRONG_ROLE, OFF_RECORD))
    return post


async def pull_of(asking: Asking, choice: BatchChoice, field: str) -> Pull:
    post = await entitled(asking, choice.action)
    match choice.action:
        case BatchAction.EXTEND:
            lever = Lever(choice.action, extra=await _more(asking, choice, field, post.district))
        case BatchAction.HAND_OVER:
            source = await _department(
                asking, choice.from_department, f"{field}.fromDepartment", post.district
            )
            target = await _department(asking, choice.to_department, f"{field}.toDepartment", post.district)
            if source == target:
                raise asking.invalid(f"{field}.toDepartment", "SAME_DEPARTMENT")
            lever = Lever(choice.action, source=str(source), target=str(target))
        case BatchAction.RECOMPUTE | BatchAction.MIGRATE:
            return await _rules(asking, choice.action, post, field)
        case _:
            lever = Lever(choice.action)
    return Pull(lever, post.district, post)


async def _more(asking: Asking, choice: BatchChoice, field: str, district: UUID) -> int:
    calendar = await calendars.current(district)
    more = None if calendar is None else working_time(choice.more or "", calendar.day_length)
    if more is None:
        raise asking.invalid(f"{field}.more", "WORKING_TIME")
    return more


async def _department(asking: Asking, given: ID | None, field: str, district: UUID) -> UUID:
    department = asking.key(field, given, "Department")[1]
    if await cases.district_of_department(department) != district:
        raise asking.refuse(asking.problems.not_found(field, "department"))
    return department


async def _rules(asking: Asking, action: BatchAction, post: Post, field: str) -> Pull:
    version = await batches.active_rulebook(post.district)
    calendar = await batches.current_calendar(post.district)
    if version is None or calendar is None:
        raise asking.refuse(asking.problems.not_found(f"{field}.action", "rulebook"))
    if action is BatchAction.RECOMPUTE:
        return Pull(Lever(action, calendar=calendar), post.district, post)
    book = await cases.rulebook(version)
    categories = frozenset(item.key for item in book.items)
    lever = Lever(action, rulebook=book.name, categories=categories, calendar=calendar)
    return Pull(lever, post.district, post, version)


def check_number(asking: Asking, found: int, field: str) -> None:
    if not 1 <= found <= MOST_ITEMS:
        raise asking.invalid(field, "BATCH_SIZE", most=MOST_ITEMS, found=found)


def plain(where: IssueWhere) -> dict[str, Any]:
    """The filter as it was sent."""
    return {camel(name): value for name, value in vars(where).items() if value is not None}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
