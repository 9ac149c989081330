"""Who may do in a district what is about no single issue (domain guide 8): publish, enter score sheets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from models.policy.access import Decision, Post, Refusal, Viewer
from models.terms import Role


class Act(StrEnum):
    """What is done; the mutations' names say the same."""

    PUBLISH_BULLETIN = "PUBLISH_BULLETIN"
    ENTER_SCORE_SHEETS = "ENTER_SCORE_SHEETS"
    RUN_SURVEY = "RUN_SURVEY"
    """Makes, opens and closes rounds, issues invitations."""
    ENTER_RESPONSE = "ENTER_RESPONSE"
    """Writes down what was said on paper or at the door by someone who was not invited before."""
    LIFT_FLAG = "LIFT_FLAG"


@dataclass(frozen=True, slots=True)
class Ground:
    """Where it is done; the smaller places only where it is about them."""

    district: UUID
    street: UUID | None = None
    community: UUID | None = None


ACTS: Mapping[Act, frozenset[Role]] = {
    Act.PUBLISH_BULLETIN: frozenset({Role.RESPONSE_OFFICE}),
    Act.ENTER_SCORE_SHEETS: frozenset({Role.RESPONSE_OFFICE, Role.STREET_CLERK, Role.COMMUNITY_CLERK}),
    Act.RUN_SURVEY: frozenset({Role.RESPONSE_OFFICE}),
    Act.ENTER_RESPONSE: frozenset({Role.RESPONSE_OFFICE, Role.STREET_CLERK, Role.COMMUNITY_CLERK}),
    Act.LIFT_FLAG: frozenset({Role.RESPONSE_OFFICE}),
}
"""The policy table: each role within its own scope, be it the district, a street or a community."""


def may_act(act: Act, viewer: Viewer, ground: Ground) -> Decision:
    """Whether `viewer` may do it there, with the post that entitles them."""
    roles = ACTS[act]
    line = f"{act.value}: {' or '.join(sorted(role.value for role in roles))}"
    if not viewer.subject:
        return Decision(line, Refusal.NOT_SIGNED_IN)
    posts = [post for post in viewer.posts if post.role in roles]
    if not posts:
        return Decision(line, Refusal.WRONG_ROLE)
    post = next((post for post in posts if _stands_in(post, ground)), None)
    return Decision(line, None if post else Refusal.WRONG_PLACE, post)


def _stands_in(post: Post, ground: Ground) -> bool:
    if post.district != ground.district:
        return False
    match post.role:
        case Role.STREET_CLERK:
            return post.street is not None and post.street == ground.street
        case Role.COMMUNITY_CLERK:
            return post.community is not None and post.community == ground.community
        case _:
            return True
