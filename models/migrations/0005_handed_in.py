from tortoise.migrations import operations as ops
from models.migrations._adding import Adding

ONCE = "CREATE UNIQUE INDEX score_sheets_once ON score_sheets (district_id, year, number) WHERE withdrawn_at IS NULL"

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


class Migration(Adding):
    """A score sheet's number is entered once, and a response that was handed in stays as it is."""

    dependencies = [('models', '0004_to_be_told')]

    initial = False

    operations = [
        ops.RunSQL(ONCE, "DROP INDEX score_sheets_once"),
        ops.RunSQL(STAYS, "DROP TRIGGER response_stays ON responses; DROP FUNCTION response_stays();"),
    ]
