"""答卷: what an invitation was answered with. Saved as often as wanted, handed in once, never altered after.

Handing in is one statement: response, flags, opinions, invitation and quota stand or fall together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import asyncpg

from models.policy.rectification_rules import Perceiving
from models.policy.survey import answering
from models.policy.survey.answering import Answers
from models.policy.survey.fairness import Doubt, Sheet, doubts
from models.policy.survey.instrument import PERCEPTION, Instrument, Questionnaire
from models.queries import cases, db, perception, rounds
from models.queries.invitations import Invited
from models.terms import ResponseChannel, SurveyPurpose, derived_id

SAVE = """
INSERT INTO responses (id, survey_id, district_id, invitation_id, street_id, community_id, group_key, mode,
    purpose, item_id, channel, status, answers, device_digest, post_id, started_at, saved_at)
SELECT $1, i.survey_id, i.district_id, i.id, i.street_id, i.community_id, i.group_key, i.mode, i.purpose,
    i.item_id, $3, 'PARTIAL', $4, $5, $6, $7, $8
FROM invitations i WHERE i.id = $2
ON CONFLICT (invitation_id) DO UPDATE SET answers = excluded.answers, saved_at = excluded.saved_at,
    device_digest = coalesce(excluded.device_digest, responses.device_digest)
WHERE responses.status = 'PARTIAL'
RETURNING id
"""
SUBMIT = """
WITH open AS (
    SELECT s.id FROM surveys s WHERE s.id = $3 AND (s.status = 'OPEN' OR $10 = 'PERCEIVE') FOR SHARE
), saved AS (
    INSERT INTO responses (id, survey_id, district_id, invitation_id, street_id, community_id, group_key,
        mode, purpose, item_id, channel, status, answers, digest, device_digest, post_id, started_at,
        saved_at, submitted_at, seconds, excluded)
    SELECT $1, open.id, $4, $2, $5, $6, $7, $8, $10, $11, $12, 'SUBMITTED', $13, $14, $15, $16, $17, $9, $9,
        $18, $19
    FROM open
    ON CONFLICT (invitation_id) DO UPDATE SET channel = excluded.channel, status = 'SUBMITTED',
        answers = excluded.answers, digest = excluded.digest, post_id = excluded.post_id,
        device_digest = coalesce(excluded.device_digest, responses.device_digest),
        started_at = excluded.started_at, saved_at = excluded.saved_at, submitted_at = excluded.submitted_at,
        seconds = excluded.seconds, excluded = excluded.excluded
    WHERE responses.status = 'PARTIAL'
    RETURNING id
), answered AS (
    UPDATE invitations SET status = 'ANSWERED', answered_at = $9, opened_at = coalesce(opened_at, $17)
    WHERE id = $2 AND EXISTS (SELECT 1 FROM saved)
), flagged AS (
    INSERT INTO response_flags (id, survey_id, response_id, reason, excludes, rule, flagged_at)
    SELECT f.id, $3, saved.id, f.reason, f.excludes, f.rule, $9
    FROM saved, unnest($20::uuid[], $21::text[], $22::bool[], $23::text[]) AS f (id, reason, excludes, rule)
), heard AS (
    INSERT INTO opinions (id, district_id, survey_id, response_id, street_id, community_id, question_key,
        indicator_key, points, words, created_at)
    SELECT o.id, $4, $3, saved.id, $5, $6, o.question, o.indicator, o.points, o.words, $9
    FROM saved, unnest($24::uuid[], $25::text[], $26::text[], $27::int[], $28::text[])
        AS o (id, question, indicator, points, words)
), counted AS (
    UPDATE quota_cells SET submitted = submitted + 1, excluded = excluded + $19::bool::int
    WHERE survey_id = $3 AND street_id = $5 AND group_key = $7 AND mode = $8 AND $10 = 'SCORE'
        AND EXISTS (SELECT 1 FROM saved)
)
SELECT id FROM saved
"""
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest($1::text[]) AS key"
BEFORE = """
SELECT
    (SELECT count(*) FROM responses WHERE survey_id = $1 AND digest = $2 AND status = 'SUBMITTED'
        AND $4) AS alike,
    (SELECT count(*) FROM responses WHERE survey_id = $1 AND device_digest = $3 AND status = 'SUBMITTED'
        AND purpose = 'SCORE') AS same_device
"""


@dataclass(frozen=True, slots=True)
class Given:
    """Answers on their way in, as one of the channels brings them."""

    channel: ResponseChannel
    answers: Answers
    now: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    """Where somebody else measured; else the server's own instants."""
    device: str | None = None
    """A digest of what the device shows, never the thing itself."""
    post: UUID | None = None


class Outcome(StrEnum):
    """What became of answers."""

    TAKEN = "TAKEN"
    SAME = "SAME"
    """They were handed in before: the same success."""
    OTHER = "OTHER"
    """Others were handed in before, and stay."""
    NOT_OPEN = "NOT_OPEN"
    """The round is not open, or not any more."""


@dataclass(frozen=True, slots=True)
class Handed:
    """The outcome, and the response where there is one."""

    outcome: Outcome
    response: UUID | None = None


def response_id(invitation: UUID) -> UUID:
    """The one response of an invitation."""
    return derived_id("response", invitation)


async def asked(invited: Invited) -> tuple[Instrument, Questionnaire]:
    """The round's instrument and what this invitation asks; raises LookupError where it asks nothing."""
    instrument = await rounds.instrument(invited.round.id)
    key = PERCEPTION if invited.purpose is SurveyPurpose.PERCEIVE else invited.group
    sheet = instrument.questionnaire(key)
    if sheet is None:
        raise LookupError(f"no questionnaire {key}")
    return instrument, sheet


async def save(invited: Invited, given: Given) -> Handed:
    """Keeps what was answered so far."""
    if not invited.takes_answers(given.now):
        return Handed(Outcome.OTHER if invited.answered else Outcome.NOT_OPEN, invited.response)
    started = invited.started_at or given.started_at or invited.opened_at or given.now
    kept = await db.value(
        SAVE,
        response_id(invited.id),
        invited.id,
        given.channel.value,
        given.answers,
        given.device,
        given.post,
        started,
        given.now,
    )
    return Handed(Outcome.TAKEN if kept else Outcome.OTHER, response_id(invited.id))


async def submit(invited: Invited, given: Given) -> Handed:
    """Takes the answers for good. The same again is the same success; others are refused."""
    digest = answering.digest(given.answers)
    if invited.answered:
        return Handed(Outcome.SAME if invited.digest == digest else Outcome.OTHER, invited.response)
    if not invited.takes_answers(given.now):
        return Handed(Outcome.NOT_OPEN)
    instrument, sheet = await asked(invited)
    spec = await rounds.spec(invited.round.rulebook)
    started = given.started_at or invited.started_at or invited.opened_at
    finished = given.finished_at or given.now
    facts = Sheet(
        channel=given.channel,
        started_at=started or finished,
        finished_at=finished,
        received_at=given.now,
        seconds=None if started is None else int((finished - started).total_seconds()),
        answered=len(given.answers),
        steps=answering.steps(instrument, sheet, given.answers),
        written=answering.written(sheet, given.answers),
    )
    heard = answering.opinions(instrument, sheet, given.answers, spec.low_score)
    taking = _Taking(invited, given, digest, facts, heard)
    scored = invited.purpose is SurveyPurpose.SCORE
    tells = facts.written >= spec.fair.alike_characters
    zone = (await cases.rulebook(invited.round.rulebook)).calendar.zone

    def judge(facts: Sheet) -> Sequence[Doubt]:
        return doubts(facts, spec.fair, invited.round.opens, invited.round.closes_at, zone) if scored else ()

    if not scored:
        async with db.transaction() as connection:
            saved = await taking.write(connection, ())
            if saved is not None:
                satisfied = await _satisfied(invited, answering.steps(instrument, sheet, given.answers))
                await perception.count(connection, invited.id, satisfied, given.now)
    elif given.device is None and not tells:
        db.tell(SUBMIT)
        async with db.pool().acquire(timeout=db.ACQUIRE_SECONDS) as connection:
            saved = await taking.write(connection, judge(facts))
    else:
        async with db.transaction() as connection:
            seen = await _before(connection, invited.round.id, digest, given.device, tells)
            saved = await taking.write(connection, judge(_with(facts, seen)))
    return Handed(Outcome.TAKEN, saved) if saved else await _lost(invited, digest)


async def _satisfied(invited: Invited, steps: Sequence[Decimal]) -> bool | None:
    """Whether the answers say that an item was put right; None where none says anything."""
    rules = (await cases.rulebook(invited.round.rulebook)).rectification
    points = (rules.perceiving if rules else Perceiving()).points
    return min(steps) >= points if steps else None


async def _before(
    connection: asyncpg.Connection, survey: UUID, digest: str, device: str | None, tells: bool
) -> db.Row:
    """Earlier sheets like this one. Two that come together wait for each other, so that one is first."""
    told = [key for key in (device, digest if tells else None) if key is not None]
    await connection.execute(LOCK, [f"{survey} {key}" for key in sorted(told)])
    return await connection.fetchrow(BEFORE, survey, digest, device, tells)


def _with(facts: Sheet, seen: db.Row) -> Sheet:
    return Sheet(
        facts.channel,
        facts.started_at,
        facts.finished_at,
        facts.received_at,
        facts.seconds,
        facts.answered,
        facts.steps,
        facts.written,
        seen["alike"],
        seen["same_device"],
    )


async def _lost(invited: Invited, digest: str) -> Handed:
    """Somebody handed in at the same moment, or the round closed."""
    row = await db.row("SELECT id, status, digest FROM responses WHERE invitation_id = $1", invited.id)
    if row is None or row["status"] != "SUBMITTED":
        return Handed(Outcome.NOT_OPEN)
    return Handed(Outcome.SAME if row["digest"] == digest else Outcome.OTHER, row["id"])


@dataclass(frozen=True, slots=True)
class _Taking:
    """One response about to be written."""

    invited: Invited
    given: Given
    digest: str
    facts: Sheet
    heard: Sequence[answering.Heard]

    async def write(self, connection: asyncpg.Connection, doubts: Sequence[Doubt]) -> UUID | None:
        """Its id; None where the round is not open or it was handed in already."""
        invited, given, facts = self.invited, self.given, self.facts
        response = response_id(invited.id)
        heard = self.heard if invited.purpose is SurveyPurpose.SCORE else ()
        saved: UUID | None = await connection.fetchval(
            SUBMIT,
            response,
            invited.id,
            invited.round.id,
            invited.district,
            invited.street,
            invited.community,
            invited.group,
            invited.mode.value,
            given.now,
            invited.purpose.value,
            invited.item,
            given.channel.value,
            given.answers,
            self.digest,
            given.device,
            given.post,
            facts.started_at,
            facts.seconds,
            any(doubt.excludes for doubt in doubts),
            [derived_id(response, doubt.reason.value) for doubt in doubts],
            [doubt.reason.value for doubt in doubts],
            [doubt.excludes for doubt in doubts],
            [doubt.rule for doubt in doubts],
            [derived_id(response, one.question) for one in heard],
            [one.question for one in heard],
            [one.indicator for one in heard],
            [one.points for one in heard],
            [one.words for one in heard],
        )
        return saved
