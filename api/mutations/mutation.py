"""The root of all commands, one class a room."""

from __future__ import annotations

import strawberry

from api.mutations.appealing import AppealingMutation
from api.mutations.bulletins import BulletinMutation
from api.mutations.closing import ClosingMutation
from api.mutations.cycles import CycleMutation
from api.mutations.doubting import DoubtingMutation
from api.mutations.handling import HandlingMutation
from api.mutations.levers import LeverMutation
from api.mutations.listing_items import ListingItemsMutation
from api.mutations.merging import MergingMutation
from api.mutations.notices import NoticeMutation
from api.mutations.photos import PhotoMutation
from api.mutations.planning import PlanningMutation
from api.mutations.proving import ProvingMutation
from api.mutations.rectifying import RectifyingMutation
from api.mutations.reporting import ReportingMutation
from api.mutations.responding import RespondingMutation
from api.mutations.returning import ReturningMutation
from api.mutations.reviewing import ReviewingMutation
from api.mutations.routing import RoutingMutation
from api.mutations.rules import RulesMutation
from api.mutations.scoring import ScoringMutation
from api.mutations.surveying import SurveyingMutation
from api.mutations.timing import TimingMutation


@strawberry.type(description="Everything that changes something; each command acts once for its key.")
class Mutation(
    ReportingMutation,
    RoutingMutation,
    PlanningMutation,
    HandlingMutation,
    ReturningMutation,
    TimingMutation,
    ClosingMutation,
    ReviewingMutation,
    AppealingMutation,
    MergingMutation,
    PhotoMutation,
    ProvingMutation,
    NoticeMutation,
    BulletinMutation,
    LeverMutation,
    RulesMutation,
    SurveyingMutation,
    ScoringMutation,
    RespondingMutation,
    ListingItemsMutation,
    RectifyingMutation,
    CycleMutation,
    DoubtingMutation,
):
    pass
