"""Many reports of one problem become one issue; splitting undoes it (domain guide 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from models.policy import orders, steps
from models.policy.case import Data
from models.policy.closing import Closing
from models.policy.steps import AFTER_WORK, Refusal, RefusalCode
from models.terms import DutyKind, DutyStatus, EntryKind, Stage, derived_id


class Merging(Closing):
    """Decisions on which reports belong to this issue."""

    def refuse_merge(self, order: orders.Merge, now: datetime) -> Refusal | None:
        if order.into == self._state.id:
            return Refusal(RefusalCode.BAD_INPUT, "into", order.into)
        return None

    def merge(self, order: orders.Merge, now: datetime) -> None:
        """This issue ends; its reports went on before, to the issue that took them."""
        self._stop(Stage.CANCELLED, now)
        self._put(merged_into=order.into, reports=[])
        self._note(EntryKind.MERGED, now, by=order.by, data={"into": order.into})

    def refuse_join(self, order: orders.Join, now: datetime) -> Refusal | None:
        """Reports go to an open issue whose clocks run."""
        if self.stage.closed:
            return replace(steps.closed_refusal(self.stage.value), field="into")
        if self._state.suspended:
            return Refusal(
                RefusalCode.WRONG_STATUS, "into", DutyStatus.SUSPENDED.value, (DutyStatus.OPEN.value,)
            )
        return None

    def join(self, order: orders.Join, now: datetime) -> None:
        """Takes the reports of an issue that ends; each is answered and asked like our own."""
        mine = {report.id for report in self._state.reports}
        fresh = [
            replace(report, joined=True, answered=False, rating=None)
            for report in order.reports
            if report.id not in mine
        ]
        self._put(reports=[*self._state.reports, *fresh])
        data: Data = {"origin": order.origin, "reports": [report.id for report in fresh]}
        self._note(EntryKind.JOINED, now, by=order.by, data=data)
        self._owe_again(now)

    def refuse_split(self, order: orders.Split, now: datetime) -> Refusal | None:
        report = self._telling(order.report)
        if report is None:
            return Refusal(RefusalCode.NOT_FOUND, "report", order.report)
        return None if report.joined else Refusal(RefusalCode.WRONG_STATUS, "report", "NOT_JOINED")

    def split(self, order: orders.Split, now: datetime) -> None:
        """One report becomes an issue of its own again, collected anew."""
        self._put(reports=[report for report in self._state.reports if report.id != order.report])
        issue = str(derived_id(self._state.id, "split", order.report, self.seq + 1))
        self._note(EntryKind.SPLIT, now, by=order.by, data={"report": order.report, "issue": issue})
        self._owe_again(now)
        self._settle(order.by, now)

    def _owe_again(self, now: datetime) -> None:
        """After verification, what is owed to reporters follows who they are."""
        if self.stage in AFTER_WORK and self._duties.of(DutyKind.VERIFY) is None:
            self._ask(now)
