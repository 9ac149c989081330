"""The root of all commands, one class a room."""

from __future__ import annotations

import strawberry

from api.mutations.bulletins import BulletinMutation
from api.mutations.casework import CaseworkMutation
from api.mutations.notices import NoticeMutation
from api.mutations.photos import PhotoMutation
from api.mutations.reporting import ReportingMutation


@strawberry.type(description="Everything that changes something; each command acts once for its key.")
class Mutation(ReportingMutation, CaseworkMutation, PhotoMutation, NoticeMutation, BulletinMutation):
    pass
