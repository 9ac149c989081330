"""What a request may ask of running cases. The composition root fills it; tests bring a twin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from models.policy.item_orders import Advance, ItemOrder
from models.policy.orders import Appeal, DecideAppeal, Extend, Order
from models.policy.steps import Refusal
from models.queries.appeals import AppealOnRecord
from models.queries.cases import CaseOnRecord
from models.queries.items import ItemOnRecord
from models.queries.loops import CycleOnRecord
from models.terms import BatchStatus, Command, ItemCommand
from workflows.contracts import Outcome, Stuck, StuckWorkflow


class Calling(Protocol):
    """The way to running cases; `workflows.gateway.CallingGateway` is the real one."""

    async def order(self, command: Command, case: CaseOnRecord, order: Order) -> Outcome | Refusal:
        """What the order came to, or why the case refuses it. Raises CaseUnavailableError."""

    async def appeal(self, record: AppealOnRecord, order: Appeal) -> Outcome | Refusal:
        """Lodges an appeal; whether it may be, the record says before. Raises CaseUnavailableError."""

    async def decide_appeal(self, record: AppealOnRecord, order: DecideAppeal) -> Outcome | Refusal:
        """What the decision came to, or why it is refused. Raises CaseUnavailableError."""

    async def item(
        self, command: ItemCommand, record: ItemOnRecord, order: ItemOrder | Extend
    ) -> Outcome | Refusal:
        """What the order to a negative item came to, or why it is refused. Raises CaseUnavailableError."""

    async def cycle(self, record: CycleOnRecord, order: Advance) -> Outcome | Refusal:
        """What moving a satisfaction cycle on came to, or why it is refused. Raises CaseUnavailableError."""


class Batches(Protocol):
    """The way to running batches; `workflows.batches.BatchGateway` is the real one."""

    async def turn(self, batch: UUID, status: BatchStatus) -> Refusal | None:
        """Suspends, resumes or cancels a batch; why that is refused, or None. Raises CaseUnavailableError."""


class Inspection(Protocol):
    """Looks for what does not move; `workflows.inspection.Inspector` is the real one."""

    async def stuck(self, districts: Sequence[UUID] | None, now: datetime) -> Sequence[Stuck]:
        """Cases that are stuck, with why; of these districts or of all. Raises CaseUnavailableError."""

    async def others(self, districts: Sequence[UUID] | None) -> Sequence[StuckWorkflow]:
        """Whatever else is stuck, likewise."""
