"""A marketplace with some of everything in it, and staff to look at it."""

from datetime import timedelta
from types import SimpleNamespace

from django.conf import settings
from django.test import Client

from marketplace import clock, outbox
from marketplace.accounts.actions.create_api_token import create_api_token
from marketplace.models import Heartbeat, OutboxMessage
from payments.actions.issue_invoices import issue_invoice
from payments.actions.record_dispute import DisputeState, record_dispute
from payments.actions.request_payout import request_payout
from payments.actions.request_refund import request_refund
from payments.gateway.reconciling import run_reconciliation
from payments.jobs import send_payouts
from payments.models import Deposit, Payee, PlayCharge, TopUp
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.actions.report_hit import report_hit
from tasks.actions.send_bonus import send_bonus
from tasks.jobs import fold_tallies
from tests import world
from workers.actions.block_worker import block_worker
from workers.actions.request_qualification import request_qualification


def signed_in(user):
    """A browser of this person's own."""
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def a_place():
    """A lab, a worker, a batch with work in every state, money in, out, back and in dispute, a
    report, a message."""
    lab, worker, other = world.a_lab(), world.a_worker(), world.a_worker("tom")
    batch = world.a_batch(lab, rows=4, reward_cents=120, max_assignments=2)
    done = [world.submitted(worker, batch) for _ in range(3)]
    in_work = world.accepted(other, batch)
    now = clock.now()
    approve_assignments(by=lab.by, assignment_ids=[done[0].public_id], at=now)
    reject_assignments(
        by=lab.by, assignment_ids=[done[1].public_id], at=now, feedback="Empty answer."
    )
    send_bonus(
        by=lab.by, assignment_id=done[0].public_id, amount_cents=50, reason="Well done", at=now
    )
    request_payout(worker=worker.public_id, currency="USD", at=now)
    send_payouts()
    Payee.objects.create(
        holder=worker.public_id, gateway="play", reference="acct_1", country="DE",
        is_submitted=True, is_duplicate=True, bank_hint="6789", asked_for=["external_account"],
        disabled_reason="listed", problem="The bank sent it back.", created_at=now,
    )  # fmt: skip
    request_refund(by=lab.by, user=lab.user, amount_cents=100, currency="USD", at=now)
    disputed = DisputeState(
        reference="dp_1",
        deposit=f"deposit_{Deposit.objects.get().public_id}",
        amount_cents=100,
        reason="fraudulent",
        status="warning_closed",
        method="",
        bookings=(),
    )
    record_dispute(gateway="play", said=disputed, at=now)
    TopUp.objects.create(
        requester=lab.requester, threshold_cents=5, amount_cents=100, due_at=now, changed_at=now
    )
    issue_invoice(requester=lab.requester, month=now.date().replace(day=1), at=now)
    fold_tallies()
    report = report_hit(
        worker=other, hit_id=in_work.hit.public_id, reason="broken", text="No text.", at=now
    )
    create_api_token(user=worker.user, name="script", at=now)
    asked = world.a_qualification(lab, "Asked for")
    request_qualification(worker=other, type_id=asked.public_id, is_sandbox=False, at=now)
    block_worker(by=lab.by, worker=other, is_sandbox=False, reason="Slow.", at=now)
    outbox.send(kind="email", payload={"to": "a@b.test", "text": "secret"}, key="x:1", at=now)
    OutboxMessage.objects.filter(key="x:1").update(
        gave_up_at=now, attempts=12, last_error="No route."
    )
    Heartbeat.objects.create(name="jobs", beat_at=now)
    yesterday = now - timedelta(days=1)
    PlayCharge.objects.create(
        idempotency_key="by hand", amount_cents=700, currency="USD", settles_at=yesterday
    )
    run_reconciliation(at=now)
    return SimpleNamespace(
        lab=lab,
        worker=worker,
        batch=batch,
        approved=done[0],
        rejected=done[1],
        hit=done[0].hit,
        report=report,
        message=OutboxMessage.objects.get(key="x:1"),
        staff=world.a_user("staff@ours.test", is_staff=True),
        root=world.a_user("root@ours.test", is_staff=True, is_superuser=True),
    )
