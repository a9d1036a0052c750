"""Who has worked for whom is noted as work is submitted, by the rows themselves."""

import django.db.models.deletion
from django.db import migrations, models

# After the first time it is one look-up. The rest is for work that was submitted before this.
RULES = """
CREATE FUNCTION tasks_contributor_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tasks_contributor (requester_id, is_sandbox, worker_id)
    SELECT t.requester_id, t.is_sandbox, NEW.worker_id
      FROM tasks_hittype t
     WHERE t.id = (SELECT h.hit_type_id FROM tasks_hit h WHERE h.id = NEW.hit_id)
       AND NOT EXISTS (SELECT 1 FROM tasks_contributor c
                        WHERE c.requester_id = t.requester_id AND c.is_sandbox = t.is_sandbox
                          AND c.worker_id = NEW.worker_id)
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER tasks_contributor_noted AFTER UPDATE ON tasks_assignment
    FOR EACH ROW WHEN (OLD.status = 'Accepted' AND NEW.status = 'Submitted')
    EXECUTE FUNCTION tasks_contributor_note();

INSERT INTO tasks_contributor (requester_id, is_sandbox, worker_id)
SELECT DISTINCT t.requester_id, t.is_sandbox, a.worker_id
  FROM tasks_assignment a
  JOIN tasks_hit h ON h.id = a.hit_id
  JOIN tasks_hittype t ON t.id = h.hit_type_id
 WHERE a.submitted_at IS NOT NULL;
"""

UNDO = """
DROP TRIGGER tasks_contributor_noted ON tasks_assignment;
DROP FUNCTION tasks_contributor_note();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_scoped_keys'),
        ('tasks', '0011_files'),
        ('workers', '0006_unwanted_mail'),
    ]

    operations = [
        migrations.CreateModel(
            name='Contributor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_sandbox', models.BooleanField()),
                ('requester', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.requester')),
                ('worker', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='contributions', to='workers.worker')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('requester', 'is_sandbox', 'worker'), name='one_contributor_each')],
            },
        ),
        migrations.RunSQL(RULES, UNDO),
    ]
