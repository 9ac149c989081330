"""Who gives which command of the calling cycle, and how near to the issue they stand (domain guide 8)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from models.terms import Command, Role

FRONT_LINE = frozenset({Role.GRID_WORKER, Role.COMMUNITY_CLERK, Role.STREET_CLERK, Role.DEPARTMENT_HANDLER})
REPORTERS = FRONT_LINE | {Role.RESIDENT, Role.RESPONSE_OFFICE, Role.DISTRICT_LEADER}


class Reach(StrEnum):
    """How near to the issue a post must stand for a command."""

    DISTRICT = "DISTRICT"
    PLACE = "PLACE"
    """The post's own street, community or grid is the issue's."""
    HANDLER = "HANDLER"
    """The post's own unit is the one that handles this part of the issue."""
    RECEIVER = "RECEIVER"
    """The post's own unit is the one that this part is offered to."""
    REPORTER = "REPORTER"
    """The person reported it."""


OFFICE_ONLY: Mapping[Role, Reach] = {Role.RESPONSE_OFFICE: Reach.DISTRICT}
CLERK_ONLY: Mapping[Role, Reach] = {Role.STREET_CLERK: Reach.PLACE}
DEPARTMENT_ONLY: Mapping[Role, Reach] = {Role.DEPARTMENT_HANDLER: Reach.HANDLER}

COMMANDS: Mapping[Command, Mapping[Role, Reach]] = {
    Command.ASSESS: CLERK_ONLY,
    Command.CALL: CLERK_ONLY,
    Command.DISPATCH: {**OFFICE_ONLY, Role.DISTRICT_LEADER: Reach.DISTRICT},
    Command.ACCEPT: DEPARTMENT_ONLY,
    Command.RETURN: DEPARTMENT_ONLY,
    Command.ADJUDICATE: OFFICE_ONLY,
    Command.REPORT_IN: DEPARTMENT_ONLY,
    Command.PROPOSE_PLAN: DEPARTMENT_ONLY,
    Command.AGREE_PLAN: DEPARTMENT_ONLY,
    Command.DECIDE_PLAN: OFFICE_ONLY,
    Command.ASK_EXTENSION: dict.fromkeys(FRONT_LINE, Reach.HANDLER),
    Command.DECIDE_EXTENSION: OFFICE_ONLY,
    Command.OFFER_HANDOVER: dict.fromkeys(FRONT_LINE, Reach.HANDLER),
    Command.ACCEPT_HANDOVER: dict.fromkeys(FRONT_LINE, Reach.RECEIVER),
    Command.DECLINE_HANDOVER: dict.fromkeys(FRONT_LINE, Reach.RECEIVER),
    Command.COMPLETE: dict.fromkeys(FRONT_LINE, Reach.HANDLER),
    Command.VERIFY: {
        Role.STREET_CLERK: Reach.PLACE,
        Role.COMMUNITY_CLERK: Reach.PLACE,
        Role.GRID_WORKER: Reach.PLACE,
    },
    Command.ANSWER: CLERK_ONLY,
    Command.RATE: dict.fromkeys(REPORTERS, Reach.REPORTER),
    Command.FOLLOW_UP: CLERK_ONLY,
    Command.REVIEW: CLERK_ONLY,
    Command.NOTE: {**dict.fromkeys(FRONT_LINE, Reach.HANDLER), Role.RESPONSE_OFFICE: Reach.DISTRICT},
    Command.REGRADE: OFFICE_ONLY,
    Command.SUSPEND: OFFICE_ONLY,
    Command.RESUME: OFFICE_ONLY,
    Command.CANCEL: {**CLERK_ONLY, **OFFICE_ONLY},
    Command.MERGE: {**CLERK_ONLY, **OFFICE_ONLY},
    Command.SPLIT: {**CLERK_ONLY, **OFFICE_ONLY},
}
"""The policy table of the calling cycle (domain guide 8)."""
