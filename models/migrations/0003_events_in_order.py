from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Each event carries the transaction that wrote it: numbers are given out before they are committed, so
    only what lies below the oldest running transaction can be read in an order that nothing joins later."""

    dependencies = [("models", "0002_counters")]

    initial = False

    operations = [
        ops.RunSQL(
            "ALTER TABLE events ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id()",
            "ALTER TABLE events DROP COLUMN xact",
        ),
        ops.RunSQL(
            "CREATE INDEX events_in_order ON events (xact, id)",
            "DROP INDEX events_in_order",
        ),
    ]
