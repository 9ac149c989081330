from tortoise.migrations import operations as ops
from models.migrations._adding import Adding


class Migration(Adding):
    """Each event carries the transaction that wrote it: numbers are given out before they are committed, so
    only what lies below the oldest running transaction can be read in an order that nothing joins later."""

    dependencies = [('models', '0002_figures')]

    initial = False

    operations = [
        ops.RunSQL(
            [
                "ALTER TABLE events ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id()",
                "CREATE INDEX events_in_order ON events (xact, id)",
            ],
            "ALTER TABLE events DROP COLUMN xact",
        ),
    ]
