from tortoise.migrations import operations as ops
from models.migrations._adding import Adding


class Migration(Adding):
    """What is still to be delivered is found by itself: few notices and messages of the many are waiting."""

    dependencies = [('models', '0003_event_order')]

    initial = False

    operations = [
        ops.RunSQL(
            [
                "CREATE INDEX notifications_waiting ON notifications (told_at, owed_at, id)"
                " WHERE not_before IS NOT NULL",
                "CREATE INDEX report_messages_waiting ON report_messages (at, id) WHERE not_before IS NOT NULL",
            ],
            "DROP INDEX notifications_waiting, report_messages_waiting",
        ),
    ]
