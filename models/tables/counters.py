"""Figures of boards kept as they change: how many issues a unit has open, and how many are overdue."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Tally(Model):
    """A part of a unit's figures: what the unit has is the sum of its rows that fell due.

    Triggers on `issues` add rows and never touch one, so writers do not wait for each other; the sweep of
    models/queries/counters.py makes one row of many.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit_id = fields.UUIDField()
    """A district, street, community or department."""
    due_at = fields.DatetimeField()
    """From when on the row counts; -infinity for what counts at any time."""
    open = fields.IntField()
    overdue = fields.IntField()

    class Meta:
        table = "tallies"
        # Its index is in the migration: tortoise knows no INCLUDE, and figures are read from the index alone.


class TallySweep(Model):
    """The one row that says how far the sweep has come; its lock lets one sweep run at a time."""

    id = fields.IntField(primary_key=True)
    swept_to = fields.DatetimeField()

    class Meta:
        table = "tally_sweeps"
