"""Who may do and see what: the table of domain guide 8, case by case."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid5

import pytest

from models.policy.access import (
    COMMAND_ROLES,
    GATES,
    PUBLIC,
    Grant,
    IssueFacts,
    Post,
    Refusal,
    Rule,
    Unit,
    Viewer,
    allows,
    covers_unit,
    mask_name,
    mask_phone,
    masks_reporter,
    may_command,
    scope_of,
)
from models.terms import NAMESPACE, Command, Role, UnitKind


def an_id(name: str) -> UUID:
    return uuid5(NAMESPACE, name)


DISTRICT, STREET, COMMUNITY, GRID = (an_id(name) for name in ("district", "street", "community", "grid"))
WATER, PARKS, REPORTER = an_id("water"), an_id("parks"), an_id("reporter")
WATER_UNIT = Unit(UnitKind.DEPARTMENT, WATER)
FACTS = IssueFacts(
    DISTRICT,
    STREET,
    COMMUNITY,
    GRID,
    units=(WATER_UNIT,),
    handling=(WATER_UNIT,),
    reporters=frozenset({REPORTER}),
)
GENERAL = replace(FACTS, handler=WATER_UNIT, receiver=Unit(UnitKind.DEPARTMENT, an_id("parks")))


def person(role: Role, district: UUID = DISTRICT, **units: UUID) -> Viewer:
    key = an_id(f"{role}/{units}")
    return Viewer(str(key), key, (Post(None, role, False, district, **units),))


CLERK = person(Role.STREET_CLERK, street=STREET)
OTHER_CLERK = person(Role.STREET_CLERK, street=an_id("other street"))
COMMUNITY_CLERK = person(Role.COMMUNITY_CLERK, street=STREET, community=COMMUNITY)
OTHER_COMMUNITY = person(Role.COMMUNITY_CLERK, street=STREET, community=an_id("other community"))
GRID_WORKER = person(Role.GRID_WORKER, community=COMMUNITY, grid=GRID)
OTHER_GRID = person(Role.GRID_WORKER, community=COMMUNITY, grid=an_id("other grid"))
HANDLER = person(Role.DEPARTMENT_HANDLER, department=WATER)
OTHER_HANDLER = person(Role.DEPARTMENT_HANDLER, department=PARKS)
OFFICE = person(Role.RESPONSE_OFFICE)
LEADER = person(Role.DISTRICT_LEADER)
AUDITOR = person(Role.AUDITOR)
OPERATOR = person(Role.OPERATOR)
RESIDENT = Viewer("resident", REPORTER, (Post(None, Role.RESIDENT, False, DISTRICT),))
MACHINE = Viewer("machine", None, (Post(None, Role.INTEGRATOR, False, DISTRICT),))


def granted(*grants: str) -> Viewer:
    return replace(MACHINE, grants=frozenset(grants))


GATE_CASES = [
    (Rule.PUBLIC, {PUBLIC, RESIDENT, MACHINE, AUDITOR}, set()),
    (Rule.SIGNED_IN, {RESIDENT, MACHINE, AUDITOR}, {PUBLIC}),
    (
        Rule.STAFF,
        {GRID_WORKER, CLERK, HANDLER, OFFICE, LEADER, AUDITOR, OPERATOR},
        {PUBLIC, RESIDENT, MACHINE},
    ),
    (Rule.OVERSIGHT, {OFFICE, LEADER, AUDITOR, OPERATOR}, {CLERK, HANDLER, GRID_WORKER, RESIDENT}),
    (Rule.OPERATIONS, {OPERATOR}, {OFFICE, LEADER, AUDITOR, CLERK, PUBLIC}),
    (
        Rule.READ_ISSUES,
        {RESIDENT, CLERK, AUDITOR, granted("issues:read")},
        {PUBLIC, MACHINE, granted("reports:write")},
    ),
    (Rule.READ_RULEBOOKS, {CLERK, granted("rulebooks:read")}, {PUBLIC, RESIDENT, granted("issues:read")}),
    (
        Rule.REPORT,
        {RESIDENT, GRID_WORKER, CLERK, HANDLER, OFFICE, granted("reports:write")},
        {PUBLIC, MACHINE},
    ),
    (
        Rule.COMMAND,
        {CLERK, COMMUNITY_CLERK, GRID_WORKER, HANDLER, OFFICE, LEADER, RESIDENT},
        {AUDITOR, PUBLIC, MACHINE},
    ),
]


@pytest.mark.parametrize(
    ("rule", "passing", "stopped"), GATE_CASES, ids=[case[0].value for case in GATE_CASES]
)
def test_a_rule_opens_to_those_it_names(rule: Rule, passing: set[Viewer], stopped: set[Viewer]) -> None:
    assert {viewer for viewer in passing | stopped if allows(rule, viewer)} == passing


def test_every_rule_is_in_the_table() -> None:
    assert set(GATES) == set(Rule)
    assert set(COMMAND_ROLES) == set(Command)


def test_an_auditor_only_reads() -> None:
    assert not any(Role.AUDITOR in roles for roles in COMMAND_ROLES.values())
    assert not allows(Rule.REPORT, AUDITOR)
    assert allows(Rule.REPORT, OFFICE)


ON_THE_PART = ([HANDLER], [OTHER_HANDLER, CLERK, COMMUNITY_CLERK, GRID_WORKER, OFFICE, LEADER])
"""What the department that handles the part does, and nobody else."""
BY_CLERK = ([CLERK], [OTHER_CLERK, COMMUNITY_CLERK, GRID_WORKER, HANDLER, OFFICE, LEADER])
BY_OFFICE = ([OFFICE], [CLERK, HANDLER, LEADER, AUDITOR, OPERATOR])
BY_RECEIVER = ([OTHER_HANDLER], [HANDLER, CLERK, OFFICE])
EITHER = ([CLERK, OFFICE], [OTHER_CLERK, COMMUNITY_CLERK, HANDLER, LEADER])
MAY = {
    Command.ASSESS: BY_CLERK,
    Command.CALL: BY_CLERK,
    Command.DISPATCH: ([OFFICE, LEADER], [CLERK, HANDLER, AUDITOR, OPERATOR]),
    Command.ACCEPT: ON_THE_PART,
    Command.RETURN: ON_THE_PART,
    Command.ADJUDICATE: BY_OFFICE,
    Command.REPORT_IN: ON_THE_PART,
    Command.PROPOSE_PLAN: ON_THE_PART,
    Command.AGREE_PLAN: ON_THE_PART,
    Command.DECIDE_PLAN: BY_OFFICE,
    Command.ASK_EXTENSION: ON_THE_PART,
    Command.DECIDE_EXTENSION: BY_OFFICE,
    Command.OFFER_HANDOVER: ON_THE_PART,
    Command.ACCEPT_HANDOVER: BY_RECEIVER,
    Command.DECLINE_HANDOVER: BY_RECEIVER,
    Command.COMPLETE: ON_THE_PART,
    Command.VERIFY: (
        [CLERK, COMMUNITY_CLERK, GRID_WORKER],
        [OTHER_CLERK, OTHER_COMMUNITY, OTHER_GRID, HANDLER, OFFICE, AUDITOR],
    ),
    Command.ANSWER: BY_CLERK,
    Command.RATE: ([RESIDENT], [CLERK, COMMUNITY_CLERK, GRID_WORKER, HANDLER, OFFICE, LEADER]),
    Command.FOLLOW_UP: BY_CLERK,
    Command.REVIEW: BY_CLERK,
    Command.NOTE: ([HANDLER, OFFICE], [OTHER_HANDLER, CLERK, LEADER, AUDITOR]),
    Command.REGRADE: BY_OFFICE,
    Command.SUSPEND: BY_OFFICE,
    Command.RESUME: BY_OFFICE,
    Command.CANCEL: EITHER,
    Command.MERGE: EITHER,
    Command.SPLIT: EITHER,
}


@pytest.mark.parametrize(("command", "cases"), MAY.items(), ids=[command.value for command in MAY])
def test_commands_are_for_the_post_concerned(
    command: Command, cases: tuple[list[Viewer], list[Viewer]]
) -> None:
    may, may_not = cases
    for viewer in may:
        decision = may_command(command, viewer, GENERAL)
        assert decision.allowed, viewer
        assert decision.post == viewer.posts[0]
        assert decision.rule.startswith(f"{command.value}: {viewer.posts[0].role.value}/")
    for viewer in [*may_not, *({RESIDENT, AUDITOR} - set(may)), PUBLIC, MACHINE]:
        decision = may_command(command, viewer, GENERAL)
        assert not decision.allowed, viewer
        assert decision.rule.startswith(command.value)


@pytest.mark.parametrize(
    ("command", "viewer", "reason"),
    [
        (Command.ASSESS, PUBLIC, Refusal.NOT_SIGNED_IN),
        (Command.ASSESS, granted("issues:read"), Refusal.WRONG_ROLE),
        (Command.ASSESS, HANDLER, Refusal.WRONG_ROLE),
        (Command.ASSESS, OTHER_CLERK, Refusal.WRONG_PLACE),
        (Command.ACCEPT, OTHER_HANDLER, Refusal.WRONG_UNIT),
        (Command.ACCEPT_HANDOVER, HANDLER, Refusal.WRONG_UNIT),
        (Command.RATE, CLERK, Refusal.NOT_REPORTER),
        (Command.NOTE, person(Role.RESPONSE_OFFICE, an_id("other district")), Refusal.WRONG_PLACE),
    ],
)
def test_a_refusal_says_what_is_wrong(command: Command, viewer: Viewer, reason: Refusal) -> None:
    assert may_command(command, viewer, GENERAL).reason is reason


@pytest.mark.parametrize(
    ("unit", "team", "others"),
    [
        (Unit(UnitKind.STREET, STREET), CLERK, [OTHER_CLERK, COMMUNITY_CLERK, GRID_WORKER, HANDLER]),
        (Unit(UnitKind.COMMUNITY, COMMUNITY), COMMUNITY_CLERK, [OTHER_COMMUNITY, CLERK, GRID_WORKER]),
        (Unit(UnitKind.GRID, GRID), GRID_WORKER, [OTHER_GRID, COMMUNITY_CLERK, CLERK]),
    ],
    ids=["street", "community", "grid"],
)
def test_a_simple_issue_is_completed_by_its_own_team(unit: Unit, team: Viewer, others: list[Viewer]) -> None:
    facts = replace(FACTS, handler=unit)
    assert may_command(Command.COMPLETE, team, facts).allowed
    assert may_command(Command.NOTE, team, facts).allowed
    for viewer in others:
        assert may_command(Command.COMPLETE, viewer, facts).reason is Refusal.WRONG_UNIT


def test_whoever_completed_may_not_verify() -> None:
    done = replace(FACTS, completed_by=CLERK.person)
    assert may_command(Command.VERIFY, CLERK, done).reason is Refusal.OWN_WORK
    assert may_command(Command.VERIFY, COMMUNITY_CLERK, done).allowed


def test_the_second_post_counts_as_well() -> None:
    both = replace(OTHER_CLERK, posts=(*OTHER_CLERK.posts, *CLERK.posts))
    assert may_command(Command.ASSESS, both, FACTS).post == CLERK.posts[0]


def test_an_issue_without_a_grid_is_not_every_grids() -> None:
    nowhere = replace(FACTS, grid=None, community=None)
    gridless = person(Role.GRID_WORKER)
    assert may_command(Command.VERIFY, gridless, nowhere).reason is Refusal.WRONG_PLACE
    assert not scope_of(gridless).covers(nowhere)


# Rows -----------------------------------------------------------------------------------------------

SEES = [
    CLERK,
    COMMUNITY_CLERK,
    GRID_WORKER,
    HANDLER,
    OFFICE,
    LEADER,
    AUDITOR,
    OPERATOR,
    RESIDENT,
    granted("issues:read"),
]
BLIND = [OTHER_CLERK, OTHER_COMMUNITY, OTHER_GRID, OTHER_HANDLER, PUBLIC, MACHINE, granted("reports:write")]


def test_lists_hold_what_is_in_scope() -> None:
    assert [scope_of(viewer).covers(FACTS) for viewer in SEES] == [True] * len(SEES)
    assert [scope_of(viewer).covers(FACTS) for viewer in BLIND] == [False] * len(BLIND)


def test_a_scope_names_what_sql_needs() -> None:
    assert scope_of(PUBLIC).empty
    assert scope_of(MACHINE).empty
    assert scope_of(OFFICE).districts == {DISTRICT}
    scope = scope_of(replace(CLERK, posts=(*CLERK.posts, *HANDLER.posts, *GRID_WORKER.posts)))
    assert [set(ids) for ids in (scope.streets, scope.departments, scope.grids)] == [
        {STREET},
        {WATER},
        {GRID},
    ]
    assert scope.districts == scope.communities == frozenset()
    assert scope.person == CLERK.person


def test_a_grant_is_spelled_as_tokens_spell_it() -> None:
    spelled = {"issues:read", "reports:write", "responses:write", "rulebooks:read"}
    assert {grant.value for grant in Grant} == spelled


# Personal data --------------------------------------------------------------------------------------


def test_a_reporter_is_known_to_those_at_work_on_the_issue_only() -> None:
    for viewer in (CLERK, HANDLER, RESIDENT):
        assert not masks_reporter(viewer, FACTS)
    for viewer in (OTHER_CLERK, OTHER_HANDLER, COMMUNITY_CLERK, OFFICE, LEADER, AUDITOR, PUBLIC, MACHINE):
        assert masks_reporter(viewer, FACTS)
    assert masks_reporter(HANDLER, replace(FACTS, handling=()))
    filed = replace(FACTS, closed=True)
    assert masks_reporter(CLERK, filed)
    assert not masks_reporter(RESIDENT, filed)


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张*"), ("张三丰", "张**"), ("Li", "L*"), ("Alexander", "A***"), ("张", "张*"), ("", "")],
)
def test_names_keep_their_first_character(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812345678", "138****5678"),
        ("02886001234", "028****1234"),
        ("86001234", "******34"),
        ("12", "**"),
        ("5", "*"),
        ("", ""),
    ],
)
def test_phones_keep_their_ends(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


COVERED = {
    "the office, all of its district": (OFFICE, {"district", "street", "community", "department"}),
    "the auditor, all of it": (AUDITOR, {"district", "street", "community", "department"}),
    "a street clerk, the street and below": (CLERK, {"street", "community"}),
    "a clerk of another street, nothing": (OTHER_CLERK, set()),
    "a community clerk, the community": (COMMUNITY_CLERK, {"community"}),
    "a grid worker sees a part, which is no figure": (GRID_WORKER, set()),
    "a handler, their own department": (HANDLER, {"department"}),
    "another handler, nothing": (OTHER_HANDLER, set()),
    "a resident's own reports are no figure": (RESIDENT, set()),
    "a machine with the grant": (granted("issues:read"), {"district", "street", "community", "department"}),
    "a machine without": (MACHINE, set()),
    "the public": (PUBLIC, set()),
    "the office of another district": (person(Role.RESPONSE_OFFICE, district=an_id("other")), set()),
}


@pytest.mark.parametrize(("viewer", "units"), COVERED.values(), ids=COVERED)
def test_figures_are_shown_of_units_seen_whole(viewer: Viewer, units: set[str]) -> None:
    scope = scope_of(viewer)
    shown = {
        "district": covers_unit(scope, DISTRICT),
        "street": covers_unit(scope, DISTRICT, STREET),
        "community": covers_unit(scope, DISTRICT, STREET, COMMUNITY),
        "department": covers_unit(scope, DISTRICT, department=WATER),
    }
    assert {unit for unit, seen in shown.items() if seen} == units
