"""Rules as plain JSON and back: for the rulebook's row, for a case's start, and for one digest of both.

Written out by hand, since a case is started with it many times a second and generic tools cost ten
times as much. Every value is one that JSON knows, so that two writings of one rulebook are equal.
"""

from __future__ import annotations

import json
from dataclasses import fields
from hashlib import sha256
from typing import Any

from models.policy.bulletin.period import PublishingTime
from models.policy.calendar import Calendar
from models.policy.duty import Rung
from models.policy.evidence.rules import EvidenceRules
from models.policy.rulebook import (
    MOST_EXTENSIONS,
    Item,
    ItemGroup,
    Limit,
    Nearness,
    ReviewCriterion,
    Rulebook,
)
from models.rulebooks import evidence
from models.rulebooks.district import DistrictSpec
from models.rulebooks.rectification import rectification_from_json, rectification_to_json
from models.rulebooks.scheme_codec import scheme_from_json, scheme_to_json
from models.rulebooks.surveys import survey_from_json, survey_to_json
from models.terms import Clock, Criterion, Level, RungTarget, UnitKind

Json = dict[str, Any]


def canonical(document: object) -> bytes:
    """The one way to write `document`: keys sorted, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(document: object) -> str:
    """SHA-256 of the canonical writing, in hexadecimal."""
    return sha256(canonical(document)).hexdigest()


# Rulebook -----------------------------------------------------------------------------------------


def to_json(book: Rulebook) -> Json:
    """The whole rulebook; later sections only where there are some, so that one without keeps its digest."""
    schemes = [scheme_to_json(scheme) for scheme in book.schemes]
    return {
        "district": book.district,
        "version": book.version,
        "calendar": calendar_to_json(book.calendar),
        "limits": _limits_to_json(book.limits),
        "ladders": _ladders_to_json(book.ladders),
        "groups": [_plain(group) for group in book.groups],
        "items": [_item_to_json(item) for item in book.items],
        "review": [{**_plain(criterion), "key": criterion.key.value} for criterion in book.review],
        "extensions": book.extensions,
        "merging": _plain(book.merging),
        **({"schemes": schemes} if schemes else {}),
        **({"bulletin": _plain(book.publishing)} if book.publishing else {}),
        **({"rectification": rectification_to_json(book.rectification)} if book.rectification else {}),
        **({"survey": survey_to_json(book.survey)} if book.survey else {}),
        **({"evidence": evidence.to_json(book.evidence)} if book.evidence != EvidenceRules() else {}),
    }


def from_json(data: Json) -> Rulebook:
    """The rulebook that `to_json` wrote; raises KeyError or ValueError on anything else."""
    return Rulebook(
        district=data["district"],
        version=data["version"],
        calendar=calendar_from_json(data["calendar"]),
        limits=_limits_from_json(data["limits"]),
        ladders=_ladders_from_json(data["ladders"]),
        groups=[ItemGroup(**group) for group in data["groups"]],
        items=[_item_from_json(item) for item in data["items"]],
        review=[ReviewCriterion(**{**row, "key": Criterion(row["key"])}) for row in data["review"]],
        schemes=[scheme_from_json(scheme) for scheme in data.get("schemes", [])],
        publishing=PublishingTime(**data["bulletin"]) if "bulletin" in data else None,
        # Versions before 2026.2 did not say.
        extensions=data.get("extensions", MOST_EXTENSIONS),
        merging=Nearness(**data.get("merging", {})),
        rectification=rectification_from_json(data["rectification"]) if "rectification" in data else None,
        survey=survey_from_json(data["survey"]) if "survey" in data else None,
        # Versions before 2026.3 asked for an AFTER photo of a verification, and checked nothing.
        evidence=evidence.from_json(data["evidence"]) if "evidence" in data else EvidenceRules(),
    )


def calendar_to_json(calendar: Calendar) -> Json:
    """Working time of a district."""
    return {**_plain(calendar), "hours": [list(span) for span in calendar.hours]}


def calendar_from_json(data: Json) -> Calendar:
    """The calendar that `calendar_to_json` wrote."""
    return Calendar(**{**data, "hours": [(opens, closes) for opens, closes in data["hours"]]})


def district_to_json(spec: DistrictSpec) -> Json:
    """The district as its rulebook describes it."""
    units = {name: [_plain(unit) for unit in getattr(spec, name)] for name in ("streets", "departments")}
    return {**_plain(spec), "box": list(spec.box), **units}


# Parts --------------------------------------------------------------------------------------------


def _plain(value: Any) -> Json:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _limit_to_json(limit: Limit) -> Json:
    return {"allowed": limit.allowed, "text": limit.text, "clock": limit.clock.value}


def _limits_to_json(limits: dict[str, Limit]) -> Json:
    return {key: _limit_to_json(limit) for key, limit in limits.items()}


def _limits_from_json(data: Json) -> dict[str, Limit]:
    return {key: Limit(row["allowed"], row["text"], Clock(row["clock"])) for key, row in data.items()}


def _ladders_to_json(ladders: dict[str, list[Rung]]) -> Json:
    return {
        key: [{"percent": rung.percent, "target": rung.target.value} for rung in rungs]
        for key, rungs in ladders.items()
    }


def _ladders_from_json(data: Json) -> dict[str, list[Rung]]:
    return {
        key: [Rung(row["percent"], RungTarget(row["target"])) for row in rows] for key, rows in data.items()
    }


def _item_to_json(item: Item) -> Json:
    plain = _plain(item)
    asked = evidence.required_to_json(plain.pop("evidence"))
    return {
        **plain,
        **({"evidence": asked} if asked else {}),
        "level": item.level.value,
        "departments": list(item.departments),
        "own_team": item.own_team.value,
        "limits": _limits_to_json(item.limits),
    }


def _item_from_json(data: Json) -> Item:
    changed = {
        "level": Level(data["level"]),
        "own_team": UnitKind(data["own_team"]),
        "limits": _limits_from_json(data["limits"]),
        "evidence": evidence.required_from_json(data.get("evidence", {})),
    }
    return Item(**{**data, **changed})
