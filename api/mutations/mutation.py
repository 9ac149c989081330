"""The root of all commands, one class a room."""

from __future__ import annotations

import strawberry

from api.mutations.casework import CaseworkMutation
from api.mutations.levers import LeverMutation
from api.mutations.notices import NoticeMutation
from api.mutations.photos import PhotoMutation
from api.mutations.reporting import ReportingMutation
from api.mutations.rules import RulesMutation


@strawberry.type(description="Everything that changes something; each command acts once for its key.")
class Mutation(
    ReportingMutation, CaseworkMutation, PhotoMutation, NoticeMutation, LeverMutation, RulesMutation
):
    pass
