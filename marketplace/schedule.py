"""How often each job has its turn, in seconds. Every one finds its work by query and is harmless
to run twice, so a turn that is lost or doubled changes nothing."""

SECONDS: dict[str, float] = {
    "marketplace.deliver_outbox": 5,
    "marketplace.heartbeat": 10,
    "marketplace.forget_requests": 3600,
    "tasks.publish_batches": 5,
    "tasks.run_reviews": 5,
    "tasks.run_policies": 5,
    "tasks.read_imports": 5,
    "tasks.send_notifications": 5,
    "tasks.fold_tallies": 5,
    "tasks.expire_hits": 30,
    "tasks.abandon_assignments": 30,
    "tasks.auto_approve": 30,
    "tasks.release_rejected": 60,
    "tasks.measure_groups": 60,
    "tasks.dispose_hits": 3600,
    "tasks.forget_notifications": 3600,
    "payments.send_payouts": 10,
    "payments.settle_deposits": 10,
    "payments.schedule_payouts": 60,
    "payments.process_gateway_events": 10,
    "payments.make_payee_links": 5,
    "payments.check_payees": 60,
    "payments.poll_gateway_events": 3600,
    "tasks.audit_money": 3600,
}
