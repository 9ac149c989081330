"""A case of `models.policy` beside its reference: given the same orders, and compared after each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from temporalio.converter import DataConverter

from models.policy import orders
from models.policy.calling import CallingCase
from models.policy.case import Batch, CaseState, Note
from models.policy.steps import Refusal, RefusalCode
from models.terms import Command, EntryKind
from tests.models.moves import OUTSIDE, Move, World, order_for
from tests.models.reference import Heard
from tests.models.reference_clock import MICROSECOND, Owed
from tests.models.reference_end import WholeReference
from workflows.converter import CONVERTER

SDK, OURS = DataConverter.default.payload_converter, CONVERTER.payload_converter
TOLD = (EntryKind.REMINDED, EntryKind.BREACHED, EntryKind.ESCALATED)


def carried(state: CaseState) -> CaseState:
    """As the next run of the workflow gets it, through Temporal's data converter."""
    return _crossed(state)


def written(batch: Batch) -> Batch:
    """As the activity that writes it gets it."""
    return _crossed(batch)


def _crossed(value: Any) -> Any:
    """Written by our converter; whoever uses the SDK's own reads the same, and we read what that writes."""
    ours, kind = OURS.to_payloads([value]), [type(value)]
    assert SDK.from_payloads(ours, kind)[0] == value
    assert OURS.from_payloads(SDK.to_payloads([value]), kind)[0] == value
    return OURS.from_payloads(ours, kind)[0]


class Pair:
    """The case and its reference."""

    def __init__(self, case: CallingCase, ref: WholeReference, world: World) -> None:
        self.case, self.ref, self.world = case, ref, world
        self.batches: list[Batch] = []
        self.taken: dict[str, int] = {}
        """By move, how often it was taken; figures for whoever asks."""
        self._ended = 0
        self._heard = 0

    def begin(self, now: int) -> None:
        self.case.begin()
        self.ref.begin(now)
        self.tell(now)

    def tell(self, now: int) -> None:
        self.case.tell(self.ref.time.instant(now))
        self.ref.tell(now)
        self.same(now)

    def send(self, move: Move, now: int, by: orders.Actor) -> Refusal | None:
        """Takes the way of an update: refused or not, breaches told first, then carried out."""
        at, before = self.ref.time.instant(now), self.case.state
        order = order_for(move, before, by, self.ref, self.world)
        refusal, may = self.refusal(move, order, at), self.ref.may(move, now)
        assert (refusal is None) is may, f"{move}: {refusal}"
        if refusal is not None:
            assert isinstance(refusal, Refusal)
            assert refusal.code in RefusalCode
            assert self.case.state == before, "a refusal changes nothing"
            return refusal
        self.case.tell(at)
        seq = self.case.seq
        self.take(move, order, at)
        self.case.remember(by.command)
        assert self.case.seq > seq, "whatever is taken is noted"
        self.case.tell(at)
        self.ref.do(move, now)
        self.taken[move.name] = self.taken.get(move.name, 0) + 1
        self.same(now)
        return None

    def refusal(self, move: Move, order: Any, at: datetime) -> Refusal | None:
        """As the workflow's validators ask."""
        if move.name not in OUTSIDE:
            return self.case.refuse(Command(move.name), order, at)
        if move.name == "JOIN":
            return self.case.refuse_join(order, at)
        if self.case.ended or all(duty.key != order.duty for duty in self.case.duties.state):
            return Refusal(RefusalCode.NOT_FOUND, "duty", order.duty)
        if move.name == "EXTEND" and self.case.duties.late(order.duty, at):
            return Refusal(RefusalCode.TOO_LATE, "duty", order.duty)
        return self.refusal_once_told(move, order, at)

    def refusal_once_told(self, move: Move, order: Any, at: datetime) -> Refusal | None:
        """A hand-over of what ends by its own breach is refused once that has been told."""
        if (
            move.name == "HAND_OVER"
            and order.duty.startswith("plan-")
            and self.case.duties.late(order.duty, at)
        ):
            return Refusal(RefusalCode.NOT_FOUND, "duty", order.duty)
        return None

    def take(self, move: Move, order: Any, at: datetime) -> None:
        if move.name not in OUTSIDE:
            self.case.take(Command(move.name), order, at)
        else:
            {"JOIN": self.case.join, "EXTEND": self.case.extend, "HAND_OVER": self.case.hand_over}[move.name](
                order, at
            )

    def carry(self) -> None:
        """Continues as new: only the state goes on, and it is the whole of it."""
        assert written(self.batches[-1]) == self.batches[-1]
        state = carried(self.case.state)
        assert state == self.case.state
        self.case = CallingCase(state)

    # What must agree ------------------------------------------------------------------------------------

    def same(self, now: int) -> None:
        """Everything, after a step; what was noted is taken off as a batch."""
        ref, state = self.ref, self.case.state
        assert ref.closed or ref.duties, "no open case is nobody's"
        assert (state.stage, state.level, state.suspended, state.round) == (
            ref.stage, ref.level, ref.suspended, ref.round,
        )  # fmt: skip
        assert [
            (p.unit.kind, p.unit.id, p.status, p.bound, p.lead, p.reworks, p.reviewed) for p in state.parts
        ] == [(*p.unit, p.status, p.bound, p.lead, p.reworks, p.reviewed) for p in ref.parts]
        assert [(r.id, r.asked, r.joined, r.answered, r.rating) for r in state.reports] == [
            (r.id, r.asked, r.joined, r.answered, r.rating) for r in ref.reports
        ]
        units = {offer.assignment: (offer.to.kind, offer.to.id) for offer in state.handovers}
        assert [units.get(part.id) for part in state.parts] == [part.offered_to for part in ref.parts]
        numbers = {part.id: n for n, part in enumerate(state.parts)}
        agreed = {numbers[one] for one in state.plan.agreed} if state.plan else None
        assert agreed == (ref.plan[0] if ref.plan else None)
        self._same_duties(now)
        self._same_notices(now)

    def _same_duties(self, now: int) -> None:
        ref, clock, time = self.ref, self.case.duties, self.ref.time
        at = time.instant(now)
        parts = {part.id: n for n, part in enumerate(self.case.state.parts)}
        views = {view.duty.key: view for view in self.case.views()}
        assert len(views) == len(ref.duties)
        for view, owed in zip(views.values(), ref.duties, strict=True):
            duty = view.duty
            number = parts[duty.assignment] if duty.assignment else None
            assert (duty.kind, (duty.holder.kind, duty.holder.id), number) == (
                owed.kind,
                owed.holder,
                owed.part,
            )
            assert (duty.allowed, duty.clock) == (owed.allowed, owed.clock), owed.kind
            assert time.of(duty.opened_at) == owed.opened
            due, yellow = owed.due(time), owed.due(time, 80)
            assert (_of(ref, view.due_at), _of(ref, view.yellow_at)) == (due, yellow), owed
            used = clock.used(duty, at)
            assert used == owed.used(time, now), owed
            if owed.one_clock:
                passed = time.counted(owed.clock, owed.opened, now)
                assert used + owed.stood_still(time, now) == passed, "time used and stood is the time passed"
        assert _of(ref, clock.due()) == ref.due()
        assert _of(ref, clock.next_instant()) == ref.next_rung(), "the timer"
        assert clock.overdue(at) is any(owed.late(time, now) for owed in ref.duties)

    def _same_notices(self, now: int) -> None:
        """Lines and endings since the last time: each notice once, none before it is owed."""
        if not self.case.noted:
            assert len(self.ref.heard) == self._heard
            return
        batch = self.case.drain()
        last = self.batches[-1].seq if self.batches else 0
        assert [note.seq for note in batch.notes] == list(range(last + 1, batch.seq + 1))
        self.batches.append(batch)
        told = [self._heard_of(note) for note in batch.notes if note.kind in TOLD]
        assert sorted(told, key=_by_owed) == sorted(self.ref.heard[self._heard :], key=_by_owed)
        assert all(one.owed <= now for one in told)
        self._heard = len(self.ref.heard)
        ended = self.ref.ended[self._ended :]
        self._ended = len(self.ref.ended)
        assert sorted((c.view.duty.kind, c.spent, self.ref.time.of(c.at)) for c in batch.closed) == sorted(
            (e.owed.kind, _spent(self.ref, e.owed, e.at), e.at) for e in ended
        )

    def _heard_of(self, note: Note) -> Heard:
        parts = {part.id: n for n, part in enumerate(self.case.state.parts)}
        assert note.holder is not None
        assert note.target is not None
        assert note.owed_at is not None
        return Heard(
            kind=note.data["duty"],
            part=parts[note.assignment] if note.assignment else None,
            holder=(note.holder.kind, note.holder.id),
            percent=note.data["percent"],
            target=note.target,
            owed=self.ref.time.of(note.owed_at),
        )


def _spent(ref: WholeReference, owed: Owed, at: int) -> int:
    return owed.used(ref.time, at)


def _of(ref: WholeReference, instant: datetime | None) -> int | None:
    if instant is None:
        return None
    assert (instant - ref.time.instant(0)) % MICROSECOND == 0 * MICROSECOND
    return ref.time.of(instant)


def _by_owed(one: Heard) -> tuple[Any, ...]:
    return one.owed, one.kind, one.part or 0, one.percent
