"""The schedules of districts: made, moved and taken away so that they are what the rulebooks say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from models.policy.half_year import FIRST_DAY
from models.queries import bulletins, half_years
from workflows.acceptance import evidence_queue
from workflows.bulletin import BulletinOrder, MonthlyBulletin
from workflows.contracts import CALLING_QUEUE
from workflows.half_year import HalfYearRound, RoundOrder
from workflows.sweep import EvidenceSweeping, SweepOrder

HOUR_MINUTES = 60
EVERY_MONTH = [ScheduleRange(1, 12)]
CATCH_UP = timedelta(days=365)
"""A bulletin that fell due while Temporal was away is published all the same."""

SWEEP_HOUR, SWEEP_MINUTE = 2, 30
SWEEPS = (
    ("evidence-sweep", SweepOrder(), ScheduleRange(1, 6)),
    ("evidence-check", SweepOrder(full=True), ScheduleRange(0)),
)
"""Each night but Sunday's the quick one, on Sunday the one that reads every object."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Monthly:
    """When a district's schedule fires; each month unless some are named."""

    key: str
    day: int
    minute: int
    utc_offset_minutes: int
    months: tuple[int, ...] = ()

    @property
    def zone(self) -> str:
        """A time zone of Temporal's; their names count offsets the other way round.

        Of an offset that is no whole hour the part of an hour is dropped: the schedule then fires a little
        late, and the workflow knows the instant itself.
        """
        hours = self.utc_offset_minutes // HOUR_MINUTES
        return f"Etc/GMT{-hours:+d}" if hours else "UTC"


class Schedules:
    """Keeps one schedule for each district that publishes; asking again changes nothing."""

    def __init__(self, client: Client, task_queue: str = CALLING_QUEUE) -> None:
        self._client = client
        self._task_queue = task_queue
        self._sweeps = False
        self._kept: dict[str, Monthly] = {}
        """What was made sure of: Temporal is only asked where something changed."""

    async def keep(self) -> list[str]:
        """Makes what is lacking or has moved; returns the ids of the districts that changed."""
        await self._keep_sweeps()
        wanted = await self._wanted()
        changed = [
            district
            for district in {*wanted, *self._kept}
            if wanted.get(district) != self._kept.get(district)
        ]
        for district in sorted(changed):
            monthly = wanted.get(district)
            if monthly is None:
                await self._drop(district)
                del self._kept[district]
            else:
                await self._make(district, monthly)
                self._kept[district] = monthly
        return changed

    async def _keep_sweeps(self) -> None:
        """One for the whole platform, at night; one more a week that reads everything."""
        if self._sweeps:
            return
        for name, order, days in SWEEPS:
            schedule = _sweep_schedule(name, order, days, self._task_queue)
            try:
                await self._client.create_schedule(name, schedule)
                log.info("sweep of evidence scheduled", name=name)
            except ScheduleAlreadyRunningError:
                await self._client.get_schedule_handle(name).update(_moved_to(schedule))
        self._sweeps = True

    async def _wanted(self) -> Mapping[str, Monthly]:
        found: dict[str, Monthly] = {}
        for under in await bulletins.publishing():
            when, calendar = under.rulebook.publishing, under.rulebook.calendar
            if when is not None:
                found[under.district.id] = Monthly(
                    under.district.key, when.day, when.minute, calendar.utc_offset_minutes
                )
        return found

    def _id(self, district: str) -> str:
        return schedule_id(district)

    def _action(self, district: str, monthly: Monthly) -> ScheduleActionStartWorkflow:
        return ScheduleActionStartWorkflow(
            MonthlyBulletin.run,
            BulletinOrder(district),
            id=self._id(district),
            task_queue=self._task_queue,
            static_summary=f"{monthly.key} · bulletin",
        )

    async def _make(self, district: str, monthly: Monthly) -> None:
        schedule, key = self._schedule(district, monthly), self._id(district)
        try:
            await self._client.create_schedule(key, schedule)
            log.info("scheduled", schedule=key, district=monthly.key, day=monthly.day, minute=monthly.minute)
        except ScheduleAlreadyRunningError:
            await self._client.get_schedule_handle(key).update(_moved_to(schedule))

    async def _drop(self, district: str) -> None:
        try:
            await self._client.get_schedule_handle(self._id(district)).delete()
        except RPCError as fault:
            if fault.status is not RPCStatusCode.NOT_FOUND:
                raise

    def _schedule(self, district: str, monthly: Monthly) -> Schedule:
        hour, minute = divmod(monthly.minute, HOUR_MINUTES)
        return Schedule(
            action=self._action(district, monthly),
            spec=ScheduleSpec(
                calendars=[
                    ScheduleCalendarSpec(
                        month=[ScheduleRange(month) for month in monthly.months] or EVERY_MONTH,
                        day_of_month=[ScheduleRange(monthly.day)],
                        hour=[ScheduleRange(hour)],
                        minute=[ScheduleRange(minute)],
                    )
                ],
                time_zone_name=monthly.zone,
            ),
            # One that still waits for its working day does not hold up the next month's.
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.ALLOW_ALL, catchup_window=CATCH_UP),
        )


class RoundSchedules(Schedules):
    """Likewise one for each district that begins its satisfaction cycles by itself."""

    async def _wanted(self) -> Mapping[str, Monthly]:
        return {
            under.district.id: Monthly(
                under.district.key,
                FIRST_DAY,
                when.minute,
                under.rulebook.calendar.utc_offset_minutes,
                tuple(when.months),
            )
            for under, when in await half_years.scheduled()
        }

    def _id(self, district: str) -> str:
        return round_schedule_id(district)

    def _action(self, district: str, monthly: Monthly) -> ScheduleActionStartWorkflow:
        return ScheduleActionStartWorkflow(
            HalfYearRound.run,
            RoundOrder(district),
            id=self._id(district),
            task_queue=self._task_queue,
            static_summary=f"{monthly.key} · half-year",
        )


def round_schedule_id(district: str) -> str:
    """The id of the schedule that begins a district's satisfaction cycles."""
    return f"half-year/{district}"


def _sweep_schedule(name: str, order: SweepOrder, days: ScheduleRange, task_queue: str) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            EvidenceSweeping.run,
            order,
            id=name,
            task_queue=evidence_queue(task_queue),
            static_summary="every object" if order.full else "orphans and what is due",
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    day_of_week=[days], hour=[ScheduleRange(SWEEP_HOUR)], minute=[ScheduleRange(SWEEP_MINUTE)]
                )
            ],
            time_zone_name="Asia/Shanghai",
        ),
        # Two at once would do the same work twice.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(days=1)),
    )


def schedule_id(district: str) -> str:
    """The id of a district's schedule; its workflows add the time they were meant for."""
    return f"bulletin/{district}"


def _moved_to(schedule: Schedule) -> Callable[[ScheduleUpdateInput], ScheduleUpdate]:
    def update(before: ScheduleUpdateInput) -> ScheduleUpdate:
        # What operators set stays: a schedule they paused is still paused.
        schedule.state = before.description.schedule.state
        return ScheduleUpdate(schedule)

    return update
