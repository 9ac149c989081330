"""Handing the reports of an issue that ends by merging to the issue that takes them; may run twice."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from temporalio import activity

from models.policy import orders
from models.policy.steps import Refusal, RefusalCode
from models.queries import cases
from models.terms import derived_id
from workflows.contracts import JOIN, JoinRequest
from workflows.cycle import refused
from workflows.gateway import CallingGateway


class Joining:
    """Speaks to the other case as its gateway does."""

    def __init__(self, gateway: CallingGateway) -> None:
        self._gateway = gateway

    @activity.defn(name=JOIN)
    async def join(self, request: JoinRequest) -> None:
        """Raises the other case's refusal, which is not tried again; a repeat is the same order."""
        order = request.order
        case = await cases.case(UUID(order.into))
        if case is None:
            raise refused(Refusal(RefusalCode.NOT_FOUND, "into", order.into))
        by = replace(order.by, command=str(derived_id(order.by.command, JOIN)))
        outcome = await self._gateway.join(case, orders.Join(by, request.origin, request.reports))
        if isinstance(outcome, Refusal):
            raise refused(replace(outcome, field="into"))
