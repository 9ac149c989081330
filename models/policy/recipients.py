"""Who hears of a notice: from the body that holds a duty to the posts that are told (domain guide 3, 8)."""

from __future__ import annotations

from dataclasses import dataclass

from models.policy.duty import Holder
from models.terms import Role, RungTarget, UnitKind


@dataclass(frozen=True)
class Recipient:
    """A set of posts: a role, where it is held, and whether only heads are meant.

    `place` names the column of the post that must hold `id`: district, street, community, grid or
    department.
    """

    role: Role
    place: str
    id: str
    heads_only: bool = False


HOLDS: dict[UnitKind, tuple[Role, str]] = {
    UnitKind.DEPARTMENT: (Role.DEPARTMENT_HANDLER, "department"),
    UnitKind.STREET: (Role.STREET_CLERK, "street"),
    UnitKind.COMMUNITY: (Role.COMMUNITY_CLERK, "community"),
    UnitKind.GRID: (Role.GRID_WORKER, "grid"),
    UnitKind.OFFICE: (Role.RESPONSE_OFFICE, "district"),
    UnitKind.LEADER: (Role.DISTRICT_LEADER, "district"),
}
"""The role that acts for each kind of body, and the place its posts are held at."""


def recipient(target: RungTarget, holder: Holder, street: str, district: str) -> Recipient:
    """The posts told at this rung. A community's or grid's head is the head of its street."""
    if target is RungTarget.HOLDER:
        role, place = HOLDS[holder.kind]
        return Recipient(role, place, holder.id)
    if target is RungTarget.OFFICE:
        return Recipient(Role.RESPONSE_OFFICE, "district", district)
    if target is RungTarget.LEADER or holder.kind is UnitKind.LEADER:
        return Recipient(Role.DISTRICT_LEADER, "district", district)
    if holder.kind in (UnitKind.COMMUNITY, UnitKind.GRID):
        return Recipient(Role.STREET_CLERK, "street", street, heads_only=True)
    role, place = HOLDS[holder.kind]
    return Recipient(role, place, holder.id, heads_only=True)
