from tortoise.migrations import operations as ops
from models.migrations._adding import Adding

BANDS = "\n".join(
    f'CREATE INDEX evidence_looks_band{n} ON evidence_looks (band{n}, "window") INCLUDE (coarse, id);' for n in range(4)
)
"""Everything a look-up compares stands in the index: no row is read that is not near."""
WAITING = """
CREATE INDEX evidence_unstarted ON evidence (confirmed_at) WHERE status = 'CONFIRMED' AND started_at IS NULL;
CREATE INDEX evidence_pending ON evidence (announced_at) WHERE status = 'PENDING';
CREATE INDEX evidence_undone ON evidence_deletions (decided_at) WHERE done_at IS NULL;
"""
"""What relay and sweep look for."""
OBJECTS = """
CREATE INDEX evidence_originals ON evidence (original_key) WHERE original_key IS NOT NULL;
CREATE INDEX evidence_views ON evidence (view_key) WHERE view_key IS NOT NULL;
CREATE INDEX evidence_mediums ON evidence (medium_key) WHERE medium_key IS NOT NULL;
CREATE INDEX evidence_smalls ON evidence (small_key) WHERE small_key IS NOT NULL;
CREATE INDEX evidence_objects_in_order ON evidence_objects (key COLLATE "C");
"""
"""Which photos use an object, and objects in the order in which a store lists them."""
HELD = "CREATE UNIQUE INDEX evidence_held ON evidence_holds (issue_id) WHERE lifted_at IS NULL"
"""One hold at a time."""
SEEN = "ALTER TABLE evidence_looks SET (autovacuum_vacuum_insert_scale_factor = 0.02)"
"""Pages that index-only scans need not read."""


class Migration(Adding):
    """How copies of a picture, work left to do, and the photos of an object are found; one hold at a time."""

    dependencies = [('models', '0005_handed_in')]

    initial = False

    operations = [
        ops.RunSQL(BANDS, "DROP INDEX " + ", ".join(f"evidence_looks_band{n}" for n in range(4))),
        ops.RunSQL(WAITING, "DROP INDEX evidence_unstarted, evidence_pending, evidence_undone"),
        ops.RunSQL(
            OBJECTS,
            "DROP INDEX evidence_originals, evidence_views, evidence_mediums, evidence_smalls,"
            " evidence_objects_in_order",
        ),
        ops.RunSQL(HELD, "DROP INDEX evidence_held"),
        ops.RunSQL(SEEN, "ALTER TABLE evidence_looks RESET (autovacuum_vacuum_insert_scale_factor)"),
    ]
