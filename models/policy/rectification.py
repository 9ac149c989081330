"""整改: one negative item from the street's order to residents' word on it (domain guide 4).

While its call is with departments the item's own clock stands still: the call has duties and a ladder of its
own, and nobody is told twice of one wait (decision 0023).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.policy import item_orders
from models.policy.case import ClosedDuty, Data, DutyView, Note
from models.policy.duty import Duty, Holder
from models.policy.item_steps import item_refusal
from models.policy.journal import Journal
from models.policy.limits import Limit
from models.policy.perception import Outcome, outcome
from models.policy.rectification_rules import DutyRules
from models.policy.steps import Refusal
from models.terms import DutyKind, EntryKind, ItemCommand, ItemStatus, Stage, UnitKind


@dataclass(frozen=True)
class ItemState:
    """All there is of a running item."""

    id: str
    district: str
    street: str
    rules: DutyRules
    issued_at: datetime
    code: str = ""
    stage: ItemStatus = ItemStatus.ISSUED
    seq: int = 0
    opened: int = 0
    suspended: bool = False
    recent: list[str] = field(default_factory=list)
    duties: list[Duty] = field(default_factory=list)
    issue: str | None = None
    """The issue of its call, in its present round."""
    round: int = 0
    """How often it was reopened."""


@dataclass(frozen=True)
class ItemBatch:
    """What one write tells the database of an item: how it stands, and what led there."""

    item: str
    seq: int
    status: ItemStatus
    calendar: str
    issue: str | None
    round: int
    suspended: bool
    yellow_at: datetime | None
    due_at: datetime | None
    duties: list[DutyView] = field(default_factory=list)
    closed: list[ClosedDuty] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


class ItemCase(Journal[ItemState]):
    """One negative item that was issued."""

    @property
    def ended(self) -> bool:
        return self._state.stage is ItemStatus.CLOSED

    @property
    def _street(self) -> Holder:
        return Holder(UnitKind.STREET, self._state.street)

    def _time(self, kind: DutyKind) -> tuple[str, Limit]:
        return self._state.rules.allowed(kind)

    def drain(self) -> ItemBatch:
        notes, closed = self._drained()
        views = self.views()
        return ItemBatch(
            item=self._state.id,
            seq=self.seq,
            status=self._state.stage,
            calendar=self._state.rules.calendar.version,
            issue=self._state.issue,
            round=self._state.round,
            suspended=self._state.suspended,
            yellow_at=min((view.yellow_at for view in views if view.yellow_at), default=None),
            due_at=self._duties.due(),
            duties=views,
            closed=closed,
            notes=notes,
        )

    # Commands -------------------------------------------------------------------------------------------

    def refuse(self, command: ItemCommand, order: Any, now: datetime) -> Refusal | None:
        """Why the item does not take `order` now, or None."""
        return item_refusal(command, self._state.stage, self._state.suspended)

    def take(self, command: ItemCommand, order: Any, now: datetime) -> None:
        """Carries out what `refuse` does not refuse."""
        TAKES[command](self, order, now)

    def begin(self) -> None:
        """It was issued: from then on the street owes its rectification."""
        at = self._state.issued_at
        self._open(DutyKind.RECTIFY, self._street, at)
        self._note(EntryKind.ISSUED, at, rule=self._rule(DutyKind.RECTIFY))

    def start(self, order: item_orders.OnItem, now: datetime) -> None:
        self._put(stage=ItemStatus.RECTIFYING)
        self._note(EntryKind.STARTED, now, by=order.by)

    def raise_call(self, order: item_orders.RaiseCall, now: datetime) -> None:
        """The issue is made by the write that tells of it; meanwhile the item's clock stands still."""
        self._put(stage=ItemStatus.WAITING, issue=order.issue)
        self._duties.suspend(now)
        data: Data = {"issue": order.issue, "line": order.line, "category": order.category}
        self._note(EntryKind.CALL_RAISED, now, by=order.by, data=data)

    def complete(self, order: item_orders.OnItem, now: datetime) -> None:
        self._rectified(now)
        self._note(EntryKind.RECTIFIED, now, by=order.by, data={"round": self._state.round})

    def suspend(self, order: item_orders.OnItem, now: datetime) -> None:
        self._put(suspended=True)
        self._duties.suspend(now)
        self._note(EntryKind.SUSPENDED, now, by=order.by)

    def resume(self, order: item_orders.OnItem, now: datetime) -> None:
        self._put(suspended=False)
        self._duties.resume(now)
        self._note(EntryKind.RESUMED, now, by=order.by)

    # What it is told ------------------------------------------------------------------------------------

    def call_ended(self, fact: item_orders.CallEnded, now: datetime) -> None:
        """Filed: put right. Merged: it waits on the other issue. Cancelled: it is the street's again.

        Told twice, or of another issue than it waits on, nothing changes.
        """
        if self._state.stage is not ItemStatus.WAITING or fact.issue != self._state.issue:
            return
        data: Data = {"issue": fact.issue, "stage": fact.stage.value}
        if fact.merged_into is not None:
            self._put(issue=fact.merged_into)
            self._note(EntryKind.CALL_MOVED, now, data={**data, "into": fact.merged_into})
        elif fact.stage is Stage.FILED:
            self._rectified(now)
            self._note(EntryKind.CALL_ENDED, now, data=data)
            self._note(EntryKind.RECTIFIED, now, data={"round": self._state.round})
        else:
            self._put(stage=ItemStatus.RECTIFYING, issue=None)
            self._duties.resume(now)
            self._note(EntryKind.CALL_ENDED, now, data=data)

    def perceived(self, said: item_orders.Answers, now: datetime) -> None:
        """Closes or reopens once the answers decide; those of an earlier round change nothing."""
        duty = self._duties.of(DutyKind.PERCEIVE)
        if self._state.stage is not ItemStatus.PERCEIVING or said.round != self._state.round or duty is None:
            return
        found = outcome(said, self._state.rules.perceiving, self._duties.late(duty.key, now))
        if found is None:
            return
        self._fulfil(DutyKind.PERCEIVE, now)
        data: Data = {"asked": said.asked, "answered": said.answered, "satisfied": said.satisfied}
        self._put(stage=ItemStatus.CLOSED if found.closes else ItemStatus.RECTIFYING)
        self._note(EntryKind.PERCEIVED, now, rule=found.rule, data={**data, "closes": found.closes})
        if found.closes:
            self._note(EntryKind.CLOSED, now, data={"round": self._state.round})
        else:
            self._reopen(found, now)

    def _reopen(self, found: Outcome, now: datetime) -> None:
        """The street owes it anew, with the full time; another call may be raised."""
        self._put(round=self._state.round + 1, issue=None)
        self._open(DutyKind.RECTIFY, self._street, now)
        self._note(EntryKind.REOPENED, now, rule=found.rule, data={"round": self._state.round})

    def _rectified(self, now: datetime) -> None:
        """The office owes residents' word on it."""
        self._fulfil(DutyKind.RECTIFY, now)
        self._put(stage=ItemStatus.PERCEIVING)
        self._open(DutyKind.PERCEIVE, self._office, now)

    def _rule(self, kind: DutyKind) -> str:
        return self._time(kind)[0]


Takes = Callable[[ItemCase, Any, datetime], None]
TAKES: Mapping[ItemCommand, Takes] = {
    ItemCommand.START: ItemCase.start,
    ItemCommand.RAISE_CALL: ItemCase.raise_call,
    ItemCommand.COMPLETE: ItemCase.complete,
    ItemCommand.SUSPEND: ItemCase.suspend,
    ItemCommand.RESUME: ItemCase.resume,
}
"""Those carried out by the item itself; a draft is rows, asking is invitations, EXTEND is the clock's own."""
