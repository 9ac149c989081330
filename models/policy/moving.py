"""What moves deadlines and duties: extension, suspension 挂起, hand-over 移交 (domain guide 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from models.policy import orders
from models.policy.calendar import MICROSECOND
from models.policy.case import Extension, Handover, Part
from models.policy.casework import Casework
from models.policy.duty import Duty, Holder, calendar_of
from models.policy.steps import OWN_TEAMS, Refusal, RefusalCode
from models.terms import DutyKind, EntryKind, ExtensionStatus, HandoverStatus, UnitKind


class Moving(Casework):
    """Decisions on time allowed, and on who holds a part."""

    # Extension ----------------------------------------------------------------------------------------------

    def refuse_ask_extension(self, order: orders.AskExtension, now: datetime) -> Refusal | None:
        """Before the due time, for a later one, and not more often than the rulebook lets."""
        duty = self._handle_of(order.assignment)
        asked = [e for e in self._state.extensions if e.duty == duty.key]
        most = self._state.rules.extensions
        if self._ask_of(order.assignment) is not None:
            return Refusal(RefusalCode.WRONG_STATUS, "assignment", ExtensionStatus.ASKED.value)
        if self._duties.late(duty.key, now):
            return Refusal(RefusalCode.TOO_LATE, "assignment", order.assignment)
        if len(asked) >= most:
            return Refusal(RefusalCode.TOO_MANY, "assignment", str(len(asked)), (str(most),))
        return self._later(duty, order.until)

    def ask_extension(self, order: orders.AskExtension, now: datetime) -> None:
        part, duty = self._parts[order.assignment], self._handle_of(order.assignment)
        self._keep_extension(Extension(order.by.command, part.id, duty.key, now, order.until))
        self._open(DutyKind.DECIDE_EXTENSION, self._office, now, part.id)
        self._on_part(EntryKind.EXTENSION_ASKED, part, order.by, now, {"until": order.until.isoformat()})

    def refuse_decide_extension(self, order: orders.DecideExtension, now: datetime) -> Refusal | None:
        ask = self._ask_of(order.assignment)
        if ask is None:
            return Refusal(RefusalCode.NOT_FOUND, "extension", order.assignment)
        if not order.granted:
            return None
        return self._later(self._handle_of(order.assignment), order.until or ask.until)

    def decide_extension(self, order: orders.DecideExtension, now: datetime) -> None:
        """Granted, the time allowed is changed and every instant follows."""
        part, duty, ask = (
            self._parts[order.assignment],
            self._handle_of(order.assignment),
            self._ask_of(order.assignment),
        )
        self._fulfil(DutyKind.DECIDE_EXTENSION, now, part.id)
        if ask is None:
            return
        if not order.granted:
            self._keep_extension(replace(ask, status=ExtensionStatus.REFUSED, settled_at=now))
            self._on_part(EntryKind.EXTENSION_REFUSED, part, order.by, now)
            return
        until = order.until or ask.until
        self._keep_extension(
            replace(ask, status=ExtensionStatus.GRANTED, granted_until=until, settled_at=now)
        )
        local = until.astimezone(self._state.rules.calendar.zone)
        rule = f"extension/{self.level.value}/{local:%Y-%m-%d %H:%M}"
        extended = self._duties.extend(duty.key, self._allowed_until(duty, until), rule)
        self._on_duty(EntryKind.EXTENDED, extended, order.by, now)

    def _handle_of(self, assignment: str) -> Duty:
        duty = self._duties.of(DutyKind.HANDLE, assignment)
        assert duty is not None, "the state table asks for it"  # narrows the type
        return duty

    def _allowed_until(self, duty: Duty, until: datetime) -> int:
        """The time allowed that makes the duty due at `until`, or at the last minute of work before."""
        if duty.since is None or until <= duty.since:
            return duty.spent
        calendar = calendar_of(self._state.rules.calendar, duty.clock)
        return duty.spent + calendar.between(duty.since, until) // MICROSECOND

    def _later(self, duty: Duty, until: datetime) -> Refusal | None:
        if self._allowed_until(duty, until) > duty.allowed:
            return None
        due = self._duties.instant(duty)
        return Refusal(RefusalCode.BAD_INPUT, "until", until.isoformat(), (due.isoformat(),) if due else ())

    # Suspension --------------------------------------------------------------------------------------------

    def suspend(self, order: orders.Pause, now: datetime) -> None:
        self._duties.suspend(now)
        self._put(suspended=True)
        self._note(EntryKind.SUSPENDED, now, by=order.by)

    def resume(self, order: orders.Pause, now: datetime) -> None:
        """Every open deadline has moved by the working time lost."""
        self._put(suspended=False)
        self._duties.resume(now)
        self._note(EntryKind.RESUMED, now, by=order.by)

    # Hand-over ---------------------------------------------------------------------------------------------

    def refuse_offer_handover(self, order: orders.OfferHandover, now: datetime) -> Refusal | None:
        """To another unit of the same world: department to department, own team to own team."""
        part = self._parts[order.assignment]
        if self._offer_of(part.id) is not None:
            return Refusal(RefusalCode.WRONG_STATUS, "assignment", HandoverStatus.OFFERED.value)
        department = part.unit.kind is UnitKind.DEPARTMENT
        world = frozenset({UnitKind.DEPARTMENT}) if department else OWN_TEAMS
        if order.to.kind not in world:
            return Refusal(RefusalCode.BAD_INPUT, "to", order.to.kind.value, tuple(sorted(world)))
        if self._concerned(order.to.id):
            return Refusal(RefusalCode.BAD_INPUT, "to", order.to.id)
        return None

    def offer_handover(self, order: orders.OfferHandover, now: datetime) -> None:
        """An offer; the part, and the responsibility, stay where they are until it is accepted."""
        part = self._parts[order.assignment]
        self._keep_handover(Handover(order.by.command, part.id, part.unit, order.to, now))
        self._on_part(EntryKind.HANDOVER_OFFERED, part, order.by, now, _units(part.unit, order.to))

    def refuse_answer_handover(self, order: orders.OnAssignment, now: datetime) -> Refusal | None:
        if self._offer_of(order.assignment) is None:
            return Refusal(RefusalCode.NOT_FOUND, "handover", order.assignment)
        return None

    def accept_handover(self, order: orders.OnAssignment, now: datetime) -> None:
        """The part and every duty its unit had of it are the receiver's."""
        offer = self._offer_of(order.assignment)
        if offer is None:
            return
        self._keep_handover(replace(offer, status=HandoverStatus.ACCEPTED, settled_at=now))
        self._moved(self._parts[order.assignment], offer.to, order.by, now)

    def _moved(self, before: Part, to: Holder, by: orders.Actor, now: datetime) -> None:
        after = self._change(before.id, unit=to)
        for duty in self._duties.state:
            if duty.holder == before.unit and _moves(duty, before):
                self._give(duty, to)
        self._on_part(EntryKind.HANDED_OVER, after, by, now, _units(before.unit, to))

    def decline_handover(self, order: orders.OnAssignment, now: datetime) -> None:
        offer = self._offer_of(order.assignment)
        if offer is None:
            return
        self._keep_handover(replace(offer, status=HandoverStatus.DECLINED, settled_at=now))
        part = self._parts[order.assignment]
        self._on_part(EntryKind.HANDOVER_DECLINED, part, order.by, now, _units(part.unit, offer.to))


def _moves(duty: Duty, part: Part) -> bool:
    """Whether a duty goes with the part: its own, and the convening of the plan."""
    return duty.assignment == part.id or duty.kind is DutyKind.PLAN


def _units(giver: Holder, to: Holder) -> dict[str, str | int | bool | list[str]]:
    return {"from": giver.id, "fromKind": giver.kind.value, "to": to.id, "toKind": to.kind.value}
