"""The `survey` of a rulebook: from YAML to a `SurveySpec` (docs/surveys.md says how one is written)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from models.policy.survey.instrument import PERCEPTION
from models.policy.survey.spec import FairPlay, Group, ModeQuota, Residents, Share, SurveySpec
from models.policy.survey.strata import LEAST
from models.rulebooks import reader
from models.rulebooks.district import UnitSpec, read_units
from models.rulebooks.instruments import EMPTY, read_instrument
from models.rulebooks.reader import Fields, Problems
from models.rulebooks.scheme_codec import value_from_json, value_to_json
from models.rulebooks.scheme_numbers import number
from models.rulebooks.source import Listing, Node
from models.terms import FlagReason, SurveyMode

NEEDED = ("instrument", "groups", "shares", "quota", "low_score", "fair")
FAIR = (
    "quick_seconds",
    "straight_answers",
    "straight_seconds",
    "alike_characters",
    "device_most",
    "field_hours",
    "excludes",
)
MOST_WANTED, MOST_RESIDENTS = 1_000_000, 100_000_000
MOST_ANONYMITY = 100
NOTHING = Decimal(0)
NO_PLAY = FairPlay(NOTHING, 1, NOTHING, 1, 1, (), ())
MODES = tuple(mode.value for mode in SurveyMode)


def survey_to_json(spec: SurveySpec) -> dict[str, Any]:
    """The whole section."""
    written: dict[str, Any] = value_to_json(spec, SurveySpec)
    return written


def survey_from_json(data: Mapping[str, Any]) -> SurveySpec:
    """The spec that `survey_to_json` wrote; raises KeyError or ValueError on anything else."""
    spec: SurveySpec = value_from_json(data, SurveySpec)
    return spec


def read_survey(node: Node, what: str, problems: Problems, streets: Collection[str]) -> SurveySpec:
    """The section; `streets` are the keys of the district's streets."""
    got = Fields(node, what, problems, NEEDED, ("residents", "anonymity"))
    units: list[UnitSpec] = got.take("groups", [], read_units)
    groups = tuple(Group(unit.key, unit.zh, unit.en) for unit in units)
    keys = tuple(group.key for group in groups)
    spec = SurveySpec(
        instrument=got.take("instrument", EMPTY, read_instrument),
        groups=groups,
        shares=got.take("shares", (), _shares, keys),
        quotas=got.take("quota", (), _quotas),
        residents=got.take("residents", (), _residents, streets),
        fair=got.take("fair", NO_PLAY, _fair),
        low_score=got.take("low_score", NOTHING, number, None, 0),
        anonymity=got.take("anonymity", LEAST, reader.whole, 2, MOST_ANONYMITY),
    )
    if "instrument" in got.values:
        _sheets_of_groups(spec, got.values["instrument"], problems)
    return spec


def _sheets_of_groups(spec: SurveySpec, node: Node, problems: Problems) -> None:
    asked = {sheet.group for sheet in spec.instrument.questionnaires}
    groups = {group.key for group in spec.groups}
    for key in sorted((groups | {PERCEPTION}) - asked):
        problems.add(node.at, f"there is no questionnaire `{key}`; each group has one, and so has perception")
    for key in sorted(asked - groups - {PERCEPTION}):
        problems.add(node.at, f"questionnaire `{key}` is for no group; one of {', '.join(sorted(groups))}")


def _shares(node: Node, what: str, problems: Problems, groups: Collection[str]) -> tuple[Share, ...]:
    """By group and mode; all of them together are the district's population, 1."""
    found: list[Share] = []
    got = Fields(node, what, problems, groups)
    for group in groups:
        if group in got.values:
            of = Fields(got.values[group], f"shares of `{group}`", problems, MODES)
            found += [
                Share(group, mode, of.take(mode.value, NOTHING, number, None, 0)) for mode in SurveyMode
            ]
    whole = sum(share.share for share in found)
    if whole != 1:
        problems.add(node.at, f"shares add up to {whole}; all groups and modes together are 1")
    return tuple(found)


def _quotas(node: Node, what: str, problems: Problems) -> tuple[ModeQuota, ...]:
    got = Fields(node, what, problems, (), MODES)
    found = (got.take(mode.value, 0, reader.whole, 1, MOST_WANTED) for mode in SurveyMode)
    quotas = tuple(ModeQuota(mode, wanted) for mode, wanted in zip(SurveyMode, found, strict=True) if wanted)
    if not quotas:
        problems.add(node.at, f"{what} sets no mode; one or both of {', '.join(MODES)}")
    return quotas


def _residents(node: Node, what: str, problems: Problems, streets: Collection[str]) -> tuple[Residents, ...]:
    got = Fields(node, what, problems, streets)
    return tuple(
        Residents(street, got.take(street, 1, reader.whole, 1, MOST_RESIDENTS))
        for street in streets
        if street in got.values
    )


def _fair(node: Node, what: str, problems: Problems) -> FairPlay:
    got = Fields(node, what, problems, FAIR)
    return FairPlay(
        quick_seconds=got.take("quick_seconds", NOTHING, number, None, 0),
        straight_answers=got.take("straight_answers", 1, reader.whole, 2, 1000),
        straight_seconds=got.take("straight_seconds", NOTHING, number, None, 0),
        alike_characters=got.take("alike_characters", 1, reader.whole, 1, 1000),
        device_most=got.take("device_most", 1, reader.whole, 1, 1000),
        field_hours=tuple(got.take("field_hours", [], reader.hours)),
        excludes=got.take("excludes", (), _reasons),
    )


def _reasons(node: Node, what: str, problems: Problems) -> tuple[FlagReason, ...]:
    """A list that may be empty: then doubts are told and nothing is left out."""
    if isinstance(node, Listing) and not node.items:
        return ()
    default = FlagReason.DUPLICATE
    return tuple(
        reader.choice(item, what, problems, FlagReason, default)
        for item in reader.items(node, what, problems)
    )
