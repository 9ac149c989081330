"""What every cycle is made of: a state, its open duties, and the lines noted of it, numbered.

It never waits, reads no clock and does no IO: every method takes `now`. A workflow only calls it in the
right order and writes down what it noted.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from models.policy import orders
from models.policy.calendar import Calendar
from models.policy.case import ClosedDuty, Data, DutyView, Note, Standing, notice_kind
from models.policy.duty import BREACH, YELLOW_FROM, Duties, Duty, Holder, Rung, calendar_of
from models.policy.rulebook import CaseRules, Limit, rule_text
from models.terms import DutyKind, DutyStatus, EntryKind, Level, Stage, UnitKind

RECENT_COMMANDS = 50


class Rules(Protocol):
    """What any cycle carries of its rulebook."""

    @property
    def rulebook(self) -> str: ...
    @property
    def calendar(self) -> Calendar: ...
    def ladder(self, kind: DutyKind, holder: Holder) -> list[Rung]: ...


class Kept(Protocol):
    """What the state of any cycle holds."""

    @property
    def code(self) -> str: ...
    @property
    def district(self) -> str: ...
    @property
    def rules(self) -> Rules: ...
    @property
    def stage(self) -> Standing: ...
    @property
    def seq(self) -> int: ...
    @property
    def opened(self) -> int: ...
    @property
    def suspended(self) -> bool: ...
    @property
    def recent(self) -> list[str]: ...
    @property
    def duties(self) -> list[Duty]: ...


class KeptCase(Kept, Protocol):
    """What the state of a cycle about an issue holds: its times go by category and level."""

    @property
    def rules(self) -> CaseRules: ...
    @property
    def level(self) -> Level: ...
    @property
    def stage(self) -> Stage: ...


State = TypeVar("State", bound=Kept)
CaseLike = TypeVar("CaseLike", bound=KeptCase)


class Journal(Generic[State]):
    """One cycle as it stands, and what happened in it since the last drain."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._duties = Duties(state.rules.calendar, state.duties)
        self._notes: list[Note] = []
        self._closed: list[ClosedDuty] = []

    @property
    def state(self) -> State:
        return self._with(duties=self._duties.state)

    @property
    def title(self) -> str:
        """All that operators are told of what it is about."""
        return self._state.code

    @property
    def stage(self) -> Standing:
        return self._state.stage

    @property
    def level(self) -> Level | None:
        """How heavy it is, where it is about an issue."""
        return None

    @property
    def seq(self) -> int:
        return self._state.seq

    @property
    def duties(self) -> Duties:
        return self._duties

    @property
    def departments(self) -> list[str]:
        """Ids of the departments concerned."""
        return []

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to it any more."""
        raise NotImplementedError

    @property
    def noted(self) -> bool:
        """Whether anything waits to be written."""
        return bool(self._notes)

    def views(self) -> list[DutyView]:
        """Every open duty with its instants."""
        return [self._view(duty) for duty in self._duties.state]

    def drain(self) -> Any:
        """What one write tells the database: everything since the last drain, and how it stands now."""
        raise NotImplementedError

    def took(self, command: str) -> bool:
        """Whether this command was taken before; asked first, because the stage has moved on since."""
        return command in self._state.recent

    def remember(self, command: str) -> None:
        self._put(recent=[*self._state.recent[-RECENT_COMMANDS:], command])

    # The clock ------------------------------------------------------------------------------------------

    def tell(self, now: datetime) -> None:
        """Notes every reminder, breach and rung that fell due up to `now`, in the order owed."""
        while notices := self._duties.advance(now):
            for notice in notices:
                duty = notice.duty
                self._note(
                    notice_kind(notice.percent),
                    now,
                    owed_at=notice.owed_at,
                    department=duty.holder.id if duty.holder.kind is UnitKind.DEPARTMENT else None,
                    assignment=duty.assignment,
                    duty=duty.key,
                    holder=duty.holder,
                    target=notice.target,
                    rule=duty.rule,
                    data={"percent": notice.percent, "duty": duty.kind.value},
                )
                if notice.percent == BREACH:
                    self._breached(duty, notice.owed_at)

    def _breached(self, duty: Duty, owed_at: datetime) -> None:
        """What a breach itself changes: of most duties nothing."""

    def extend(self, order: orders.Extend, now: datetime) -> None:
        duty = self._duties.extend(order.duty, order.allowed, order.rule)
        self._on_duty(EntryKind.EXTENDED, duty, order.by, now)

    def hand_over(self, order: orders.HandOver, now: datetime) -> None:
        duty = self._give(self._duties.get(order.duty), order.holder)
        self._on_duty(EntryKind.HANDED_OVER, duty, order.by, now)

    # How ------------------------------------------------------------------------------------------------

    @property
    def _office(self) -> Holder:
        return Holder(UnitKind.OFFICE, self._state.district)

    @property
    def _leader(self) -> Holder:
        return Holder(UnitKind.LEADER, self._state.district)

    def _with(self, **fields: object) -> State:
        return replace(self._state, **fields)  # type: ignore[type-var]  # frozen dataclasses

    def _put(self, **fields: object) -> None:
        self._state = self._with(**fields)

    def _open(
        self,
        kind: DutyKind,
        holder: Holder,
        now: datetime,
        assignment: str | None = None,
        allowed: Limit | None = None,
    ) -> Duty:
        """A duty from `now` on, with the time of the rulebook unless `allowed`; stopped while suspended."""
        rule, limit = ("", allowed) if allowed else self._time(kind)
        self._put(opened=self._state.opened + 1)
        return self._duties.open(
            Duty(
                key=self._key(kind),
                kind=kind,
                holder=holder,
                allowed=limit.allowed,
                opened_at=now,
                since=None if self._state.suspended else now,
                rule=rule or limit.text,
                clock=limit.clock,
                ladder=self._state.rules.ladder(kind, holder),
                assignment=assignment,
            )
        )

    def _time(self, kind: DutyKind) -> tuple[str, Limit]:
        """The time of the rulebook for this kind, and its line as timelines name it."""
        raise NotImplementedError

    def _key(self, kind: DutyKind) -> str:
        """What a duty that was just opened is called, once in its issue."""
        return f"{kind.value.lower()}-{self._state.opened}"

    def _give(self, duty: Duty, holder: Holder) -> Duty:
        return self._duties.hand_over(duty.key, holder, self._state.rules.ladder(duty.kind, holder))

    def _fulfil(self, kind: DutyKind, now: datetime, assignment: str | None = None) -> None:
        self._end(kind, now, assignment, DutyStatus.FULFILLED)

    def _end(
        self,
        kind: DutyKind,
        now: datetime,
        assignment: str | None = None,
        status: DutyStatus = DutyStatus.CANCELLED,
    ) -> None:
        """Ends every open duty of this kind (and part of the issue)."""
        while (duty := self._duties.of(kind, assignment)) is not None:
            self._close(duty, status, now)

    def _close(self, duty: Duty, status: DutyStatus, now: datetime) -> None:
        self._closed.append(ClosedDuty(self._view(duty), status, now, self._duties.used(duty, now)))
        self._duties.fulfil(duty.key)

    def _close_all(self, now: datetime) -> None:
        for duty in self._duties.state:
            self._close(duty, DutyStatus.CANCELLED, now)

    def _view(self, duty: Duty) -> DutyView:
        due_at = self._duties.instant(duty, BREACH)
        calendar = calendar_of(self._state.rules.calendar, duty.clock)
        provisional = due_at is not None and calendar.provisional(due_at)
        return DutyView(duty, self._duties.instant(duty, YELLOW_FROM), due_at, provisional)

    def _drained(self) -> tuple[list[Note], list[ClosedDuty]]:
        notes, closed, self._notes, self._closed = self._notes, self._closed, [], []
        return notes, closed

    def _on_duty(self, kind: EntryKind, duty: Duty, by: orders.Actor, now: datetime) -> None:
        due = self._duties.instant(duty)
        self._note(
            kind,
            now,
            by=by,
            duty=duty.key,
            holder=duty.holder,
            assignment=duty.assignment,
            rule=duty.rule,
            data={"duty": duty.kind.value, "due": due.isoformat() if due else ""},
        )

    def _note(
        self,
        kind: EntryKind,
        at: datetime,
        by: orders.Actor | None = None,
        data: Data | None = None,
        **fields: Any,
    ) -> None:
        if by is not None:
            fields |= {"command": by.command, "request": by.request, "post": by.post, "person": by.person}
        self._put(seq=self._state.seq + 1)
        self._notes.append(Note(self._state.seq, kind, at, self.stage, data=data or {}, **fields))


class CaseJournal(Journal[CaseLike]):
    """A cycle about an issue."""

    @property
    def title(self) -> str:
        """Code and category."""
        return f"{self._state.code} · {self._state.rules.category}"

    @property
    def stage(self) -> Stage:
        return self._state.stage

    @property
    def level(self) -> Level:
        return self._state.level

    @property
    def ended(self) -> bool:
        return self.stage.closed

    def _time(self, kind: DutyKind) -> tuple[str, Limit]:
        level, limit = self._state.rules.limit_near(self.level, kind)
        return rule_text(level, kind, limit), limit
