from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    """How far the delivery of each notification has come. What was told before has no `not_before`: an
    upgrade sends nobody what is long past."""

    dependencies = [('models', '0003_events_in_order')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Notification',
            name='attempts',
            field=fields.IntField(db_default=0),
        ),
        ops.AddField(
            model_name='Notification',
            name='delivered_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Notification',
            name='last_error',
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name='Notification',
            name='not_before',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.RunSQL(
            "CREATE INDEX notifications_waiting ON notifications (told_at, owed_at, id)"
            " WHERE not_before IS NOT NULL",
            "DROP INDEX notifications_waiting",
        ),
    ]
