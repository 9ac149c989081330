"""The `evidence` section of a rulebook: required photos, weights of findings, tolerances, and keeping."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from models.policy.evidence.rules import EvidenceRules, Keeping, Required, Tolerances
from models.rulebooks import reader
from models.rulebooks.reader import Fields, Problems
from models.rulebooks.source import Listing, Node
from models.terms import EvidenceCheck, EvidenceKind, EvidenceStep, FindingWeight

OFF = "OFF"
WEIGHTS = (OFF, *(weight.value for weight in FindingWeight))
FARTHEST_METRES, MOST_HOURS, MOST_MINUTES = 5000, 24 * 31, 24 * 60
LONGEST_DAYS = 36_500
Json = dict[str, Any]


def read_evidence(node: Node, what: str, problems: Problems) -> EvidenceRules:
    """The whole section; what it does not name is as where no rulebook says anything."""
    got = Fields(node, what, problems, (), ("required", "checks", "tolerances", "keep"))
    usual = EvidenceRules()
    return EvidenceRules(
        required=got.take("required", usual.required, read_required),
        checks=got.take("checks", usual.checks, _checks),
        tolerances=got.take("tolerances", usual.tolerances, _tolerances),
        keeping=got.take("keep", usual.keeping, _keeping),
    )


def read_required(node: Node, what: str, problems: Problems) -> Required:
    """Kinds of photos by step, `{complete: [AFTER]}`; an empty list asks for none."""
    steps = {step.value.lower(): step for step in EvidenceStep}
    got = Fields(node, what, problems, (), steps)
    return {steps[key]: _kinds(value, key, problems) for key, value in got.values.items()}


def _kinds(node: Node, what: str, problems: Problems) -> tuple[EvidenceKind, ...]:
    if isinstance(node, Listing) and not node.items:
        return ()
    found: list[EvidenceKind] = []
    for item in reader.items(node, what, problems):
        kind = reader.choice(item, "kind", problems, EvidenceKind, EvidenceKind.AFTER)
        if kind in found:
            problems.add(item.at, f"kind `{kind.value}` stands twice in {what}; name each once")
        found.append(kind)
    return tuple(found)


def _checks(node: Node, what: str, problems: Problems) -> dict[EvidenceCheck, FindingWeight]:
    got = Fields(node, what, problems, (), [check.value for check in EvidenceCheck])
    found: dict[EvidenceCheck, FindingWeight] = {}
    for key, value in got.values.items():
        weight = reader.text(value, key, problems)
        if reader.known(value, weight, "weight", problems, WEIGHTS) and weight != OFF:
            found[EvidenceCheck(key)] = FindingWeight(weight)
    return found


def _tolerances(node: Node, what: str, problems: Problems) -> Tolerances:
    got = Fields(node, what, problems, (), [field.name for field in fields(Tolerances)])
    usual = Tolerances()
    return Tolerances(
        got.take("outside_metres", usual.outside_metres, reader.whole, 0, FARTHEST_METRES),
        got.take("same_place_metres", usual.same_place_metres, reader.whole, 1, FARTHEST_METRES),
        got.take("before_report_hours", usual.before_report_hours, reader.whole, 0, MOST_HOURS),
        got.take("clock_minutes", usual.clock_minutes, reader.whole, 0, MOST_MINUTES),
    )


def _keeping(node: Node, what: str, problems: Problems) -> Keeping:
    got = Fields(node, what, problems, (), [field.name for field in fields(Keeping)])
    usual = Keeping()
    kept = Keeping(
        got.take("original_days", usual.original_days, reader.whole, 1, LONGEST_DAYS),
        got.take("picture_days", usual.picture_days, reader.whole, 1, LONGEST_DAYS),
    )
    if kept.original_days > kept.picture_days:
        problems.add(node.at, "original_days exceeds picture_days; an original goes with its picture at last")
    return kept


# As JSON ------------------------------------------------------------------------------------------


def to_json(rules: EvidenceRules) -> Json:
    """The section as a rulebook's row has it."""
    return {
        "required": required_to_json(rules.required),
        "checks": {check.value: weight.value for check, weight in rules.checks.items()},
        "tolerances": {field.name: getattr(rules.tolerances, field.name) for field in fields(Tolerances)},
        "keep": {field.name: getattr(rules.keeping, field.name) for field in fields(Keeping)},
    }


def from_json(data: Json) -> EvidenceRules:
    """What `to_json` wrote."""
    return EvidenceRules(
        required_from_json(data["required"]),
        {EvidenceCheck(check): FindingWeight(weight) for check, weight in data["checks"].items()},
        Tolerances(**data["tolerances"]),
        Keeping(**data["keep"]),
    )


def required_to_json(required: Required) -> Json:
    return {step.value: [kind.value for kind in kinds] for step, kinds in required.items()}


def required_from_json(data: Json) -> Required:
    return {EvidenceStep(step): tuple(EvidenceKind(kind) for kind in kinds) for step, kinds in data.items()}
