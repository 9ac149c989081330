"""What a request may ask of running cases. The composition root fills it; tests bring a twin."""

from __future__ import annotations

from typing import Protocol

from models.policy.orders import Appeal, DecideAppeal, Order
from models.policy.steps import Refusal
from models.queries.appeals import AppealOnRecord
from models.queries.cases import CaseOnRecord
from models.terms import Command
from workflows.contracts import Outcome


class Calling(Protocol):
    """The way to running cases; `workflows.gateway.CallingGateway` is the real one."""

    async def order(self, command: Command, case: CaseOnRecord, order: Order) -> Outcome | Refusal:
        """What the order came to, or why the case refuses it. Raises CaseUnavailableError."""

    async def appeal(self, record: AppealOnRecord, order: Appeal) -> Outcome | Refusal:
        """Lodges an appeal; whether it may be, the record says before. Raises CaseUnavailableError."""

    async def decide_appeal(self, record: AppealOnRecord, order: DecideAppeal) -> Outcome | Refusal:
        """What the decision came to, or why it is refused. Raises CaseUnavailableError."""
