"""Who hears of a notice: the table of rungs and holders (domain guide 3, 8)."""

from __future__ import annotations

from itertools import product

import pytest

from models.policy.duty import Holder
from models.policy.recipients import Recipient, recipient
from models.terms import Role, RungTarget, UnitKind

OFFICE = Recipient(Role.RESPONSE_OFFICE, "district", "jinjiang")
LEADER = Recipient(Role.DISTRICT_LEADER, "district", "jinjiang")
STREET_HEAD = Recipient(Role.STREET_CLERK, "street", "donghu", heads_only=True)

HOLDERS = {
    UnitKind.DEPARTMENT: Recipient(Role.DEPARTMENT_HANDLER, "department", "lighting"),
    UnitKind.STREET: Recipient(Role.STREET_CLERK, "street", "donghu"),
    UnitKind.COMMUNITY: Recipient(Role.COMMUNITY_CLERK, "community", "donghu-1"),
    UnitKind.GRID: Recipient(Role.GRID_WORKER, "grid", "donghu-1-1"),
    UnitKind.OFFICE: OFFICE,
    UnitKind.LEADER: LEADER,
}
HEADS = {
    UnitKind.DEPARTMENT: Recipient(Role.DEPARTMENT_HANDLER, "department", "lighting", heads_only=True),
    UnitKind.STREET: STREET_HEAD,
    UnitKind.COMMUNITY: STREET_HEAD,
    UnitKind.GRID: STREET_HEAD,
    UnitKind.OFFICE: Recipient(Role.RESPONSE_OFFICE, "district", "jinjiang", heads_only=True),
    UnitKind.LEADER: LEADER,
}


@pytest.mark.parametrize(
    ("target", "kind"),
    [pytest.param(t, k, id=f"{t.value}-{k.value}") for t, k in product(RungTarget, UnitKind)],
)
def test_each_rung_reaches_the_posts_the_guide_names(target, kind):
    expected = {
        RungTarget.HOLDER: HOLDERS[kind],
        RungTarget.HEAD: HEADS[kind],
        RungTarget.OFFICE: OFFICE,
        RungTarget.LEADER: LEADER,
    }[target]
    assert recipient(target, Holder(kind, HOLDERS[kind].id), "donghu", "jinjiang") == expected
