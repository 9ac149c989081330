from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

STAYS = """
CREATE FUNCTION response_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'response % was handed in: what was said is never altered', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER response_stays BEFORE UPDATE ON responses FOR EACH ROW
    WHEN (OLD.status = 'SUBMITTED' AND (NEW.answers::text, NEW.status, NEW.digest, NEW.invitation_id,
        NEW.started_at, NEW.submitted_at, NEW.seconds) IS DISTINCT FROM (OLD.answers::text, OLD.status, OLD.digest,
        OLD.invitation_id, OLD.started_at, OLD.submitted_at, OLD.seconds))
    EXECUTE FUNCTION response_stays();
"""
"""Only whether it counts may change once it was handed in."""
GONE = "DROP TRIGGER response_stays ON responses; DROP FUNCTION response_stays();"


class Migration(migrations.Migration):
    """What was handed in stays; sheets of one device are found by an index."""

    dependencies = [('models', '0009_evidence')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Response',
            index=Index(fields=['survey_id', 'device_digest']),
        ),
        ops.RunSQL(STAYS, GONE),
    ]
