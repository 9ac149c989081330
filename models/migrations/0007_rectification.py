from tortoise.migrations import operations as ops
from models.migrations._adding import Adding

OF_A_SUBJECT = ("duties", "events", "notifications", "outbox")
ONE_SUBJECT = "\n".join(
    f"ALTER TABLE {table} ADD CONSTRAINT {table}_one_subject "
    "CHECK (num_nonnulls(issue_id, negative_item_id, cycle_id) = 1);"
    for table in OF_A_SUBJECT
)
"""Each belongs to an issue, a negative item or a satisfaction cycle, and to one of them only."""
MANY_SUBJECTS = "\n".join(f"ALTER TABLE {table} DROP CONSTRAINT {table}_one_subject;" for table in OF_A_SUBJECT)

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


class Migration(Adding):
    """What issues, negative items and satisfaction cycles share belongs to one; a moved round tells its cycle."""

    dependencies = [('models', '0006_photos')]

    initial = False

    operations = [
        ops.RunSQL(ONE_SUBJECT, reverse_sql=MANY_SUBJECTS),
        ops.RunSQL(
            [TELL_CYCLE, WHEN_MOVED],
            reverse_sql=["DROP TRIGGER survey_moved ON surveys", "DROP FUNCTION tell_cycle_of_survey()"],
        ),
    ]
