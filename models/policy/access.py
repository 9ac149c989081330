"""Who may see and do what (domain guide 8): one table for fields, one for commands, one scope for lists.

Pure: the viewer and the facts of the issue are arguments, and the answer names the rule that decided.
The edge checks `allows` once for a whole document, the gateway checks `may_command`, and SQL is built
from `scope_of`, so that no two places can come to different answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from models.policy.reach import COMMANDS, FRONT_LINE, REPORTERS, Reach
from models.terms import Command, Role, UnitKind


@dataclass(frozen=True, slots=True)
class Post:
    """One post a person holds. Only the unit ids that belong to the role are set."""

    id: UUID | None
    role: Role
    head: bool
    district: UUID
    street: UUID | None = None
    community: UUID | None = None
    grid: UUID | None = None
    department: UUID | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever asks: a person with posts, a machine with grants, or the public (empty subject)."""

    subject: str
    person: UUID | None = None
    posts: tuple[Post, ...] = ()
    grants: frozenset[str] = frozenset()

    @property
    def roles(self) -> frozenset[Role]:
        """The roles of all posts. Every person is a resident too, so that a clerk may report a pothole;
        but for an auditor, who only reads."""
        held = frozenset(post.role for post in self.posts)
        return held if self.person is None or Role.AUDITOR in held else held | {Role.RESIDENT}


PUBLIC = Viewer("")
"""Whoever shows no token."""


class Rule(StrEnum):
    """What a field or mutation may ask of the viewer. A grant's value is the scope a machine token names."""

    PUBLIC = "PUBLIC"
    SIGNED_IN = "SIGNED_IN"
    STAFF = "STAFF"
    OVERSIGHT = "OVERSIGHT"
    OPERATIONS = "OPERATIONS"
    LEVERS = "LEVERS"
    """What is done to many cases at once."""
    CHANGE_RULES = "CHANGE_RULES"
    """New versions of rulebooks and calendars."""
    HOLD_EVIDENCE = "HOLD_EVIDENCE"
    """Photos kept for the law."""
    READ_ISSUES = "READ_ISSUES"
    """Anyone who may see some issue: the row scope then says which."""
    READ_PLACES = "READ_PLACES"
    READ_RULEBOOKS = "READ_RULEBOOKS"
    REPORT = "REPORT"
    COMMAND = "COMMAND"
    """The outer gate of every command on a running issue; `may_command` decides the rest."""


class Grant(StrEnum):
    """What a machine token may be granted (domain guide 8, integrator)."""

    ISSUES_READ = "issues:read"
    REPORTS_WRITE = "reports:write"
    RULEBOOKS_READ = "rulebooks:read"
    RESPONSES_WRITE = "responses:write"


@dataclass(frozen=True, slots=True)
class Gate:
    """Who passes a rule: everyone, every token, a role, or a grant."""

    roles: frozenset[Role] = frozenset()
    grants: frozenset[str] = frozenset()
    public: bool = False
    signed_in: bool = False


OVERSIGHT = frozenset({Role.RESPONSE_OFFICE, Role.DISTRICT_LEADER, Role.AUDITOR, Role.OPERATOR})
STAFF = FRONT_LINE | OVERSIGHT
DISTRICT_WIDE = OVERSIGHT

COMMAND_ROLES: Mapping[Command, frozenset[Role]] = {
    command: frozenset(by) for command, by in COMMANDS.items()
}

GATES: Mapping[Rule, Gate] = {
    Rule.PUBLIC: Gate(public=True, signed_in=True),
    Rule.SIGNED_IN: Gate(signed_in=True),
    Rule.STAFF: Gate(STAFF),
    Rule.OVERSIGHT: Gate(OVERSIGHT),
    Rule.OPERATIONS: Gate(frozenset({Role.OPERATOR})),
    Rule.LEVERS: Gate(frozenset({Role.RESPONSE_OFFICE, Role.OPERATOR})),
    Rule.CHANGE_RULES: Gate(frozenset({Role.RESPONSE_OFFICE, Role.OPERATOR})),
    Rule.HOLD_EVIDENCE: Gate(frozenset({Role.RESPONSE_OFFICE, Role.DISTRICT_LEADER})),
    Rule.READ_ISSUES: Gate(STAFF | {Role.RESIDENT}, frozenset({Grant.ISSUES_READ})),
    Rule.READ_PLACES: Gate(public=True, signed_in=True),
    Rule.READ_RULEBOOKS: Gate(STAFF, frozenset({Grant.RULEBOOKS_READ})),
    Rule.REPORT: Gate(REPORTERS, frozenset({Grant.REPORTS_WRITE})),
    Rule.COMMAND: Gate(frozenset().union(*COMMAND_ROLES.values())),
}
"""The policy table of fields and mutations: the one place that says who passes which rule."""


def allows(rule: Rule, viewer: Viewer) -> bool:
    """Whether `viewer` passes `rule` at all; which rows they then see is `scope_of`'s to say."""
    gate = GATES[rule]
    if gate.public or (gate.signed_in and viewer.subject):
        return True
    return not gate.roles.isdisjoint(viewer.roles) or not gate.grants.isdisjoint(viewer.grants)


@dataclass(frozen=True, slots=True)
class Unit:
    """A body that handles a part of an issue, or a place's own team."""

    kind: UnitKind
    id: UUID


@dataclass(frozen=True, slots=True)
class IssueFacts:
    """What access decisions need to know of an issue; no more is read for them."""

    district: UUID
    street: UUID | None
    community: UUID | None = None
    grid: UUID | None = None
    handler: Unit | None = None
    """Who handles the part a command is about; None where the command is about the whole issue."""
    receiver: Unit | None = None
    """Whom that part is offered to, while the offer stands."""
    units: tuple[Unit, ...] = ()
    """Every unit that has or had a part in it, or is offered one."""
    handling: tuple[Unit, ...] = ()
    """The units at work on it now: parts not yet done or returned, holders of open duties."""
    closed: bool = False
    reporters: frozenset[UUID] = field(default_factory=frozenset)
    completed_by: UUID | None = None
    """The person who declared the work done."""


class Refusal(StrEnum):
    """Why a command was refused."""

    NOT_SIGNED_IN = "NOT_SIGNED_IN"
    WRONG_ROLE = "WRONG_ROLE"
    WRONG_PLACE = "WRONG_PLACE"
    WRONG_UNIT = "WRONG_UNIT"
    NOT_REPORTER = "NOT_REPORTER"
    """Only whoever reported it says how it went."""
    OWN_WORK = "OWN_WORK"
    """Verification is for someone other than the handler (domain guide 1, 核实)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a command may be given, and the line of the table that said so."""

    rule: str
    reason: Refusal | None = None
    post: Post | None = None
    """The post in whose name it is done, where it is allowed."""

    @property
    def allowed(self) -> bool:
        return self.reason is None


def may_command(command: Command, viewer: Viewer, subject: IssueFacts) -> Decision:
    """Whether `viewer` may give `command` on this issue, with the post that entitles them.

    Stages are not looked at here: the workflow decides what the stage allows.
    """
    if not viewer.posts:
        reason = Refusal.WRONG_ROLE if viewer.subject else Refusal.NOT_SIGNED_IN
        return Decision(f"{command.value}: a post is needed", reason)
    reaches = COMMANDS[command]
    posts = [post for post in viewer.posts if post.role in reaches]
    if not posts:
        return Decision(f"{command.value}: {_listed(reaches)}", Refusal.WRONG_ROLE)
    if command is Command.VERIFY and viewer.person is not None and viewer.person == subject.completed_by:
        return Decision("VERIFY: someone other than the handler", Refusal.OWN_WORK)
    for post in posts:
        if _reaches(reaches[post.role], post, viewer, subject):
            return Decision(_line(command, post.role, reaches), post=post)
    first = posts[0].role
    reason = REFUSED_REACH.get(reaches[first], Refusal.WRONG_PLACE)
    return Decision(_line(command, first, reaches), reason)


REFUSED_REACH = {
    Reach.HANDLER: Refusal.WRONG_UNIT,
    Reach.RECEIVER: Refusal.WRONG_UNIT,
    Reach.REPORTER: Refusal.NOT_REPORTER,
}


def _line(command: Command, role: Role, reaches: Mapping[Role, Reach]) -> str:
    return f"{command.value}: {role.value}/{reaches[role].value}"


def _listed(reaches: Mapping[Role, Reach]) -> str:
    return " or ".join(sorted(role.value for role in reaches))


def unit_of(post: Post) -> Unit | None:
    """The body a post acts for; None for posts without a unit, such as a resident's."""
    match post.role:
        case Role.GRID_WORKER:
            kind, key = UnitKind.GRID, post.grid
        case Role.COMMUNITY_CLERK:
            kind, key = UnitKind.COMMUNITY, post.community
        case Role.STREET_CLERK:
            kind, key = UnitKind.STREET, post.street
        case Role.DEPARTMENT_HANDLER:
            kind, key = UnitKind.DEPARTMENT, post.department
        case Role.RESPONSE_OFFICE:
            kind, key = UnitKind.OFFICE, post.district
        case Role.DISTRICT_LEADER:
            kind, key = UnitKind.LEADER, post.district
        case _:
            return None
    return Unit(kind, key) if key is not None else None


def _reaches(reach: Reach, post: Post, viewer: Viewer, subject: IssueFacts) -> bool:
    if post.district != subject.district:
        return False
    match reach:
        case Reach.DISTRICT:
            return True
        case Reach.HANDLER:
            return subject.handler is not None and unit_of(post) == subject.handler
        case Reach.RECEIVER:
            return subject.receiver is not None and unit_of(post) == subject.receiver
        case Reach.REPORTER:
            return viewer.person is not None and viewer.person in subject.reporters
        case Reach.PLACE:
            return _stands_in(post, subject)


def _stands_in(post: Post, subject: IssueFacts) -> bool:
    unit = unit_of(post)
    places = {
        UnitKind.STREET: subject.street,
        UnitKind.COMMUNITY: subject.community,
        UnitKind.GRID: subject.grid,
    }
    return unit is not None and places.get(unit.kind) == unit.id


@dataclass(frozen=True, slots=True)
class Scope:
    """Which issues a viewer may see: an issue is in scope when any one of these matches it.

    `districts` are seen whole; the rest by place, by a department's part, or as one's own report.
    """

    districts: frozenset[UUID] = frozenset()
    streets: frozenset[UUID] = frozenset()
    communities: frozenset[UUID] = frozenset()
    grids: frozenset[UUID] = frozenset()
    departments: frozenset[UUID] = frozenset()
    person: UUID | None = None

    @property
    def empty(self) -> bool:
        return self == NOTHING

    def covers(self, facts: IssueFacts) -> bool:
        """The same answer as the SQL built from this scope, for one issue whose facts are at hand."""
        return (
            facts.district in self.districts
            or facts.street in self.streets
            or facts.community in self.communities
            or facts.grid in self.grids
            or any(u.kind is UnitKind.DEPARTMENT and u.id in self.departments for u in facts.units)
            or (self.person is not None and self.person in facts.reporters)
        )


NOTHING = Scope()


def scope_of(viewer: Viewer) -> Scope:
    """The rows a viewer sees in lists, from their posts, grants and own reports."""
    whole = {post.district for post in viewer.posts if post.role in DISTRICT_WIDE}
    if Grant.ISSUES_READ in viewer.grants:
        whole |= {post.district for post in viewer.posts if post.role is Role.INTEGRATOR}
    units = [unit for post in viewer.posts if post.role in FRONT_LINE and (unit := unit_of(post))]

    def of(kind: UnitKind) -> frozenset[UUID]:
        return frozenset(unit.id for unit in units if unit.kind is kind)

    if whole and whole >= {post.district for post in viewer.posts}:
        # Own units and own reports lie in own districts: seen whole, they need no arms of their own.
        return Scope(districts=frozenset(whole))
    return Scope(
        districts=frozenset(whole),
        streets=of(UnitKind.STREET),
        communities=of(UnitKind.COMMUNITY),
        grids=of(UnitKind.GRID),
        departments=of(UnitKind.DEPARTMENT),
        person=viewer.person,
    )


def covers_unit(
    scope: Scope,
    district: UUID,
    street: UUID | None = None,
    community: UUID | None = None,
    department: UUID | None = None,
) -> bool:
    """Whether every issue of a unit is in `scope`, so that its figures may be shown to the viewer.

    The unit is named with those it lies in. A part of a unit's issues is never counted: a figure means the
    same to everyone who sees it.
    """
    return (
        district in scope.districts
        or street in scope.streets
        or community in scope.communities
        or department in scope.departments
    )


# Personal data of reporters -------------------------------------------------------------------------


def masks_reporter(viewer: Viewer, facts: IssueFacts) -> bool:
    """Whether a reporter's name and phone are hidden from `viewer` (domain guide 8).

    They are shown to the reporter, and to a unit only while it handles the issue: the calling street
    from report to filing, others while their own part is open. Overseeing is not handling.
    """
    if viewer.person is not None and viewer.person in facts.reporters:
        return False
    if facts.closed:
        return True
    at_work = set(facts.handling)
    if facts.street is not None:
        at_work.add(Unit(UnitKind.STREET, facts.street))
    return not any(
        post.role in FRONT_LINE and post.district == facts.district and unit_of(post) in at_work
        for post in viewer.posts
    )


def mask_name(name: str) -> str:
    """The first character, which in Chinese is the family name: 张三丰 → 张**."""
    return name[:1] + "*" * min(max(len(name) - 1, 1), 3) if name else name


def mask_phone(phone: str) -> str:
    """The first three and last four digits of a mobile number; the last two of anything shorter."""
    head, tail = (3, 4) if len(phone) >= 11 else (0, 2)
    hidden = len(phone) - head - tail
    return phone[:head] + "*" * hidden + phone[-tail:] if hidden > 0 else "*" * len(phone)
