"""What a rulebook says of photos: which a step needs, what each finding weighs, how long they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.terms import EvidenceCheck, EvidenceKind, EvidenceStep, FindingWeight

Required = Mapping[EvidenceStep, tuple[EvidenceKind, ...]]
"""The kinds that a step needs, at least one accepted photo of each."""


@dataclass(frozen=True)
class Tolerances:
    """From where on something is found."""

    outside_metres: int = 100
    """How far outside its grid a photo may be taken: satellites err between houses."""
    same_place_metres: int = 80
    before_report_hours: int = 24
    """How much older than the report a photo of the problem itself may be."""
    clock_minutes: int = 10
    """How wrong a phone's clock may be."""


@dataclass(frozen=True)
class Keeping:
    """For how many days after its issue was closed a photo is kept."""

    original_days: int = 1095
    picture_days: int = 3650


@dataclass(frozen=True)
class EvidenceRules:
    """The `evidence` section. A check that stands in no line of `checks` is not made."""

    required: Required = field(default_factory=lambda: {EvidenceStep.VERIFY: (EvidenceKind.AFTER,)})
    checks: Mapping[EvidenceCheck, FindingWeight] = field(default_factory=dict)
    tolerances: Tolerances = field(default_factory=Tolerances)
    keeping: Keeping = field(default_factory=Keeping)
