"""From a lever to the order that one case is given, and the update that carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from models.policy import orders
from models.policy.rulebook import CaseRules
from models.policy.steps import Refusal, RefusalCode
from models.queries import calendars, cases
from models.queries.batch_items import BatchOnRecord
from models.queries.cases import CaseOnRecord
from models.terms import BatchAction, Command
from workflows.contracts import update_name

EXTENSION_RULE = "extension/batch"
"""What the timeline names as the line that set the time."""

UPDATES: Mapping[BatchAction, str] = {
    BatchAction.EXTEND: "extend_handling",
    BatchAction.HAND_OVER: "hand_over_parts",
    BatchAction.SUSPEND: update_name(Command.SUSPEND),
    BatchAction.RESUME: update_name(Command.RESUME),
    BatchAction.RECOMPUTE: "replace_rules",
    BatchAction.MIGRATE: "replace_rules",
}
"""What the updates are called in Temporal."""


async def order_of(batch: BatchOnRecord, case: CaseOnRecord, by: orders.Actor) -> orders.Order | Refusal:
    """The batch's order to this case; a refusal where none can be made."""
    lever = batch.lever
    match lever.action:
        case BatchAction.EXTEND:
            return orders.ExtendHandling(by, lever.extra, EXTENSION_RULE)
        case BatchAction.HAND_OVER:
            return orders.HandOverParts(by, lever.source, lever.target)
        case BatchAction.SUSPEND | BatchAction.RESUME:
            return orders.Pause(by)
        case BatchAction.RECOMPUTE:
            return await _replaced(batch, await cases.rules_of(case, case.category), by)
        case BatchAction.MIGRATE:
            return await _migrated(batch, case, by)


async def _migrated(batch: BatchOnRecord, case: CaseOnRecord, by: orders.Actor) -> orders.Order | Refusal:
    if batch.rulebook is None or case.category not in batch.lever.categories:
        return Refusal(RefusalCode.NOT_FOUND, "category", case.category)
    book = await cases.rulebook(batch.rulebook)
    return await _replaced(batch, book.slice_for(case.category), by)


async def _replaced(batch: BatchOnRecord, rules: CaseRules, by: orders.Actor) -> orders.ReplaceRules:
    calendar = await calendars.version_of(batch.district, batch.lever.calendar)
    if calendar is None:
        raise LookupError(f"no calendar {batch.lever.calendar}")
    return orders.ReplaceRules(by, replace(rules, calendar=calendar))
