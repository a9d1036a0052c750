"""The ledger's rules, held by the database and not by Python.

- A transfer's currency is both accounts' currency: composite foreign keys.
- Balances follow the transfers, once per statement, whatever wrote them.
- Nobody else writes a balance. Transfers are never updated, deleted or truncated.
"""

from django.db import migrations

RULES = """
ALTER TABLE payments_transfer
    ADD CONSTRAINT transfer_debit_account_currency
        FOREIGN KEY (debit_id, currency) REFERENCES payments_account (id, currency),
    ADD CONSTRAINT transfer_credit_account_currency
        FOREIGN KEY (credit_id, currency) REFERENCES payments_account (id, currency);

CREATE FUNCTION payments_apply_transfers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE payments_account AS a
       SET balance_cents = a.balance_cents + moved.cents
      FROM (SELECT account_id, SUM(cents) AS cents
              FROM (SELECT debit_id AS account_id, -amount_cents AS cents FROM new_transfers
                    UNION ALL
                    SELECT credit_id, amount_cents FROM new_transfers) AS sides
             GROUP BY account_id) AS moved
     WHERE a.id = moved.account_id AND a.balance_cents IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_apply_transfers AFTER INSERT ON payments_transfer
    REFERENCING NEW TABLE AS new_transfers
    FOR EACH STATEMENT EXECUTE FUNCTION payments_apply_transfers();

CREATE FUNCTION payments_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the ledger is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER payments_transfer_append_only BEFORE UPDATE OR DELETE ON payments_transfer
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_rewriting();
CREATE TRIGGER payments_transfer_no_truncate BEFORE TRUNCATE ON payments_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_rewriting();

CREATE FUNCTION payments_guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF COALESCE(NEW.balance_cents, 0) <> 0 THEN
            RAISE EXCEPTION 'an account opens with nothing in it'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    ELSIF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'accounts change by transfers only'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_account_opens_empty BEFORE INSERT ON payments_account
    FOR EACH ROW EXECUTE FUNCTION payments_guard_account();
CREATE TRIGGER payments_account_by_transfers BEFORE UPDATE ON payments_account
    FOR EACH ROW EXECUTE FUNCTION payments_guard_account();
CREATE TRIGGER payments_account_stays BEFORE DELETE ON payments_account
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_rewriting();
CREATE TRIGGER payments_account_no_truncate BEFORE TRUNCATE ON payments_account
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_rewriting();
"""

UNDO = """
DROP TRIGGER payments_account_no_truncate ON payments_account;
DROP TRIGGER payments_account_stays ON payments_account;
DROP TRIGGER payments_account_by_transfers ON payments_account;
DROP TRIGGER payments_account_opens_empty ON payments_account;
DROP FUNCTION payments_guard_account();
DROP TRIGGER payments_transfer_no_truncate ON payments_transfer;
DROP TRIGGER payments_transfer_append_only ON payments_transfer;
DROP FUNCTION payments_refuse_rewriting();
DROP TRIGGER payments_apply_transfers ON payments_transfer;
DROP FUNCTION payments_apply_transfers();
ALTER TABLE payments_transfer
    DROP CONSTRAINT transfer_debit_account_currency,
    DROP CONSTRAINT transfer_credit_account_currency;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [migrations.RunSQL(RULES, UNDO)]
