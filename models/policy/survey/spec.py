"""How a district measures satisfaction: what is asked, whom, how many, and what counts as fair play.

All of it is rulebook data (domain guide 4); a round keeps the instrument it was made with.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from models.policy.survey.instrument import Instrument
from models.policy.survey.strata import LEAST
from models.terms import FlagReason, SurveyMode


@dataclass(frozen=True, slots=True)
class Group:
    """Respondents who share a questionnaire, e.g. elderly residents."""

    key: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Share:
    """The part of the district's population that one group reached by one mode stands for, 0 to 1."""

    group: str
    mode: SurveyMode
    share: Decimal


@dataclass(frozen=True, slots=True)
class Residents:
    """How many people live in one street; `street` is the rulebook's key of it."""

    street: str
    residents: int


@dataclass(frozen=True, slots=True)
class ModeQuota:
    """How many responses of one round are wanted by one mode, in the whole district."""

    mode: SurveyMode
    wanted: int


@dataclass(frozen=True, slots=True)
class FairPlay:
    """What puts a response in doubt, and which doubts leave it out of the scores."""

    quick_seconds: Decimal
    """SPEEDER: fewer seconds than this for each question answered."""
    straight_answers: int
    """STRAIGHT_LINER: at least so many answers on a scale, all of them the same step,"""
    straight_seconds: Decimal
    """and fewer seconds than this for each question answered: people who are content answer alike too."""
    alike_characters: int
    """DUPLICATE: the same answers again, with at least so many characters written by hand."""
    device_most: int
    """DUPLICATE: more sheets than this from one device."""
    field_hours: tuple[tuple[int, int], ...]
    """IMPOSSIBLE_TIME: paper and home visits outside these minutes of the day."""
    excludes: tuple[FlagReason, ...]
    """The reasons that leave a response out; the others are only told."""


@dataclass(frozen=True, slots=True)
class SurveySpec:
    """All that a rulebook says of rounds.

    `shares` adds up to 1 over every group and mode. `residents` names each street once, or is empty: then
    rounds are refused until the rulebook says how many live where.
    """

    instrument: Instrument
    groups: tuple[Group, ...]
    shares: tuple[Share, ...]
    quotas: tuple[ModeQuota, ...]
    residents: tuple[Residents, ...]
    fair: FairPlay
    low_score: Decimal
    """An answer on a scale worth at most this is an opinion: something to put right."""
    anonymity: int = LEAST
    """k: figures of fewer people are not published, and cells of fewer are merged when scores are made."""

    @property
    def modes(self) -> tuple[SurveyMode, ...]:
        """The modes that a quota is set for."""
        return tuple(quota.mode for quota in self.quotas)

    @property
    def population(self) -> int:
        """Everyone who lives in the district; 0 where the rulebook does not say."""
        return sum(street.residents for street in self.residents)

    def group(self, key: str) -> Group | None:
        return next((group for group in self.groups if group.key == key), None)

    def share(self, group: str, mode: SurveyMode) -> Decimal:
        """Raises KeyError for a group or mode that the rulebook does not know."""
        for share in self.shares:
            if (share.group, share.mode) == (group, mode):
                return share.share
        raise KeyError((group, mode))

    def wanted(self, mode: SurveyMode) -> int:
        """The quota of a mode in the whole district; 0 where it is not used."""
        return next((quota.wanted for quota in self.quotas if quota.mode is mode), 0)

    def residents_of(self, street: str) -> int:
        """Raises KeyError for a street that the rulebook does not count."""
        for one in self.residents:
            if one.street == street:
                return one.residents
        raise KeyError(street)
