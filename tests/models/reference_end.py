"""The reference model's other half: what moves deadlines and units, and how a case ends."""

from __future__ import annotations

from models.terms import AssignmentStatus as Status
from models.terms import DutyKind, Level, Rating, Role, Stage, UnitKind
from tests.models.reference import (
    EARLY,
    ENDS,
    LATE,
    MOST_EXTENSIONS,
    TEAMS,
    UNDONE,
    WORKING,
    Reference,
    Report,
)
from tests.models.reference_clock import Owed


class WholeReference(Reference):
    """All moves."""

    # Time allowed -----------------------------------------------------------------------------------------

    def may_ask_extension(self, now, part, until) -> bool:
        one, duty = self.parts[part], self.owes(DutyKind.HANDLE, part)
        if self.stage is not Stage.HANDLING or one.status not in UNDONE or duty is None:
            return False
        if one.asked_until is not None or one.asks >= MOST_EXTENSIONS or duty.late(self.time, now):
            return False
        return self._allowed_until(duty, until) > duty.allowed

    def do_ask_extension(self, now, part, until) -> None:
        self.parts[part].asked_until = until
        self.parts[part].asks += 1
        self._owe(DutyKind.DECIDE_EXTENSION, self.office, now, part)

    def may_decide_extension(self, now, part, granted, until=None) -> bool:
        one, duty = self.parts[part], self.owes(DutyKind.HANDLE, part)
        if self.stage is not Stage.HANDLING or one.asked_until is None or duty is None:
            return False
        return not granted or self._allowed_until(duty, until or one.asked_until) > duty.allowed

    def do_decide_extension(self, now, part, granted, until=None) -> None:
        one, duty = self.parts[part], self.owes(DutyKind.HANDLE, part)
        until, one.asked_until = until or one.asked_until, None
        self._settle(DutyKind.DECIDE_EXTENSION, now, part)
        if granted:
            duty.allow(self.time, self._allowed_until(duty, until), duty.clock)

    def _allowed_until(self, duty: Owed, until: int) -> int:
        """What must be allowed in all for it to be due then."""
        if duty.since is None or until <= duty.since:
            return duty.used(self.time, duty.since or 0)
        return duty.used(self.time, until)

    def may_extend(self, now, duty, allowed) -> bool:
        return 0 <= duty < len(self.duties) and not self.duties[duty].late(self.time, now)

    def do_extend(self, now, duty, allowed) -> None:
        self._numbered(duty).allow(self.time, allowed, self._numbered(duty).clock)

    def may_suspend(self, now) -> bool:
        return True

    def do_suspend(self, now) -> None:
        self.suspended = True
        for duty in self.duties:
            duty.halt(now)

    def may_resume(self, now) -> bool:
        return self.suspended

    def do_resume(self, now) -> None:
        self.suspended = False
        for duty in self.duties:
            duty.go_on(now)

    # Another unit -----------------------------------------------------------------------------------------

    def may_offer_handover(self, now, part, to) -> bool:
        one = self.parts[part]
        world = (UnitKind.DEPARTMENT,) if one.unit[0] is UnitKind.DEPARTMENT else TEAMS
        free = one.offered_to is None and to[0] in world and not self.concerned(to)
        return self.stage in WORKING and one.status in UNDONE and free

    def do_offer_handover(self, now, part, to) -> None:
        self.parts[part].offered_to = to

    def may_accept_handover(self, now, part) -> bool:
        return self.may_decline_handover(now, part)

    def do_accept_handover(self, now, part) -> None:
        one = self.parts[part]
        giver, one.unit, one.offered_to = one.unit, one.offered_to, None
        for duty in self.duties:
            if duty.holder == giver and (duty.part == part or duty.kind is DutyKind.PLAN):
                duty.pass_to(one.unit)

    def may_decline_handover(self, now, part) -> bool:
        one = self.parts[part]
        return self.stage in WORKING and one.status in UNDONE and one.offered_to is not None

    def do_decline_handover(self, now, part) -> None:
        self.parts[part].offered_to = None

    def may_hand_over(self, now, duty, to) -> bool:
        """Not a plan whose time is up: that is the office's."""
        if not 0 <= duty < len(self.duties):
            return False
        plan = self.duties[duty].kind is DutyKind.PLAN
        return not (plan and self.duties[duty].late(self.time, now))

    def do_hand_over(self, now, duty, to) -> None:
        self._numbered(duty).pass_to(to)

    # Verification and after ---------------------------------------------------------------------------------

    def may_verify(self, now, passed, answered=False, person=None) -> bool:
        own = person is not None and any(part.handler == person for part in self.parts)
        return self.stage is Stage.VERIFYING and self.owes(DutyKind.VERIFY) is not None and not own

    def do_verify(self, now, passed, answered=False, person=None) -> None:
        self._settle(DutyKind.VERIFY, now)
        if not passed:
            self._again(now)
            return
        served = [n for n in self.active if self.parts[n].unit[0] is UnitKind.DEPARTMENT]
        unreviewed = [n for n in served if not self.parts[n].reviewed]
        if self.level is not Level.SIMPLE and unreviewed:
            self.stage = Stage.REVIEWING
            for part in unreviewed:
                self._owe(DutyKind.REVIEW, self.street, now, part)
        if answered:
            for report in self.reports:
                report.answered = True
        self._ask(now)
        self._file(now)

    def _again(self, now: int) -> None:
        self.stage = Stage.HANDLING
        for part in self.active:
            self.parts[part].status = Status.ON_SITE
            self.parts[part].reworks += 1
            self._handle(part, now)

    def _ask(self, now: int) -> None:
        """An answer is owed while somebody has none; then what they say, of everyone who is asked."""
        unanswered = [r for r in self.reports if not r.answered]
        unasked = [r for r in self.reports if r.asked and r.rating is None]
        for kind, missing in ((DutyKind.ANSWER, unanswered), (DutyKind.FOLLOW_UP, unasked)):
            if not missing:
                self._settle(kind, now)
            elif self.owes(kind) is None and (kind is DutyKind.ANSWER or not unanswered):
                self._owe(kind, self.street, now)

    def _file(self, now: int) -> None:
        if self.stage in LATE and not any(self.owes(kind) for kind in ENDS):
            self._stop(Stage.FILED, now)

    def _stop(self, stage: Stage, now: int) -> None:
        self.stage = stage
        for duty in list(self.duties):
            self._end(duty, now)
        for part in self.active:
            self._lapse(part, now)

    def may_answer(self, now, reports=()) -> bool:
        waiting = [r.id for r in self.reports if not r.answered]
        owed = self.stage in LATE and self.owes(DutyKind.ANSWER) is not None
        return owed and all(one in waiting for one in reports)

    def do_answer(self, now, reports=()) -> None:
        for report in self.reports:
            report.answered = report.answered or not reports or report.id in reports
        self._ask(now)
        self._file(now)

    def may_rate(self, now, report, rating) -> bool:
        return rating is not Rating.UNREACHED and self.may_follow_up(now, report, rating)

    def may_follow_up(self, now, report, rating) -> bool:
        owed = self.stage in LATE and self.owes(DutyKind.FOLLOW_UP) is not None
        told = next((r for r in self.reports if r.id == report), None)
        return owed and told is not None and told.asked and told.answered and told.rating is None

    def do_rate(self, now, report, rating) -> None:
        next(r for r in self.reports if r.id == report).rating = rating
        if rating is Rating.DISSATISFIED and self.round == 0:
            for kind in ENDS:
                self._settle(kind, now)
            self.round = 1
            for one in self.reports:
                one.answered, one.rating = False, None
            self._again(now)
            return
        self._ask(now)
        self._file(now)

    do_follow_up = do_rate

    def may_review(self, now, part, signers=2, points=20) -> bool:
        owed = self.stage is Stage.REVIEWING and self.owes(DutyKind.REVIEW, part) is not None
        return owed and signers >= 2 and 0 <= points <= 20

    def do_review(self, now, part, signers=2, points=20) -> None:
        self.parts[part].reviewed = True
        self._settle(DutyKind.REVIEW, now, part)
        self._file(now)

    # Notes, ends, reports ---------------------------------------------------------------------------------

    def may_note(self, now, part=None) -> bool:
        return True

    def do_note(self, now, part=None) -> None:
        """Changes nothing."""

    def may_cancel(self, now, role) -> bool:
        return role is Role.RESPONSE_OFFICE or (self.stage in EARLY and not self.routed)

    def do_cancel(self, now, role) -> None:
        """The reason answers everybody."""
        self._stop(Stage.CANCELLED, now)
        for report in self.reports:
            report.answered = True

    def may_merge(self, now, into) -> bool:
        return self.stage in EARLY and not self.routed and into != "itself"

    def do_merge(self, now, into) -> None:
        self._stop(Stage.CANCELLED, now)
        self.reports = []

    def may_join(self, now, reports) -> bool:
        return True

    def do_join(self, now, reports) -> None:
        mine = {report.id for report in self.reports}
        self.reports += [Report(r.id, r.asked, True) for r in reports if r.id not in mine]
        self._owe_again(now)

    def may_split(self, now, report) -> bool:
        return any(r.id == report and r.joined for r in self.reports)

    def do_split(self, now, report) -> None:
        self.reports = [r for r in self.reports if r.id != report]
        self._owe_again(now)
        self._file(now)

    def _owe_again(self, now: int) -> None:
        if self.stage in LATE and self.owes(DutyKind.VERIFY) is None:
            self._ask(now)

    def _numbered(self, position: int) -> Owed:
        """By position; told rungs may have ended a duty that was there when it was ordered."""
        return self.duties[position]
