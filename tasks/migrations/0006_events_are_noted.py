"""Events are noted where they become so: by the rows themselves, whatever code changed them.

Row triggers with WHEN, so that a change which is no event costs a comparison and no call. An
event is written only for an active subscription to its kind, or for a review policy to run.
"""

from django.db import migrations

RULES = """
CREATE FUNCTION tasks_event_note(happened text, its_type bigint, its_hit bigint,
                                 its_assignment bigint, moment timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tasks_event (audience, kind, hit_type_id, hit_id, assignment_id, at)
    SELECT 'subscription', happened, its_type, its_hit, its_assignment, moment
      FROM tasks_subscription s
     WHERE s.hit_type_id = its_type AND s.is_active AND happened = ANY (s.event_types);
    IF happened IN ('AssignmentSubmitted', 'HITReviewable') THEN
        INSERT INTO tasks_event (audience, kind, hit_type_id, hit_id, assignment_id, at)
        SELECT 'policy', happened, its_type, its_hit, its_assignment, moment
          FROM tasks_reviewpolicy p
         WHERE p.hit_id = its_hit
           AND p.level = CASE happened WHEN 'HITReviewable' THEN 'HIT' ELSE 'Assignment' END;
    END IF;
END $$;

CREATE FUNCTION tasks_event_of_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tasks_event_note(
        'Assignment' || NEW.status,
        (SELECT h.hit_type_id FROM tasks_hit h WHERE h.id = NEW.hit_id),
        NEW.hit_id, NEW.id,
        CASE NEW.status WHEN 'Accepted' THEN NEW.accepted_at WHEN 'Submitted' THEN NEW.submitted_at
                        WHEN 'Approved' THEN NEW.approved_at WHEN 'Rejected' THEN NEW.rejected_at
                        ELSE NEW.ended_at END);
    RETURN NULL;
END $$;
CREATE TRIGGER tasks_event_accepted AFTER INSERT ON tasks_assignment
    FOR EACH ROW EXECUTE FUNCTION tasks_event_of_assignment();
CREATE TRIGGER tasks_event_moved AFTER UPDATE ON tasks_assignment
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION tasks_event_of_assignment();

CREATE FUNCTION tasks_event_of_hit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tasks_event_note(
        TG_ARGV[0], NEW.hit_type_id, NEW.id, NULL,
        CASE TG_ARGV[0] WHEN 'HITCreated' THEN NEW.created_at
                        WHEN 'HITDisposed' THEN NEW.disposed_at
                        WHEN 'HITExpired' THEN NEW.expires_at ELSE now() END);
    RETURN NULL;
END $$;
CREATE TRIGGER tasks_event_created AFTER INSERT ON tasks_hit
    FOR EACH ROW EXECUTE FUNCTION tasks_event_of_hit('HITCreated');
CREATE TRIGGER tasks_event_disposed AFTER UPDATE ON tasks_hit
    FOR EACH ROW WHEN (OLD.disposed_at IS NULL AND NEW.disposed_at IS NOT NULL)
    EXECUTE FUNCTION tasks_event_of_hit('HITDisposed');
CREATE TRIGGER tasks_event_extended AFTER UPDATE ON tasks_hit
    FOR EACH ROW WHEN (NEW.max_assignments > OLD.max_assignments
                       OR NEW.expires_at > OLD.expires_at)
    EXECUTE FUNCTION tasks_event_of_hit('HITExtended');
-- Places that nobody took closed with the time: returned work closes its place later, alone.
CREATE TRIGGER tasks_event_expired AFTER UPDATE ON tasks_hit
    FOR EACH ROW WHEN (
        OLD.open_slots > 0 AND NEW.open_slots = 0 AND NEW.disposed_at IS NULL
        AND OLD.open_slots + OLD.accepted_count + OLD.submitted_count + OLD.approved_count
            + OLD.rejected_count
          > NEW.open_slots + NEW.accepted_count + NEW.submitted_count + NEW.approved_count
            + NEW.rejected_count)
    EXECUTE FUNCTION tasks_event_of_hit('HITExpired');
CREATE TRIGGER tasks_event_reviewable AFTER UPDATE ON tasks_hit
    FOR EACH ROW WHEN (NEW.status = 'Reviewable'
                       AND OLD.status NOT IN ('Reviewable', 'Reviewing'))
    EXECUTE FUNCTION tasks_event_of_hit('HITReviewable');
"""

UNDO = """
DROP TRIGGER tasks_event_reviewable ON tasks_hit;
DROP TRIGGER tasks_event_expired ON tasks_hit;
DROP TRIGGER tasks_event_extended ON tasks_hit;
DROP TRIGGER tasks_event_disposed ON tasks_hit;
DROP TRIGGER tasks_event_created ON tasks_hit;
DROP TRIGGER tasks_event_moved ON tasks_assignment;
DROP TRIGGER tasks_event_accepted ON tasks_assignment;
DROP FUNCTION tasks_event_of_hit();
DROP FUNCTION tasks_event_of_assignment();
DROP FUNCTION tasks_event_note(text, bigint, bigint, bigint, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0005_question_kinds_events_and_policies")]

    operations = [migrations.RunSQL(RULES, UNDO)]
