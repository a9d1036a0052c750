"""Counts are kept by appending: each statement that changes HITs leaves one small row a group.

A running count on the group's row would be a row that every accept waits for. Statement-level
triggers with transition tables cost one row for a chunk of a thousand HITs as for one.
"""

from django.db import migrations

_COLUMNS = """
           hit_type_id, batch_id, {sign} 1 AS hits,
           {sign} (open_slots > 0)::int AS hits_available,
           {sign} open_slots AS open_slots, {sign} accepted_count AS accepted_count,
           {sign} submitted_count AS submitted_count, {sign} approved_count AS approved_count,
           {sign} rejected_count AS rejected_count
"""

_SUMS = """
    INSERT INTO tasks_tally (hit_type_id, batch_id, hits, hits_available, open_slots,
                             accepted_count, submitted_count, approved_count, rejected_count)
    SELECT hit_type_id, batch_id, SUM(hits), SUM(hits_available), SUM(open_slots),
           SUM(accepted_count), SUM(submitted_count), SUM(approved_count), SUM(rejected_count)
      FROM ({rows}) AS changed
     GROUP BY hit_type_id, batch_id
    HAVING SUM(hits) <> 0 OR SUM(hits_available) <> 0 OR SUM(open_slots) <> 0
        OR SUM(accepted_count) <> 0 OR SUM(submitted_count) <> 0
        OR SUM(approved_count) <> 0 OR SUM(rejected_count) <> 0;
"""

_ADDED = "SELECT " + _COLUMNS.format(sign="+") + " FROM new_hits"  # noqa: S608
_TAKEN = "SELECT " + _COLUMNS.format(sign="-") + " FROM old_hits"  # noqa: S608

RULES = f"""
CREATE FUNCTION tasks_tally_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {_SUMS.format(rows=_ADDED)} RETURN NULL; END $$;

CREATE FUNCTION tasks_tally_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {_SUMS.format(rows=_ADDED + " UNION ALL " + _TAKEN)} RETURN NULL; END $$;

CREATE TRIGGER tasks_tally_added AFTER INSERT ON tasks_hit
    REFERENCING NEW TABLE AS new_hits
    FOR EACH STATEMENT EXECUTE FUNCTION tasks_tally_added();
CREATE TRIGGER tasks_tally_changed AFTER UPDATE ON tasks_hit
    REFERENCING NEW TABLE AS new_hits OLD TABLE AS old_hits
    FOR EACH STATEMENT EXECUTE FUNCTION tasks_tally_changed();
"""

UNDO = """
DROP TRIGGER tasks_tally_changed ON tasks_hit;
DROP TRIGGER tasks_tally_added ON tasks_hit;
DROP FUNCTION tasks_tally_changed();
DROP FUNCTION tasks_tally_added();
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0001_initial")]

    operations = [migrations.RunSQL(RULES, UNDO)]
