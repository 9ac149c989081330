from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.tables.links import ShownJson
from models.terms import BatchAction, BatchItemStatus, BatchStatus
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

CURRENT = """
UPDATE calendars SET active = true FROM rulebooks r
WHERE r.active AND r.district_id = calendars.district_id AND r.body -> 'calendar' ->> 'version' = calendars.version
"""
"""Until now the calendar that new cases took was that of the active rulebook."""

class Migration(migrations.Migration):
    """Batches of operators, and which calendar of a district is the current one."""

    dependencies = [('models', '0006_bulletins')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Batch',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('district', fields.ForeignKeyField('models.District', source_field='district_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('action', fields.CharEnumField(description='EXTEND: EXTEND\nHAND_OVER: HAND_OVER\nSUSPEND: SUSPEND\nRESUME: RESUME\nRECOMPUTE: RECOMPUTE\nMIGRATE: MIGRATE', enum_type=BatchAction, max_length=12)),
                ('status', fields.CharEnumField(description='RUNNING: RUNNING\nPAUSED: PAUSED\nCANCELLED: CANCELLED\nDONE: DONE', enum_type=BatchStatus, max_length=12)),
                ('reason', fields.TextField(unique=False)),
                ('chosen', ShownJson(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('extra_us', fields.BigIntField(null=True)),
                ('source', fields.ForeignKeyField('models.Department', source_field='source_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('target', fields.ForeignKeyField('models.Department', source_field='target_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('rulebook', fields.ForeignKeyField('models.RulebookVersion', source_field='rulebook_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('calendar_version', fields.CharField(null=True, max_length=60)),
                ('person', fields.ForeignKeyField('models.Person', source_field='person_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('post', fields.ForeignKeyField('models.Post', source_field='post_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('request_id', fields.CharField(null=True, max_length=80)),
                ('total', fields.IntField()),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('started_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'batches', 'app': 'models', 'indexes': [Index(fields=['district_id', 'created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'One action on the cases that a filter found when it was started; `batch/{id}` carries it out.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='BatchItem',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('batch', fields.ForeignKeyField('models.Batch', source_field='batch_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('issue', fields.ForeignKeyField('models.Issue', source_field='issue_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('position', fields.IntField()),
                ('status', fields.CharEnumField(description='WAITING: WAITING\nDONE: DONE\nREFUSED: REFUSED\nFAILED: FAILED\nCANCELLED: CANCELLED', enum_type=BatchItemStatus, max_length=12)),
                ('attempts', fields.IntField(default=0)),
                ('seq', fields.IntField(null=True)),
                ('code', fields.CharField(null=True, max_length=24)),
                ('field', fields.CharField(null=True, max_length=40)),
                ('found', fields.TextField(null=True, unique=False)),
                ('expected', fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('detail', fields.TextField(null=True, unique=False)),
                ('done_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'batch_items', 'app': 'models', 'unique_together': (('batch', 'position'),), 'indexes': [Index(fields=['batch_id', 'status', 'position']), Index(fields=['issue_id'])], 'pk_attr': 'id', 'table_description': "One case of a batch. Its command's id is derived from both, so whatever is tried again acts once."},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='CalendarVersion',
            name='active',
            field=fields.BooleanField(db_default=False),
        ),
        ops.AddField(
            model_name='CalendarVersion',
            name='imported',
            field=fields.BooleanField(db_default=False),
        ),
        ops.RunSQL(CURRENT, ""),
    ]
