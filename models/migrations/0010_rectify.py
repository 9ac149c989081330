from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.tables.links import ShownJson
from models.terms import CycleStep, DutyKind, EntryKind, ReportSource
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

ONE_SUBJECT = "\n".join(
    f"ALTER TABLE {table} ADD CONSTRAINT {table}_one_subject "
    "CHECK (num_nonnulls(issue_id, negative_item_id, cycle_id) = 1);"
    for table in ("duties", "events", "notifications", "outbox")
)
"""Each belongs to an issue, a negative item or a satisfaction cycle, and to one of them only."""
MANY_SUBJECTS = "\n".join(
    f"ALTER TABLE {table} DROP CONSTRAINT {table}_one_subject;"
    for table in ("duties", "events", "notifications", "outbox")
)

TELL_CYCLE = """
CREATE FUNCTION tell_cycle_of_survey() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO outbox (id, cycle_id, created_at, attempts, not_before)
    SELECT gen_random_uuid(), c.id, now(), 0, now() FROM rectification_cycles c
    WHERE c.survey_id = NEW.id AND c.step <> 'DONE';
    PERFORM pg_notify('huying_outbox', '');
    RETURN NULL;
END $$
"""
"""A round that moves has its cycle told, whoever moved it: closing, scoring and publishing are written apart."""
WHEN_MOVED = """
CREATE TRIGGER survey_moved AFTER UPDATE OF status ON surveys FOR EACH ROW
WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION tell_cycle_of_survey()
"""

class Migration(migrations.Migration):
    """Duties, events, notices and the outbox also of negative items and satisfaction cycles."""

    dependencies = [('models', '0012_answering')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CycleEntry',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('cycle', fields.ForeignKeyField('models.RectificationCycle', source_field='cycle_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('seq', fields.IntField()),
                ('kind', fields.CharEnumField(description='COLLECTED: COLLECTED\nASSESSED: ASSESSED\nCALLED: CALLED\nDISPATCHED: DISPATCHED\nACCEPTED: ACCEPTED\nRETURNED: RETURNED\nADJUDICATED: ADJUDICATED\nREPORTED_IN: REPORTED_IN\nPLAN_PROPOSED: PLAN_PROPOSED\nPLAN_AGREED: PLAN_AGREED\nPLAN_DECIDED: PLAN_DECIDED\nPROGRESS: PROGRESS\nCOMPLETED: COMPLETED\nVERIFIED: VERIFIED\nREWORK: REWORK\nANSWERED: ANSWERED\nRATED: RATED\nFOLLOWED_UP: FOLLOWED_UP\nREOPENED: REOPENED\nREVIEWED: REVIEWED\nAPPEALED: APPEALED\nAPPEAL_DECIDED: APPEAL_DECIDED\nFILED: FILED\nCANCELLED: CANCELLED\nMERGED: MERGED\nJOINED: JOINED\nSPLIT: SPLIT\nREMINDED: REMINDED\nBREACHED: BREACHED\nESCALATED: ESCALATED\nEXTENSION_ASKED: EXTENSION_ASKED\nEXTENSION_REFUSED: EXTENSION_REFUSED\nEXTENDED: EXTENDED\nSUSPENDED: SUSPENDED\nRESUMED: RESUMED\nHANDOVER_OFFERED: HANDOVER_OFFERED\nHANDOVER_DECLINED: HANDOVER_DECLINED\nHANDED_OVER: HANDED_OVER\nREGRADED: REGRADED\nRULES_REPLACED: RULES_REPLACED\nISSUED: ISSUED\nSTARTED: STARTED\nCALL_RAISED: CALL_RAISED\nCALL_MOVED: CALL_MOVED\nCALL_ENDED: CALL_ENDED\nRECTIFIED: RECTIFIED\nPERCEIVED: PERCEIVED\nCLOSED: CLOSED\nBEGUN: BEGUN\nSTEPPED: STEPPED\nENDED: ENDED', enum_type=EntryKind, max_length=24)),
                ('step', fields.CharEnumField(description='SOLICIT: SOLICIT\nASSESS: ASSESS\nFEED_BACK: FEED_BACK\nRECTIFY: RECTIFY\nPERCEIVE: PERCEIVE\nIMPROVE: IMPROVE\nDONE: DONE', enum_type=CycleStep, max_length=12)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('owed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('post', fields.ForeignKeyField('models.Post', source_field='post_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('rule', fields.CharField(null=True, max_length=80)),
                ('note', fields.TextField(null=True, unique=False)),
                ('data', ShownJson(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'cycle_entries', 'app': 'models', 'unique_together': (('cycle', 'seq'),), 'pk_attr': 'id', 'table_description': 'One line of what happened to a cycle; numbered within the cycle by its workflow.'},
            bases=['Model'],
        ),
        ops.AlterField(
            model_name='DutyRecord',
            name='issue',
            field=fields.ForeignKeyField('models.Issue', source_field='issue_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AlterField(
            model_name='DutyRecord',
            name='kind',
            field=fields.CharEnumField(description='ASSESS: ASSESS\nDISPATCH: DISPATCH\nACCEPT: ACCEPT\nREPORT_IN: REPORT_IN\nPLAN: PLAN\nHANDLE: HANDLE\nVERIFY: VERIFY\nREVIEW: REVIEW\nADJUDICATE_RETURN: ADJUDICATE_RETURN\nDECIDE_EXTENSION: DECIDE_EXTENSION\nDECIDE_PLAN: DECIDE_PLAN\nANSWER: ANSWER\nFOLLOW_UP: FOLLOW_UP\nAPPEAL: APPEAL\nSOLICIT: SOLICIT\nSCORE: SCORE\nFEED_BACK: FEED_BACK\nRECTIFY: RECTIFY\nPERCEIVE: PERCEIVE\nIMPROVE: IMPROVE', enum_type=DutyKind, max_length=20),
        ),
        ops.AddField(
            model_name='DutyRecord',
            name='cycle',
            field=fields.ForeignKeyField('models.RectificationCycle', source_field='cycle_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='DutyRecord',
            name='negative_item',
            field=fields.ForeignKeyField('models.NegativeItem', source_field='negative_item_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddConstraint(
            model_name='DutyRecord',
            constraint=UniqueConstraint(fields=('negative_item', 'key'), name=None),
        ),
        ops.AddConstraint(
            model_name='DutyRecord',
            constraint=UniqueConstraint(fields=('cycle', 'key'), name=None),
        ),
        ops.AlterModelOptions(
            name='Event',
            options={'table': 'events', 'app': 'models', 'unique_together': (('issue', 'seq'), ('negative_item', 'seq'), ('cycle', 'seq')), 'pk_attr': 'id', 'table_description': 'What integrators and subscriptions read: a stable type, numbered within the issue, item or cycle.'},
        ),
        ops.AlterField(
            model_name='Event',
            name='issue',
            field=fields.ForeignKeyField('models.Issue', source_field='issue_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Event',
            name='cycle',
            field=fields.ForeignKeyField('models.RectificationCycle', source_field='cycle_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Event',
            name='negative_item',
            field=fields.ForeignKeyField('models.NegativeItem', source_field='negative_item_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddConstraint(
            model_name='Event',
            constraint=UniqueConstraint(fields=('negative_item', 'seq'), name=None),
        ),
        ops.AddConstraint(
            model_name='Event',
            constraint=UniqueConstraint(fields=('cycle', 'seq'), name=None),
        ),
        ops.AlterField(
            model_name='Issue',
            name='source',
            field=fields.CharEnumField(description='RESIDENT: RESIDENT\nPATROL: PATROL\nHOTLINE_12345: HOTLINE_12345\nINSPECTION: INSPECTION\nINTEGRATION: INTEGRATION\nSURVEY: SURVEY', enum_type=ReportSource, max_length=16),
        ),
        ops.AlterField(
            model_name='ItemEntry',
            name='kind',
            field=fields.CharEnumField(description='COLLECTED: COLLECTED\nASSESSED: ASSESSED\nCALLED: CALLED\nDISPATCHED: DISPATCHED\nACCEPTED: ACCEPTED\nRETURNED: RETURNED\nADJUDICATED: ADJUDICATED\nREPORTED_IN: REPORTED_IN\nPLAN_PROPOSED: PLAN_PROPOSED\nPLAN_AGREED: PLAN_AGREED\nPLAN_DECIDED: PLAN_DECIDED\nPROGRESS: PROGRESS\nCOMPLETED: COMPLETED\nVERIFIED: VERIFIED\nREWORK: REWORK\nANSWERED: ANSWERED\nRATED: RATED\nFOLLOWED_UP: FOLLOWED_UP\nREOPENED: REOPENED\nREVIEWED: REVIEWED\nAPPEALED: APPEALED\nAPPEAL_DECIDED: APPEAL_DECIDED\nFILED: FILED\nCANCELLED: CANCELLED\nMERGED: MERGED\nJOINED: JOINED\nSPLIT: SPLIT\nREMINDED: REMINDED\nBREACHED: BREACHED\nESCALATED: ESCALATED\nEXTENSION_ASKED: EXTENSION_ASKED\nEXTENSION_REFUSED: EXTENSION_REFUSED\nEXTENDED: EXTENDED\nSUSPENDED: SUSPENDED\nRESUMED: RESUMED\nHANDOVER_OFFERED: HANDOVER_OFFERED\nHANDOVER_DECLINED: HANDOVER_DECLINED\nHANDED_OVER: HANDED_OVER\nREGRADED: REGRADED\nRULES_REPLACED: RULES_REPLACED\nISSUED: ISSUED\nSTARTED: STARTED\nCALL_RAISED: CALL_RAISED\nCALL_MOVED: CALL_MOVED\nCALL_ENDED: CALL_ENDED\nRECTIFIED: RECTIFIED\nPERCEIVED: PERCEIVED\nCLOSED: CLOSED\nBEGUN: BEGUN\nSTEPPED: STEPPED\nENDED: ENDED', enum_type=EntryKind, max_length=24),
        ),
        ops.AddField(
            model_name='Invitation',
            name='item_round',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='NegativeItem',
            name='suspended',
            field=fields.BooleanField(db_default=False),
        ),
        ops.AlterField(
            model_name='Notification',
            name='issue',
            field=fields.ForeignKeyField('models.Issue', source_field='issue_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Notification',
            name='cycle',
            field=fields.ForeignKeyField('models.RectificationCycle', source_field='cycle_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Notification',
            name='negative_item',
            field=fields.ForeignKeyField('models.NegativeItem', source_field='negative_item_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddConstraint(
            model_name='Notification',
            constraint=UniqueConstraint(fields=('negative_item', 'seq', 'post'), name=None),
        ),
        ops.AddConstraint(
            model_name='Notification',
            constraint=UniqueConstraint(fields=('cycle', 'seq', 'post'), name=None),
        ),
        ops.AlterModelOptions(
            name='Outbox',
            options={'table': 'outbox', 'app': 'models', 'indexes': [Index(fields=['not_before', 'id'])], 'pk_attr': 'id', 'table_description': 'A workflow still to be started, or to be told a fact; deleted once Temporal has it.'},
        ),
        ops.AlterField(
            model_name='Outbox',
            name='issue',
            field=fields.OneToOneField('models.Issue', source_field='issue_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Outbox',
            name='cycle',
            field=fields.ForeignKeyField('models.RectificationCycle', source_field='cycle_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Outbox',
            name='fact',
            field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AddField(
            model_name='Outbox',
            name='negative_item',
            field=fields.ForeignKeyField('models.NegativeItem', source_field='negative_item_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AlterField(
            model_name='Report',
            name='source',
            field=fields.CharEnumField(description='RESIDENT: RESIDENT\nPATROL: PATROL\nHOTLINE_12345: HOTLINE_12345\nINSPECTION: INSPECTION\nINTEGRATION: INTEGRATION\nSURVEY: SURVEY', enum_type=ReportSource, max_length=16),
        ),
        ops.AlterField(
            model_name='ReportMessage',
            name='kind',
            field=fields.CharEnumField(description='COLLECTED: COLLECTED\nASSESSED: ASSESSED\nCALLED: CALLED\nDISPATCHED: DISPATCHED\nACCEPTED: ACCEPTED\nRETURNED: RETURNED\nADJUDICATED: ADJUDICATED\nREPORTED_IN: REPORTED_IN\nPLAN_PROPOSED: PLAN_PROPOSED\nPLAN_AGREED: PLAN_AGREED\nPLAN_DECIDED: PLAN_DECIDED\nPROGRESS: PROGRESS\nCOMPLETED: COMPLETED\nVERIFIED: VERIFIED\nREWORK: REWORK\nANSWERED: ANSWERED\nRATED: RATED\nFOLLOWED_UP: FOLLOWED_UP\nREOPENED: REOPENED\nREVIEWED: REVIEWED\nAPPEALED: APPEALED\nAPPEAL_DECIDED: APPEAL_DECIDED\nFILED: FILED\nCANCELLED: CANCELLED\nMERGED: MERGED\nJOINED: JOINED\nSPLIT: SPLIT\nREMINDED: REMINDED\nBREACHED: BREACHED\nESCALATED: ESCALATED\nEXTENSION_ASKED: EXTENSION_ASKED\nEXTENSION_REFUSED: EXTENSION_REFUSED\nEXTENDED: EXTENDED\nSUSPENDED: SUSPENDED\nRESUMED: RESUMED\nHANDOVER_OFFERED: HANDOVER_OFFERED\nHANDOVER_DECLINED: HANDOVER_DECLINED\nHANDED_OVER: HANDED_OVER\nREGRADED: REGRADED\nRULES_REPLACED: RULES_REPLACED\nISSUED: ISSUED\nSTARTED: STARTED\nCALL_RAISED: CALL_RAISED\nCALL_MOVED: CALL_MOVED\nCALL_ENDED: CALL_ENDED\nRECTIFIED: RECTIFIED\nPERCEIVED: PERCEIVED\nCLOSED: CLOSED\nBEGUN: BEGUN\nSTEPPED: STEPPED\nENDED: ENDED', enum_type=EntryKind, max_length=20),
        ),
        ops.AlterField(
            model_name='TimelineEntry',
            name='kind',
            field=fields.CharEnumField(description='COLLECTED: COLLECTED\nASSESSED: ASSESSED\nCALLED: CALLED\nDISPATCHED: DISPATCHED\nACCEPTED: ACCEPTED\nRETURNED: RETURNED\nADJUDICATED: ADJUDICATED\nREPORTED_IN: REPORTED_IN\nPLAN_PROPOSED: PLAN_PROPOSED\nPLAN_AGREED: PLAN_AGREED\nPLAN_DECIDED: PLAN_DECIDED\nPROGRESS: PROGRESS\nCOMPLETED: COMPLETED\nVERIFIED: VERIFIED\nREWORK: REWORK\nANSWERED: ANSWERED\nRATED: RATED\nFOLLOWED_UP: FOLLOWED_UP\nREOPENED: REOPENED\nREVIEWED: REVIEWED\nAPPEALED: APPEALED\nAPPEAL_DECIDED: APPEAL_DECIDED\nFILED: FILED\nCANCELLED: CANCELLED\nMERGED: MERGED\nJOINED: JOINED\nSPLIT: SPLIT\nREMINDED: REMINDED\nBREACHED: BREACHED\nESCALATED: ESCALATED\nEXTENSION_ASKED: EXTENSION_ASKED\nEXTENSION_REFUSED: EXTENSION_REFUSED\nEXTENDED: EXTENDED\nSUSPENDED: SUSPENDED\nRESUMED: RESUMED\nHANDOVER_OFFERED: HANDOVER_OFFERED\nHANDOVER_DECLINED: HANDOVER_DECLINED\nHANDED_OVER: HANDED_OVER\nREGRADED: REGRADED\nRULES_REPLACED: RULES_REPLACED\nISSUED: ISSUED\nSTARTED: STARTED\nCALL_RAISED: CALL_RAISED\nCALL_MOVED: CALL_MOVED\nCALL_ENDED: CALL_ENDED\nRECTIFIED: RECTIFIED\nPERCEIVED: PERCEIVED\nCLOSED: CLOSED\nBEGUN: BEGUN\nSTEPPED: STEPPED\nENDED: ENDED', enum_type=EntryKind, max_length=20),
        ),
        ops.RunSQL(ONE_SUBJECT, reverse_sql=MANY_SUBJECTS),
        ops.RunSQL(
            [TELL_CYCLE, WHEN_MOVED],
            reverse_sql=["DROP TRIGGER survey_moved ON surveys", "DROP FUNCTION tell_cycle_of_survey()"],
        ),
    ]
