from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.tables.links import ShownJson
from models.terms import Datum, DeletedPart, EvidenceCheck, EvidenceKind, EvidenceRefusal, EvidenceStatus, FindingWeight
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

BANDS = "\n".join(
    f'CREATE INDEX evidence_looks_band{n} ON evidence_looks (band{n}, "window") INCLUDE (coarse, id);' for n in range(4)
)
"""Everything a look-up compares stands in the index: no row is read that is not near."""
UNSTARTED = """
CREATE INDEX evidence_unstarted ON evidence (confirmed_at) WHERE status = 'CONFIRMED' AND started_at IS NULL;
CREATE INDEX evidence_pending ON evidence (announced_at) WHERE status = 'PENDING';
CREATE INDEX evidence_originals ON evidence (original_key) WHERE original_key IS NOT NULL;
CREATE INDEX evidence_views ON evidence (view_key) WHERE view_key IS NOT NULL;
CREATE INDEX evidence_mediums ON evidence (medium_key) WHERE medium_key IS NOT NULL;
CREATE INDEX evidence_smalls ON evidence (small_key) WHERE small_key IS NOT NULL;
CREATE INDEX evidence_objects_in_order ON evidence_objects (key COLLATE "C");
CREATE INDEX evidence_undone ON evidence_deletions (decided_at) WHERE done_at IS NULL;
CREATE UNIQUE INDEX evidence_held ON evidence_holds (issue_id) WHERE lifted_at IS NULL;
ALTER TABLE evidence_looks SET (autovacuum_vacuum_insert_scale_factor = 0.02)
"""
"""What relay and sweep look for, one hold at a time, and pages that index-only scans need not read."""

class Migration(migrations.Migration):
    """Photos are accepted or refused, checked, kept and deleted on record. Those confirmed before wait for it too."""

    dependencies = [('models', '0008_survey')]

    initial = False

    operations = [
        ops.CreateModel(
            name='EvidenceDeletion',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('evidence', fields.ForeignKeyField('models.Evidence', source_field='evidence_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('issue', fields.ForeignKeyField('models.Issue', source_field='issue_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('part', fields.CharEnumField(description='ORIGINAL: ORIGINAL\nWHOLE: WHOLE', enum_type=DeletedPart, max_length=8)),
                ('sha256', fields.CharField(max_length=64)),
                ('rule', fields.CharField(max_length=120)),
                ('keys', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('shared', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('due_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('done_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evidence_deletions', 'app': 'models', 'indexes': [Index(fields=['issue_id', 'decided_at', 'id']), Index(fields=['evidence_id'])], 'pk_attr': 'id', 'table_description': 'The record of a deletion: what was deleted by which rule, and when the store was seen to have none of it.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='EvidenceFinding',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('evidence', fields.ForeignKeyField('models.Evidence', source_field='evidence_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('issue', fields.ForeignKeyField('models.Issue', source_field='issue_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharEnumField(description='OUTSIDE_GRID: OUTSIDE_GRID\nBEFORE_REPORT: BEFORE_REPORT\nAFTER_UPLOAD: AFTER_UPLOAD\nUSED_HERE: USED_HERE\nUSED_ELSEWHERE: USED_ELSEWHERE\nSAME_PLACE: SAME_PLACE\nOTHER_PLACE: OTHER_PLACE\nNO_POSITION: NO_POSITION\nNO_TIME: NO_TIME', enum_type=EvidenceCheck, max_length=16)),
                ('weight', fields.CharEnumField(description='NOTE: NOTE\nWARNING: WARNING\nBLOCKING: BLOCKING', enum_type=FindingWeight, max_length=10)),
                ('rule', fields.CharField(max_length=120)),
                ('data', ShownJson(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('other', fields.ForeignKeyField('models.Evidence', source_field='other_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('found_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evidence_findings', 'app': 'models', 'indexes': [Index(fields=['evidence_id', 'kind']), Index(fields=['issue_id', 'found_at', 'id'])], 'pk_attr': 'id', 'table_description': 'One thing found of a photo, what it weighs, and the rule that says so.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='EvidenceHold',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('issue', fields.ForeignKeyField('models.Issue', source_field='issue_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('reason', fields.TextField(unique=False)),
                ('person', fields.ForeignKeyField('models.Person', source_field='person_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('post', fields.ForeignKeyField('models.Post', source_field='post_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('placed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('lifted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('lifted_reason', fields.TextField(null=True, unique=False)),
                ('lifted_by', fields.ForeignKeyField('models.Post', source_field='lifted_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'evidence_holds', 'app': 'models', 'indexes': [Index(fields=['issue_id', 'placed_at', 'id'])], 'pk_attr': 'id', 'table_description': 'Photos of an issue that are kept for the law, whatever the rulebook says, until it is lifted.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='EvidenceLook',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('evidence', fields.ForeignKeyField('models.Evidence', source_field='evidence_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('window', fields.SmallIntField()),
                ('coarse', fields.BigIntField()),
                ('fine', fields.BinaryField()),
                ('band0', fields.IntField()),
                ('band1', fields.IntField()),
                ('band2', fields.IntField()),
                ('band3', fields.IntField()),
            ],
            options={'table': 'evidence_looks', 'app': 'models', 'indexes': [Index(fields=['evidence_id'])], 'pk_attr': 'id', 'table_description': 'How one window of an accepted picture looks (models/policy/evidence/looks.py); its bands are indexed.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='EvidenceObject',
            fields=[
                ('key', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=120)),
                ('sha256', fields.CharField(max_length=64)),
                ('size', fields.BigIntField()),
                ('content_type', fields.CharField(max_length=60)),
                ('claimed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evidence_objects', 'app': 'models', 'pk_attr': 'key', 'table_description': "An object that lies, or is about to lie, in the store under its content's name. Claimed before it is"},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='EvidenceOpening',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('evidence', fields.ForeignKeyField('models.Evidence', source_field='evidence_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('issue', fields.ForeignKeyField('models.Issue', source_field='issue_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('person', fields.ForeignKeyField('models.Person', source_field='person_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('post', fields.ForeignKeyField('models.Post', source_field='post_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('reason', fields.TextField(unique=False)),
                ('opened_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evidence_openings', 'app': 'models', 'indexes': [Index(fields=['evidence_id', 'opened_at', 'id']), Index(fields=['issue_id'])], 'pk_attr': 'id', 'table_description': 'Somebody was given the sealed original of a photo, and said why.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='EvidenceSweep',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('whole', fields.BooleanField()),
                ('started_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('figures', ShownJson(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('faults', ShownJson(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'evidence_sweeps', 'app': 'models', 'indexes': [Index(fields=['started_at', 'id'])], 'pk_attr': 'id', 'table_description': 'What a sweep of database and store found and did.'},
            bases=['Model'],
        ),
        ops.AlterModelOptions(
            name='Evidence',
            options={'table': 'evidence', 'app': 'models', 'indexes': [Index(fields=['issue_id', 'announced_at', 'id'])], 'pk_attr': 'id', 'table_description': 'One photo: announced, uploaded straight to the store, confirmed by size and SHA-256, then accepted or'},
        ),
        ops.AlterField(
            model_name='Evidence',
            name='kind',
            field=fields.CharEnumField(description='NEAR: NEAR\nFAR: FAR\nREFERENCE: REFERENCE\nBEFORE: BEFORE\nAFTER: AFTER\nINSPECTION: INSPECTION', enum_type=EvidenceKind, max_length=12),
        ),
        ops.AlterField(
            model_name='Evidence',
            name='status',
            field=fields.CharEnumField(description='PENDING: PENDING\nCONFIRMED: CONFIRMED\nACCEPTED: ACCEPTED\nREFUSED: REFUSED\nDELETED: DELETED', enum_type=EvidenceStatus, max_length=12),
        ),
        ops.AddField(
            model_name='Evidence',
            name='camera',
            field=fields.CharField(null=True, max_length=80),
        ),
        ops.AddField(
            model_name='Evidence',
            name='datum',
            field=fields.CharEnumField(null=True, description='WGS84: WGS84\nGCJ02: GCJ02', enum_type=Datum, max_length=5),
        ),
        ops.AddField(
            model_name='Evidence',
            name='found_type',
            field=fields.CharField(null=True, max_length=60),
        ),
        ops.AddField(
            model_name='Evidence',
            name='gcj_latitude',
            field=fields.FloatField(null=True),
        ),
        ops.AddField(
            model_name='Evidence',
            name='gcj_longitude',
            field=fields.FloatField(null=True),
        ),
        ops.AddField(
            model_name='Evidence',
            name='high',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Evidence',
            name='medium_key',
            field=fields.CharField(null=True, max_length=120),
        ),
        ops.AddField(
            model_name='Evidence',
            name='original_key',
            field=fields.CharField(null=True, max_length=120),
        ),
        ops.AddField(
            model_name='Evidence',
            name='refusal',
            field=fields.CharEnumField(null=True, description='NOT_A_PICTURE: NOT_A_PICTURE\nBROKEN: BROKEN\nTOO_SMALL: TOO_SMALL\nTOO_MANY_PIXELS: TOO_MANY_PIXELS\nTOO_COSTLY: TOO_COSTLY\nANIMATED: ANIMATED\nCHANGED: CHANGED\nLOST: LOST\nNEVER_SENT: NEVER_SENT', enum_type=EvidenceRefusal, max_length=20),
        ),
        ops.AddField(
            model_name='Evidence',
            name='refusal_found',
            field=fields.CharField(null=True, max_length=120),
        ),
        ops.AddField(
            model_name='Evidence',
            name='settled_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Evidence',
            name='small_key',
            field=fields.CharField(null=True, max_length=120),
        ),
        ops.AddField(
            model_name='Evidence',
            name='started_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Evidence',
            name='taken_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Evidence',
            name='view_key',
            field=fields.CharField(null=True, max_length=120),
        ),
        ops.AddField(
            model_name='Evidence',
            name='wgs_latitude',
            field=fields.FloatField(null=True),
        ),
        ops.AddField(
            model_name='Evidence',
            name='wgs_longitude',
            field=fields.FloatField(null=True),
        ),
        ops.AddField(
            model_name='Evidence',
            name='wide',
            field=fields.IntField(null=True),
        ),
        ops.RunSQL(BANDS, ""),
        ops.RunSQL(UNSTARTED, ""),
    ]
