"""A viewer's scope as SQL: the same answers as `Scope.covers`, for rows still in the database.

Nothing of the viewer is ever text of a statement: every id travels as a bind parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from models.policy.access import DISTRICT_WIDE, STAFF, Scope, Viewer, scope_of
from models.queries.guards import Guard
from models.terms import Role


@dataclass(slots=True)
class Binds:
    """Bind parameters of one statement, in order."""

    values: list[object] = field(default_factory=list)

    def add(self, value: object) -> str:
        """Takes `value` along and returns the placeholder that stands for it."""
        self.values.append(value)
        return f"${len(self.values)}"

    def ids(self, ids: Iterable[UUID]) -> str:
        """What a column is compared with: one id, or any of several, sorted so that statements are alike."""
        listed = sorted(ids)
        # An index keeps its order behind one value, not behind an array.
        return f"{self.add(listed[0])}::uuid" if len(listed) == 1 else f"ANY({self.add(listed)}::uuid[])"


def issue_condition(scope: Scope, binds: Binds, issue: str) -> str:
    """Whether the issue of alias `issue` is in `scope`; FALSE for a scope that covers nothing."""
    arms = [
        f"{issue}.{column} = {binds.ids(ids)}"
        for column, ids in (
            ("district_id", scope.districts),
            ("street_id", scope.streets),
            ("community_id", scope.communities),
            ("grid_id", scope.grids),
        )
        if ids
    ]
    if scope.departments:
        departments = binds.ids(scope.departments)
        arms.append(
            f"EXISTS (SELECT 1 FROM assignments part WHERE part.issue_id = {issue}.id "
            f"AND part.department_id = {departments})"
        )
        # Whoever is offered a part must see what it is about, and whoever gave one away what became of it.
        arms.append(
            f"EXISTS (SELECT 1 FROM handovers moved WHERE moved.issue_id = {issue}.id AND "
            f"(moved.status = 'OFFERED' AND moved.receiver_id = {departments} OR "
            f"moved.status = 'ACCEPTED' AND moved.giver_id = {departments}))"
        )
    if scope.person is not None:
        own = f"SELECT own.issue_id FROM reports own WHERE own.reporter_id = {binds.add(scope.person)}"
        # Beside other arms an array, made once: a test for each row would read reports again and again.
        arms.append(f"{issue}.id = ANY(ARRAY({own}))" if arms else f"{issue}.id IN ({own})")
    return _any(arms)


def guard_condition(guard: Guard, viewer: Viewer, binds: Binds, alias: str = "x") -> str:
    """Whether `viewer` sees the row of `alias`; TRUE where everybody does."""
    by_scope = BY_SCOPE.get(guard)
    if by_scope is not None:
        return by_scope(scope_of(viewer), binds, alias)
    match guard:
        case Guard.OPEN:
            return "TRUE"
        case Guard.DISTRICT:
            districts = {post.district for post in viewer.posts}
            return f"{alias}.district_id = {binds.ids(districts)}" if districts else "FALSE"
        case Guard.PERSON:
            holds = f"SELECT 1 FROM posts held WHERE held.person_id = {alias}.id AND held.role <> 'RESIDENT'"
            return _people(viewer, binds, f"{alias}.id", f"{alias}.district_id", f"EXISTS ({holds})")
        case Guard.POST:
            return _people(
                viewer, binds, f"{alias}.person_id", f"{alias}.district_id", f"{alias}.role <> 'RESIDENT'"
            )
        case Guard.NOTIFICATION:
            return _notification(viewer, binds, alias)
        case _:
            return _of_surveys(guard, viewer, binds, alias)


def _below_issue(scope: Scope, binds: Binds, alias: str) -> str:
    if scope.empty:
        return "FALSE"
    inner = issue_condition(scope, binds, "its")
    return f"EXISTS (SELECT 1 FROM issues its WHERE its.id = {alias}.issue_id AND {inner})"


def _place_arms(scope: Scope, binds: Binds, alias: str) -> list[str]:
    """By place alone: what is about no issue has no parts and no reporters, and names no grid."""
    return [
        f"{alias}.{column} = {binds.ids(ids)}"
        for column, ids in (
            ("district_id", scope.districts),
            ("street_id", scope.streets),
            ("community_id", scope.communities),
        )
        if ids
    ]


def item_condition(scope: Scope, binds: Binds, alias: str) -> str:
    """Whether the negative item of `alias` is in `scope`; a draft is not yet the street's to see."""
    arms = _place_arms(replace(scope, streets=frozenset(), communities=frozenset()), binds, alias)
    places = _place_arms(replace(scope, districts=frozenset()), binds, alias)
    if scope.departments:
        called = issue_condition(Scope(departments=scope.departments), binds, "called")
        places.append(f"EXISTS (SELECT 1 FROM issues called WHERE called.id = {alias}.issue_id AND {called})")
    if places:
        arms.append(f"({alias}.status <> 'DRAFT' AND {_any(places)})")
    return _any(arms)


def _below_item(scope: Scope, binds: Binds, column: str) -> str:
    inner = item_condition(scope, binds, "listed")
    if inner == "FALSE":
        return inner
    return f"EXISTS (SELECT 1 FROM negative_items listed WHERE listed.id = {column} AND {inner})"


def _below_cycle(scope: Scope, binds: Binds, alias: str) -> str:
    if not scope.districts:
        return "FALSE"
    whole = f"loop.district_id = {binds.ids(scope.districts)}"
    return f"EXISTS (SELECT 1 FROM rectification_cycles loop WHERE loop.id = {alias}.cycle_id AND {whole})"


def _owed(scope: Scope, binds: Binds, alias: str) -> str:
    arms = [
        _below_issue(scope, binds, alias),
        _below_item(scope, binds, f"{alias}.negative_item_id"),
        _below_cycle(scope, binds, alias),
    ]
    return _any([arm for arm in arms if arm != "FALSE"])


def _report(scope: Scope, binds: Binds, alias: str) -> str:
    arms = []
    if scope.person is not None:
        arms.append(f"{alias}.reporter_id = {binds.add(scope.person)}")
    others = replace(scope, person=None)
    if not others.empty:
        arms.append(_below_issue(others, binds, alias))
    return _any(arms)


def _people(viewer: Viewer, binds: Binds, person: str, district: str, holds_post: str) -> str:
    arms = []
    if viewer.person is not None:
        arms.append(f"{person} = {binds.add(viewer.person)}")
    districts = {post.district for post in viewer.posts if post.role in STAFF}
    if districts:
        arms.append(f"({district} = {binds.ids(districts)} AND {holds_post})")
    return _any(arms)


def _notification(viewer: Viewer, binds: Binds, alias: str) -> str:
    arms = []
    own = {post.id for post in viewer.posts if post.id is not None}
    if own:
        arms.append(f"{alias}.post_id = {binds.ids(own)}")
    whole = Scope(districts=scope_of(viewer).districts)
    if not whole.empty:
        arms.append(_owed(whole, binds, alias))
    return _any(arms)


def _of_surveys(guard: Guard, viewer: Viewer, binds: Binds, alias: str) -> str:
    """What belongs to the satisfaction measure: wholly by posts, never by what one reported."""
    posts = {post.district for post in viewer.posts}
    whole = {post.district for post in viewer.posts if post.role in DISTRICT_WIDE}
    streets = {p.street for p in viewer.posts if p.role is Role.STREET_CLERK and p.street is not None}
    match guard:
        case Guard.SURVEY:
            return _any([f"{alias}.status <> 'DRAFT'", *_in(alias, "district_id", posts, binds)])
        case Guard.BELOW_SURVEY | Guard.RESPONSE_FLAG:
            seen = posts if guard is Guard.BELOW_SURVEY else whole
            arms = _in("its", "district_id", seen, binds)
            below = f"SELECT 1 FROM surveys its WHERE its.id = {alias}.survey_id AND "
            return f"EXISTS ({below}{arms[0]})" if arms else "FALSE"
        case Guard.RESULT:
            return _any([f"{alias}.published_at IS NOT NULL", *_in(alias, "district_id", whole, binds)])
        case Guard.RESPONSE:
            own = {post.id for post in viewer.posts if post.id is not None and post.role in STAFF}
            return _any([*_in(alias, "district_id", whole, binds), *_in(alias, "post_id", own, binds)])
        case _:
            return _any([*_in(alias, "district_id", whole, binds), *_in(alias, "street_id", streets, binds)])


def _in(alias: str, column: str, ids: Iterable[UUID], binds: Binds) -> list[str]:
    found = sorted(ids)
    return [f"{alias}.{column} = {binds.ids(found)}"] if found else []


def every(conditions: Iterable[str]) -> str:
    """All of them; what is always true is left out."""
    return " AND ".join(one for one in conditions if one != "TRUE") or "TRUE"


def _any(arms: list[str]) -> str:
    return f"({' OR '.join(arms)})" if arms else "FALSE"


def _below_report(scope: Scope, binds: Binds, alias: str) -> str:
    told = _report(scope, binds, "told")
    return f"EXISTS (SELECT 1 FROM reports told WHERE told.id = {alias}.report_id AND {told})"


BY_SCOPE: Mapping[Guard, Callable[[Scope, Binds, str], str]] = {
    Guard.ISSUE: issue_condition,
    Guard.BELOW_ISSUE: _below_issue,
    Guard.ITEM: item_condition,
    Guard.BELOW_ITEM: lambda scope, binds, alias: _below_item(scope, binds, f"{alias}.item_id"),
    Guard.BELOW_CYCLE: _below_cycle,
    Guard.OWED: _owed,
    Guard.REPORT: _report,
    Guard.BELOW_REPORT: _below_report,
}
"""Guards that ask for nothing of the viewer but their scope."""
