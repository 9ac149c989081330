"""What the monthly bulletin needs of the database; both may run twice and publish once."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from models.policy.bulletin.period import Period, month_before, period, publish_at
from models.queries import bulletins
from workflows.bulletin import BULLETIN_DUE, PUBLISH_BULLETIN, BulletinDue, BulletinOrder, DueQuestion

log = structlog.get_logger()


@activity.defn(name=BULLETIN_DUE)
async def bulletin_due(question: DueQuestion) -> BulletinDue:
    """When the bulletin is due by the rulebook and calendar of today."""
    under = await bulletins.active(UUID(question.district))
    if under is None or under.rulebook.publishing is None:
        return BulletinDue(question.month, None)
    calendar = under.rulebook.calendar
    of = _month(question.month) if question.month else month_before(question.instant, calendar)
    return BulletinDue(of.name, publish_at(of, under.rulebook.publishing, calendar))


@activity.defn(name=PUBLISH_BULLETIN)
async def publish_bulletin(order: BulletinOrder) -> list[str]:
    """Freezes the tables of the month; those that are out already stay as they are."""
    try:
        made = await bulletins.publish(UUID(order.district), _month(order.month), datetime.now(UTC))
    except bulletins.NoRulesError:
        log.warning("no bulletin by the rulebook", district=order.district, month=order.month)
        return []
    log.info("bulletin published", district=order.district, month=order.month, tables=len(made))
    return [str(key) for key in made]


def _month(text: str) -> Period:
    of = period(text)
    if of is None or not of.monthly:
        raise ApplicationError(f"{text!r} is no month", type="BadMonth", non_retryable=True)
    return of
