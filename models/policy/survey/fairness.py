"""Fair play: which responses are in doubt, by which rule, and whether that leaves them out (domain guide 4).

What was said is never altered: a doubt stands beside it, and can be lifted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from models.policy.survey.spec import FairPlay
from models.terms import FlagReason, ResponseChannel

FIELD = frozenset({ResponseChannel.PAPER, ResponseChannel.HOME_VISIT})
"""Written down by staff, in their working day."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is known of one response when it is handed in."""

    channel: ResponseChannel
    started_at: datetime
    finished_at: datetime
    """When the respondent was done; of paper, when it was filled in."""
    received_at: datetime
    seconds: int | None
    """From start to end; None where nobody measured."""
    answered: int
    """How many questions were answered."""
    steps: tuple[Decimal, ...]
    """The points of its answers on a scale."""
    written: int
    """How many characters were written by hand."""
    alike: int = 0
    """Responses of this round with the same answers, handed in before."""
    same_device: int = 0
    """Responses of this round from the same device, handed in before."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One reason to doubt a response, and the line that says so."""

    reason: FlagReason
    rule: str
    excludes: bool


def doubts(
    sheet: Sheet, fair: FairPlay, opens_at: datetime, closes_at: datetime, zone: tzinfo
) -> tuple[Doubt, ...]:
    """Every reason to doubt it; at most one of each kind."""
    found = (
        (FlagReason.DUPLICATE, _duplicate(sheet, fair)),
        (FlagReason.SPEEDER, _speeder(sheet, fair)),
        (FlagReason.STRAIGHT_LINER, _straight(sheet, fair)),
        (FlagReason.IMPOSSIBLE_TIME, next(_times(sheet, fair, opens_at, closes_at, zone), None)),
    )
    return tuple(Doubt(reason, rule, reason in fair.excludes) for reason, rule in found if rule is not None)


def _duplicate(sheet: Sheet, fair: FairPlay) -> str | None:
    if sheet.same_device >= fair.device_most:
        return f"duplicate: sheet {sheet.same_device + 1} from one device, {fair.device_most} allowed"
    if sheet.alike and sheet.written >= fair.alike_characters:
        return f"duplicate: the same answers and {sheet.written} characters as an earlier sheet"
    return None


def _speeder(sheet: Sheet, fair: FairPlay) -> str | None:
    least = fair.quick_seconds * sheet.answered
    if sheet.seconds is None or sheet.seconds < 0 or sheet.seconds >= least:
        return None
    return f"speeder: {sheet.seconds} s < {least.normalize():f} s for {sheet.answered} answers"


def _straight(sheet: Sheet, fair: FairPlay) -> str | None:
    line = len(sheet.steps) >= fair.straight_answers and len(set(sheet.steps)) == 1
    least = fair.straight_seconds * sheet.answered
    if not line or sheet.seconds is None or sheet.seconds < 0 or sheet.seconds >= least:
        return None
    line_of = f"{len(sheet.steps)} times {sheet.steps[0]}"
    return f"straight line: {line_of} in {sheet.seconds} s < {least.normalize():f} s"


def _times(
    sheet: Sheet, fair: FairPlay, opens_at: datetime, closes_at: datetime, zone: tzinfo
) -> Iterator[str]:
    if sheet.finished_at < sheet.started_at:
        yield "impossible time: finished before it was started"
    if sheet.finished_at > sheet.received_at:
        yield "impossible time: finished after it was received"
    if sheet.started_at < opens_at or sheet.finished_at > closes_at:
        yield "impossible time: outside the round"
    local = sheet.finished_at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if sheet.channel in FIELD and not any(low <= minute < high for low, high in fair.field_hours):
        yield f"impossible time: {sheet.channel.value} at {local:%H:%M}"
