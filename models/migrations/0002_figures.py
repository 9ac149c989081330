"""Figures of boards: rows that triggers on `issues` add, so that counting costs the same at any size.

A trigger only adds rows and every row bears the instant from which it counts. So writers hold no lock that
another writer or the sweep waits for, and it does not matter which of them commits first.
"""
from tortoise.migrations import operations as ops
from models.migrations._adding import Adding

CHANGES = """
INSERT INTO tallies (unit_id, due_at, open, overdue)
SELECT u.unit_id, f.due_at, sum(f.open * c.sign), sum(f.overdue * c.sign)
FROM ({source}) c
CROSS JOIN LATERAL (VALUES (c.district_id), (c.street_id), (c.community_id), (c.department_id)) u (unit_id)
CROSS JOIN LATERAL (VALUES ('-infinity'::timestamptz, 1, 0), (c.due_at, 0, 1)) f (due_at, open, overdue)
WHERE c.stage NOT IN ('FILED', 'CANCELLED') AND u.unit_id IS NOT NULL AND f.due_at IS NOT NULL
GROUP BY u.unit_id, f.due_at
HAVING sum(f.open * c.sign) <> 0 OR sum(f.overdue * c.sign) <> 0
"""
COLUMNS = "stage, due_at, district_id, street_id, community_id, department_id"
ADDED = f"SELECT 1 AS sign, {COLUMNS} FROM added"
GONE = f"SELECT -1 AS sign, {COLUMNS} FROM gone"


def changes(*sources: str) -> str:
    return CHANGES.format(source=" UNION ALL ".join(sources))


FUNCTION = f"""
CREATE FUNCTION tally_issues() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {changes(ADDED)};
    ELSIF TG_OP = 'DELETE' THEN
        {changes(GONE)};
    ELSIF TG_OP = 'UPDATE' THEN
        {changes(ADDED, GONE)};
    ELSE
        DELETE FROM tallies;
    END IF;
    RETURN NULL;
END $$
"""

TRIGGERS = [
    """CREATE TRIGGER tally_insert AFTER INSERT ON issues
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tally_issues()""",
    """CREATE TRIGGER tally_update AFTER UPDATE ON issues
    REFERENCING NEW TABLE AS added OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tally_issues()""",
    """CREATE TRIGGER tally_delete AFTER DELETE ON issues
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tally_issues()""",
    """CREATE TRIGGER tally_truncate AFTER TRUNCATE ON issues
    FOR EACH STATEMENT EXECUTE FUNCTION tally_issues()""",
]


class Migration(Adding):
    """What keeps the figures, and the one row that says how far the sweep has come."""

    dependencies = [('models', '0001_tables')]

    initial = False

    operations = [
        ops.RunSQL(
            sql=[
                "CREATE INDEX tallies_of_unit ON tallies (unit_id, due_at) INCLUDE (open, overdue)",
                "CREATE INDEX tallies_due ON tallies (due_at)",
                # Rows come and go all day: cleaned up often, so that the index alone answers.
                "ALTER TABLE tallies SET (autovacuum_vacuum_scale_factor = 0.05,"
                " autovacuum_vacuum_insert_scale_factor = 0.05)",
                "INSERT INTO tally_sweeps (id, swept_to) VALUES (1, '-infinity')",
                # For the correction where a reader's clock is behind the sweep's.
                "CREATE INDEX issues_open_due ON issues (due_at) WHERE stage NOT IN ('FILED', 'CANCELLED')",
                FUNCTION,
                *TRIGGERS,
            ],
            reverse_sql=[
                *(f"DROP TRIGGER tally_{word} ON issues" for word in ("insert", "update", "delete", "truncate")),
                "DROP FUNCTION tally_issues()",
                "DROP INDEX tallies_of_unit, tallies_due, issues_open_due",
                "ALTER TABLE tallies RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor)",
                "DELETE FROM tally_sweeps",
            ],
        ),
    ]
