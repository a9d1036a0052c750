"""The same work on the same tables as functions of the database: what SQL alone can do.

They write what the actions write: counters, states, transfers (whose trigger moves the
balances), the workers' records, the trail of a decision. They check what decides: open group,
the worker's queue, one assignment per worker and HIT, deadlines, states, ownership.
"""

FUNCTIONS = """
CREATE SCHEMA by_hand;

CREATE FUNCTION by_hand.accept_next(the_worker bigint, the_group text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    g record; start int; picked bigint; made text; moment timestamptz := clock_timestamp();
BEGIN
    PERFORM pg_advisory_xact_lock((7::bigint << 48) + the_worker);
    SELECT t.id, t.assignment_seconds,
           t.taken_down_at IS NULL AND r.suspended_at IS NULL AS is_open INTO g
      FROM tasks_hittype t JOIN accounts_requester r ON r.id = t.requester_id
     WHERE t.public_id = the_group;
    IF NOT FOUND OR NOT g.is_open THEN RETURN NULL; END IF;
    IF (SELECT count(*) FROM tasks_assignment a WHERE a.worker_id = the_worker
           AND a.status = 'Accepted' AND a.deadline_at > moment) >= 25 THEN RETURN NULL; END IF;
    start := floor(random() * 2147483646)::int;
    FOR attempt IN 1..2 LOOP
        SELECT h.id INTO picked FROM tasks_hit h
         WHERE h.hit_type_id = g.id AND h.shuffle >= start AND h.open_slots > 0
           AND h.expires_at > moment
           AND NOT EXISTS (SELECT 1 FROM tasks_assignment a
                            WHERE a.hit_id = h.id AND a.worker_id = the_worker)
         ORDER BY h.shuffle LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
        EXIT WHEN FOUND;
        start := 0;
    END LOOP;
    IF picked IS NULL THEN RETURN NULL; END IF;
    UPDATE tasks_hit SET open_slots = open_slots - 1, accepted_count = accepted_count + 1
     WHERE id = picked;
    made := '3' || upper(substr(md5(random()::text || picked || the_worker), 1, 29));
    INSERT INTO tasks_assignment
           (public_id, hit_id, worker_id, status, accepted_at, deadline_at, feedback, decided_by)
    VALUES (made, picked, the_worker, 'Accepted', moment,
            moment + make_interval(secs => g.assignment_seconds), '', '');
    RETURN made;
END $$;

CREATE FUNCTION by_hand.submit(the_assignment text, the_worker bigint, the_answer jsonb)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE moment timestamptz := clock_timestamp(); of_hit bigint;
BEGIN
    UPDATE tasks_assignment a
       SET status = 'Submitted', submitted_at = moment, answer = the_answer,
           auto_approve_at = moment + make_interval(secs => t.auto_approve_seconds)
      FROM tasks_hit h JOIN tasks_hittype t ON t.id = h.hit_type_id
     WHERE a.public_id = the_assignment AND a.worker_id = the_worker AND a.status = 'Accepted'
       AND a.deadline_at >= moment - interval '30 seconds' AND h.id = a.hit_id
    RETURNING a.hit_id INTO of_hit;
    IF NOT FOUND THEN RETURN false; END IF;
    UPDATE tasks_hit SET accepted_count = accepted_count - 1,
           submitted_count = submitted_count + 1 WHERE id = of_hit;
    RETURN true;
END $$;

CREATE FUNCTION by_hand.approve(the_requester bigint, the_assignments text[]) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE moment timestamptz := clock_timestamp(); mine bigint[]; hits bigint[]; done int;
BEGIN
    SELECT array_agg(id) INTO mine FROM (
        SELECT a.id FROM tasks_assignment a
          JOIN tasks_hit h ON h.id = a.hit_id JOIN tasks_hittype t ON t.id = h.hit_type_id
         WHERE a.public_id = ANY(the_assignments) AND t.requester_id = the_requester
           AND a.status = 'Submitted' ORDER BY a.id FOR NO KEY UPDATE OF a) locked;
    IF mine IS NULL THEN RETURN 0; END IF;
    SELECT array_agg(id) INTO hits FROM (
        SELECT h.id FROM tasks_hit h
         WHERE h.id IN (SELECT hit_id FROM tasks_assignment WHERE id = ANY(mine))
         ORDER BY h.id FOR NO KEY UPDATE) locked;
    UPDATE tasks_assignment SET status = 'Approved', approved_at = moment, decided_by = 'by hand'
     WHERE id = ANY(mine);
    GET DIAGNOSTICS done = ROW_COUNT;
    UPDATE tasks_hit h
       SET submitted_count = submitted_count - c.n, approved_count = approved_count + c.n
      FROM (SELECT hit_id, count(*) AS n FROM tasks_assignment WHERE id = ANY(mine)
             GROUP BY hit_id) c
     WHERE h.id = c.hit_id;
    UPDATE workers_worker w SET approved_count = approved_count + c.n
      FROM (SELECT worker_id, count(*) AS n FROM tasks_assignment WHERE id = ANY(mine)
             GROUP BY worker_id) c
     WHERE w.id = c.worker_id;
    INSERT INTO payments_account (kind, holder, currency, balance_cents)
    SELECT DISTINCT 'worker', w.public_id, 'USD', 0
      FROM tasks_assignment a JOIN workers_worker w ON w.id = a.worker_id
     WHERE a.id = ANY(mine) ON CONFLICT DO NOTHING;
    PERFORM p.id FROM payments_account p
      WHERE p.id IN (SELECT h.escrow_id FROM tasks_hit h WHERE h.id = ANY(hits)
                     UNION
                     SELECT q.id FROM tasks_assignment a
                       JOIN workers_worker w ON w.id = a.worker_id
                       JOIN payments_account q ON q.kind = 'worker'
                        AND q.holder = w.public_id AND q.currency = 'USD'
                      WHERE a.id = ANY(mine))
      ORDER BY p.id FOR NO KEY UPDATE;
    INSERT INTO payments_transfer
           (key, debit_id, credit_id, amount_cents, currency, reason, reference, note, at)
    SELECT 'reward:' || a.public_id, h.escrow_id, p.id, h.reward_cents, 'USD', 'reward',
           a.public_id, '', moment
      FROM tasks_assignment a JOIN tasks_hit h ON h.id = a.hit_id
      JOIN workers_worker w ON w.id = a.worker_id
      JOIN payments_account p ON p.kind = 'worker' AND p.holder = w.public_id
       AND p.currency = 'USD'
     WHERE a.id = ANY(mine);
    INSERT INTO audit_auditentry (at, action, actor, subject_kind, subject_id, reason, data)
    VALUES (moment, 'approve_assignments', 'by hand', 'requester', the_requester::text, '',
            jsonb_build_object('assignments', the_assignments));
    RETURN done;
END $$;
"""
