"""Results of a round as bytes: what goes in besides its answers, and the document and file that come out."""

from __future__ import annotations

import asyncio
import csv
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from io import StringIO
from typing import Any
from uuid import UUID

from models.policy.bulletin.table import Subject
from models.policy.rulebook import Rulebook
from models.policy.survey.open_data import OpenData, open_data
from models.policy.survey.results import results
from models.policy.survey.round import Community, Facts, Feature
from models.policy.survey.round import Round as Told
from models.queries import survey_scores
from models.queries.survey_scores import Read
from models.rulebooks import codec
from models.rulebooks.geography import street_id
from models.rulebooks.instruments import instrument_from_json
from models.terms import RatedLevel, Severity

STREETS, UNITS, YEAR = "satisfaction", "satisfaction_units", "satisfaction_year"
"""The schemes of a rulebook that score a round."""
BOM = "\ufeff"
"""Without it spreadsheet programs read UTF-8 as something else."""
Json = dict[str, Any]

NAMED = "id, code AS key, name_zh, name_en"
BEFORE = """
SELECT r.id, r.body, s.year, s.half FROM survey_results r JOIN surveys s ON s.id = r.survey_id
WHERE r.district_id = $1 AND r.published_at IS NOT NULL AND (s.year, s.half) < ($2, $3)
ORDER BY s.year, s.half
"""


@dataclass(frozen=True, slots=True)
class Made:
    """Results as bytes."""

    body: bytes
    open_data: bytes


async def inputs_of(row: Any, book: Rulebook, cut_off: datetime, read: Read) -> Json:
    """What may change after scoring and is no dated fact: kept beside the results."""
    (district,) = await read(
        "SELECT id, key, name_zh, name_en FROM districts WHERE id = $1", row["district_id"]
    )
    streets = await read(f"SELECT {NAMED} FROM streets WHERE district_id = $1 ORDER BY code", district["id"])
    communities = await read(
        f"SELECT {NAMED}, street_id FROM communities WHERE district_id = $1 ORDER BY code", district["id"]
    )
    before = await read(BEFORE, district["id"], row["year"], row["half"])
    found = await survey_scores.items(row["id"], cut_off, read)
    if not found and await read("SELECT 1 FROM opinions WHERE survey_id = $1 LIMIT 1", row["id"]):
        items: Json | None = None  # nobody has sorted what was said yet: not known, rather than none
    else:
        none = {severity.value: 0 for severity in Severity}
        items = {str(street["id"]): found.get(str(street["id"]), none) for street in streets}
    return {
        "district": _subject(district).to_json(),
        "streets": [_subject(street).to_json() for street in streets],
        "communities": [
            {"subject": _subject(one).to_json(), "street": str(one["street_id"])} for one in communities
        ],
        "items": items,
        "features": await survey_scores.features(row["id"], read),
        "before": [str(one["id"]) for one in before],
        "year": [str(one["id"]) for one in before if one["year"] == row["year"]],
        "process": await survey_scores.process(row["id"], cut_off, read),
    }


def _subject(row: Any) -> Subject:
    return Subject(str(row["id"]), row["key"], row["name_zh"], row["name_en"])


async def made(row: Any, book: Rulebook, inputs: Json, cut_off: datetime, read: Read) -> Made:
    told = _told(row, book, inputs, cut_off)
    bodies = {
        str(one["id"]): json.loads(one["body"])
        for one in await read(
            "SELECT id, body FROM survey_results WHERE id = ANY($1)", [UUID(key) for key in inputs["before"]]
        )
    }
    facts = Facts(
        answers=await survey_scores.answers(row["id"], cut_off, told.instrument, read),
        quota=await survey_scores.quota(row["id"], read),
        items={
            street: {Severity(key): count for key, count in its.items()}
            for street, its in (inputs["items"] or {}).items()
        },
        features={
            street: {key: Feature(Decimal(score), source) for key, (score, source) in its.items()}
            for street, its in inputs["features"].items()
        },
        process=inputs["process"],
        earlier=bodies[inputs["before"][-1]] if inputs["before"] else None,
        year=tuple(bodies[key] for key in inputs["year"]),
    )
    # Some seconds of arithmetic: not where everybody else is answered.
    return await asyncio.to_thread(_written, told, facts)


def _written(told: Told, facts: Facts) -> Made:
    document, opened = results(told, facts), open_data(told, facts)
    body = _csv(opened)
    document["openData"] = {
        "sheets": len(opened.lines),
        "leftOut": opened.left_out,
        "sha256": sha256(body).hexdigest(),
    }
    return Made(codec.canonical(document), body)


def _csv(opened: OpenData) -> bytes:
    file = StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(opened.header)
    writer.writerows(opened.lines)
    return (BOM + file.getvalue()).encode()


def _told(row: Any, book: Rulebook, inputs: Json, cut_off: datetime) -> Told:
    spec, zone = book.survey, book.calendar.zone
    if spec is None:
        raise LookupError(f"{book.name} has no survey")
    schemes = {RatedLevel.STREET: book.scheme(STREETS)}
    schemes |= dict.fromkeys((RatedLevel.COMMUNITY, RatedLevel.WORKER), book.scheme(UNITS))
    closed = row["closed_at"] or row["closes_at"]
    return Told(
        district=Subject(**inputs["district"]),
        code=row["code"],
        year=row["year"],
        half=row["half"],
        zh=row["name_zh"],
        en=row["name_en"],
        opened=(row["opened_at"] or row["opens_at"]).astimezone(zone).isoformat(),
        closed=closed.astimezone(zone).isoformat(),
        cut_off=cut_off.astimezone(zone).isoformat(),
        on=closed.astimezone(zone).date(),
        rulebook=book.name,
        spec=spec,
        instrument=instrument_from_json(row["instrument"]),
        schemes={level: scheme for level, scheme in schemes.items() if scheme is not None},
        year_scheme=book.scheme(YEAR),
        streets=tuple(Subject(**one) for one in inputs["streets"]),
        communities=tuple(
            Community(Subject(**one["subject"]), one["street"]) for one in inputs["communities"]
        ),
        residents={str(street_id(book.district, one.street)): one.residents for one in spec.residents},
    )
