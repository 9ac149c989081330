from tortoise import migrations
from tortoise.migrations import operations as ops
from models.terms import BulletinKind, FigurePart, RaterGroup
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields

class Migration(migrations.Migration):
    """Published tables, the issues behind their figures, and the score sheets of a year."""

    dependencies = [('models', '0005_whole_cycle')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Bulletin',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('district', fields.ForeignKeyField('models.District', source_field='district_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('period', fields.CharField(max_length=7)),
                ('kind', fields.CharEnumField(description='DEPARTMENTS: DEPARTMENTS\nSTREETS: STREETS\nREVIEWS: REVIEWS\nANNUAL: ANNUAL', enum_type=BulletinKind, max_length=12)),
                ('rulebook', fields.ForeignKeyField('models.RulebookVersion', source_field='rulebook_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('scheme_digest', fields.CharField(max_length=64)),
                ('cut_off', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('body', fields.BinaryField()),
                ('sha256', fields.CharField(max_length=64)),
                ('published_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'bulletins', 'app': 'models', 'unique_together': (('district', 'kind', 'period'),), 'pk_attr': 'id', 'table_description': 'One table of one month or year, frozen: its bytes never change, and can be worked out again.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='BulletinFigure',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('bulletin', fields.ForeignKeyField('models.Bulletin', source_field='bulletin_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('subject_id', fields.UUIDField()),
                ('column', fields.CharField(max_length=40)),
                ('part', fields.CharEnumField(description='NUMERATOR: NUMERATOR\nDENOMINATOR: DENOMINATOR\nMISSING: MISSING', enum_type=FigurePart, max_length=12)),
                ('issue_ids', ArrayField(element_type='UUID')),
            ],
            options={'table': 'bulletin_figures', 'app': 'models', 'unique_together': (('bulletin', 'subject_id', 'column', 'part'),), 'pk_attr': 'id', 'table_description': 'The issues behind one side of one figure; an issue that counted twice stands twice.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ScoreSheet',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('district', fields.ForeignKeyField('models.District', source_field='district_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('year', fields.IntField()),
                ('number', fields.CharField(max_length=40)),
                ('department', fields.ForeignKeyField('models.Department', source_field='department_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('community', fields.ForeignKeyField('models.Community', source_field='community_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('rater', fields.CharEnumField(description='COMMUNITY: COMMUNITY\nRESIDENT: RESIDENT', enum_type=RaterGroup, max_length=12)),
                ('score', fields.DecimalField(max_digits=5, decimal_places=2)),
                ('post', fields.ForeignKeyField('models.Post', source_field='post_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('entered_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('withdrawn_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'score_sheets', 'app': 'models', 'pk_attr': 'id', 'table_description': '评分表: what a community or a resident gave a department for a year, entered from paper.'},
            bases=['Model'],
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX score_sheets_once ON score_sheets (district_id, year, number)"
            " WHERE withdrawn_at IS NULL",
            "DROP INDEX score_sheets_once",
        ),
    ]
