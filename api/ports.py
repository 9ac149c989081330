"""What a request may ask of running cases. The composition root fills it; tests bring a twin."""

from __future__ import annotations

from typing import Protocol

from models.policy.orders import Order
from models.policy.steps import Refusal
from models.queries.cases import CaseOnRecord
from models.terms import Command
from workflows.contracts import Outcome


class Calling(Protocol):
    """The way to running cases; `workflows.gateway.CallingGateway` is the real one."""

    async def order(self, command: Command, case: CaseOnRecord, order: Order) -> Outcome | Refusal:
        """What the order came to, or why the case refuses it. Raises CaseUnavailableError."""
