"""What a half-year's round needs of the database; both may run twice and begin once."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import structlog
from temporalio import activity

from models.queries import half_years
from workflows.half_year import BEGIN_ROUND, ROUND_DUE, RoundBegins, RoundOrder

log = structlog.get_logger()


@activity.defn(name=ROUND_DUE)
async def round_due(order: RoundOrder) -> RoundBegins:
    """When the round begins by the rulebook and calendar of today."""
    found = await half_years.beginning(UUID(order.district), order.meant or datetime.now(UTC))
    return RoundBegins(found.code, found.at)


@activity.defn(name=BEGIN_ROUND)
async def begin_round(order: RoundOrder) -> str:
    """Makes the round and begins its cycle; what the office made before is used as it is."""
    now = datetime.now(UTC)
    cycle = await half_years.begin(UUID(order.district), order.meant or now, now)
    log.info("cycle begun", district=order.district, cycle=str(cycle))
    return str(cycle) if cycle else ""
