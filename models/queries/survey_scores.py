"""The facts that a round's results are made from, as they were known at a cut-off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from models.policy.survey.instrument import Instrument, QuestionKind
from models.policy.survey.round import Answered, Answers
from models.policy.survey.strata import Cell
from models.queries.db import Row
from models.terms import FlagReason, Severity, SurveyMode

Read: TypeAlias = Callable[..., Awaitable[list[Row]]]

IN_FORCE = "f.excludes AND f.flagged_at < $2 AND (f.lifted_at IS NULL OR f.lifted_at >= $2)"
"""Flags are dated and never deleted, so that what was left out then is known ever after."""
HANDED_IN = "r.survey_id = $1 AND r.purpose = 'SCORE' AND r.status = 'SUBMITTED' AND r.submitted_at < $2"
ANSWERS = f"""
SELECT x.street_id, x.community_id, x.group_key, x.mode, x.picked, count(*) AS count
FROM (
    SELECT r.street_id, r.community_id, r.group_key, r.mode,
        ARRAY(SELECT r.answers ->> asked.key FROM unnest($3::text[]) WITH ORDINALITY asked(key, place)
            ORDER BY asked.place) AS picked
    FROM responses r
    WHERE {HANDED_IN}
        AND NOT EXISTS (SELECT 1 FROM response_flags f WHERE f.response_id = r.id AND {IN_FORCE})
) x
GROUP BY x.street_id, x.community_id, x.group_key, x.mode, x.picked
"""
"""Sheets that picked the same in one community, group and mode, counted; those left out are not read."""
PROCESS = f"""
SELECT r.mode, r.channel, count(*) AS responses,
    count(*) FILTER (WHERE EXISTS (
        SELECT 1 FROM response_flags f WHERE f.response_id = r.id AND {IN_FORCE})) AS excluded
FROM responses r WHERE {HANDED_IN} GROUP BY r.mode, r.channel ORDER BY r.mode, r.channel
"""
REASONS = f"""
SELECT f.reason, count(*) AS responses FROM response_flags f JOIN responses r ON r.id = f.response_id
WHERE {HANDED_IN} AND {IN_FORCE} GROUP BY f.reason ORDER BY f.reason
"""
INVITED = """
SELECT i.mode, count(*) AS invitations FROM invitations i
WHERE i.survey_id = $1 AND i.purpose = 'SCORE' AND i.created_at < $2 GROUP BY i.mode ORDER BY i.mode
"""
QUOTA = "SELECT street_id, group_key, mode, wanted FROM quota_cells WHERE survey_id = $1"
ITEMS = """
SELECT street_id, severity, count(*) AS items FROM negative_items
WHERE survey_id = $1 AND created_at < $2 GROUP BY street_id, severity
"""
"""An item is confirmed by the person who makes it out of opinions, whether or not it was issued yet."""
FEATURES = "SELECT street_id, key, score, source FROM survey_features WHERE survey_id = $1"


def questions(instrument: Instrument) -> tuple[str, ...]:
    """The questions on a scale, of all questionnaires."""
    found = (question for sheet in instrument.questionnaires for question in sheet.questions)
    return tuple(sorted({question.key for question in found if question.kind is QuestionKind.SCALE}))


async def answers(survey: UUID, cut_off: datetime, instrument: Instrument, read: Read) -> Answers:
    """All sheets that count, in one statement."""
    asked = questions(instrument)
    found = await read(ANSWERS, survey, cut_off, list(asked))
    return Answers(
        asked,
        tuple(
            Answered(
                str(row["street_id"]),
                str(row["community_id"]),
                Cell(row["group_key"], SurveyMode(row["mode"])),
                tuple(row["picked"]),
                row["count"],
            )
            for row in found
        ),
    )


async def quota(survey: UUID, read: Read) -> dict[tuple[str, Cell], int]:
    """By street and cell: how many were wanted."""
    return {
        (str(row["street_id"]), Cell(row["group_key"], SurveyMode(row["mode"]))): row["wanted"]
        for row in await read(QUOTA, survey)
    }


async def process(survey: UUID, cut_off: datetime, read: Read) -> dict[str, Any]:
    """How the round went, in numbers."""
    ways = [dict(row) for row in await read(PROCESS, survey, cut_off)]
    reasons = {row["reason"]: row["responses"] for row in await read(REASONS, survey, cut_off)}
    invited = {row["mode"]: row["invitations"] for row in await read(INVITED, survey, cut_off)}
    return {
        "invitations": invited,
        "responses": sum(way["responses"] for way in ways),
        "excluded": sum(way["excluded"] for way in ways),
        "reasons": {reason.value: reasons.get(reason.value, 0) for reason in FlagReason},
        "ways": ways,
    }


async def items(survey: UUID, cut_off: datetime, read: Read) -> dict[str, dict[str, int]]:
    """By street and severity: confirmed negative items."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: {severity.value: 0 for severity in Severity})
    for row in await read(ITEMS, survey, cut_off):
        found[str(row["street_id"])][row["severity"]] = row["items"]
    return dict(found)


async def features(survey: UUID, read: Read) -> dict[str, dict[str, list[str]]]:
    """By street and special indicator: score and source."""
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for row in await read(FEATURES, survey):
        found[str(row["street_id"])][row["key"]] = [str(row["score"]), row["source"]]
    return dict(found)
