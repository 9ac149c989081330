from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.tables.links import ShownJson
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0010_rectify')]

    initial = False

    operations = [
        ops.CreateModel(
            name='SurveyFeature',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('survey', fields.ForeignKeyField('models.Survey', source_field='survey_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('street', fields.ForeignKeyField('models.Street', source_field='street_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('key', fields.CharField(max_length=40)),
                ('score', fields.DecimalField(max_digits=5, decimal_places=2)),
                ('source', fields.CharField(max_length=200)),
                ('post', fields.ForeignKeyField('models.Post', source_field='post_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('entered_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'survey_features', 'app': 'models', 'unique_together': (('survey', 'street', 'key'),), 'pk_attr': 'id', 'table_description': '特色指标: what the office entered for one special indicator of a street in a round.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SurveyResult',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('survey', fields.OneToOneField('models.Survey', source_field='survey_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('district', fields.ForeignKeyField('models.District', source_field='district_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('code', fields.CharField(max_length=20)),
                ('rulebook', fields.ForeignKeyField('models.RulebookVersion', source_field='rulebook_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('cut_off', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('body', fields.BinaryField()),
                ('sha256', fields.CharField(max_length=64)),
                ('open_data', fields.BinaryField()),
                ('inputs', ShownJson(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('scored_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('published_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'survey_results', 'app': 'models', 'indexes': [Index(fields=['district_id', 'scored_at', 'id'])], 'pk_attr': 'id', 'table_description': 'The results of one round: worked out again until published, from then on the same bytes for ever.'},
            bases=['Model'],
        ),
    ]
