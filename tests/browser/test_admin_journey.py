"""A moderator's way: sign in, see what waits, take a group down, suspend a person, follow money."""

import re
from datetime import timedelta

import pytest
from django.db import transaction

from marketplace import clock
from marketplace.accounts.models import User
from marketplace.audit.models import AuditEntry
from payments.actions.request_payout import request_payout
from payments.models import Transfer
from tasks.actions.decide import approve_assignments
from tasks.actions.report_hit import report_hit
from tasks.actions.send_bonus import send_bonus
from tasks.models import HITReport, HITType
from tests import world
from tests.browser.visiting import nothing_sticks_out, picture


@pytest.fixture(scope="module")
def marketplace(live_app):
    """A lab with a reported group, paid work, two workers, and staff with a password."""
    with live_app.orm():
        lab, now = world.a_lab(), clock.now()
        batch = world.a_batch(lab, rows=3, title="Type the number on your card")
        paid = world.submitted(world.a_worker("wanda"), batch)
        approve_assignments(by=lab.by, assignment_ids=[paid.public_id], at=now)
        report_hit(
            worker=world.a_worker("phil"),
            hit_id=paid.hit.public_id,
            reason="private_data",
            text="It wants the number of my bank card.",
            at=now,
        )
        with transaction.atomic():  # held until tomorrow, so that the live jobs leave it alone
            send_bonus(
                by=lab.by, assignment_id=paid.public_id, amount_cents=500, reason="Well", at=now
            )
            payout = request_payout(worker=paid.worker.public_id, currency="USD", at=now)
            payout.due_at = now + timedelta(days=1)
            payout.save()
        # Passwords are hashed fast in this process, and the live one wouldn't take such a hash.
        staff = world.a_user("staff@ours.test", is_staff=True, name="Sam Staff")
        return {"staff": staff.email, "assignment": paid.public_id, "hit": paid.hit.public_id}


def sign_in(page, live_app, email):
    """Through the very page that everybody signs in on."""
    live_app.manage(
        "shell",
        "--verbosity=0",
        "-c",
        "from marketplace.accounts.models import User; "
        f"u = User.objects.get(email='{email}'); u.set_password('{world.PASSWORD}'); u.save()",
    )
    page.goto("/admin/")
    page.wait_for_url("**/accounts/login/**")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(world.PASSWORD)
    page.get_by_label("Password", exact=True).press("Enter")
    page.wait_for_url("**/admin/")


def give_reason(page, act, reason):
    """Open the act's page from the object's page, fill in why, and do it."""
    page.get_by_role("link", name=f"{act} …").click()
    page.get_by_role("button", name=act).click()
    page.get_by_text("This field is required.").wait_for()
    page.get_by_label("Reason").fill(reason)
    picture(page, "admin-" + act.lower().replace(" ", "-"))
    nothing_sticks_out(page)
    page.get_by_role("button", name=act).click()
    page.get_by_text("Done, and written into the audit trail.").wait_for()


@pytest.mark.parametrize("width", [1280, 390])
def test_staff_moderate(live_app, marketplace, new_page, width):
    page = new_page(width=width)
    page.expected_errors = re.compile("status of 400")  # an act without its reason
    sign_in(page, live_app, marketplace["staff"])
    picture(page, "admin-index")
    nothing_sticks_out(page)

    with live_app.orm():
        HITReport.objects.update(resolved_at=None)
    page.reload()
    page.get_by_role("link", name="1 open reports").click()
    picture(page, "admin-reports")
    page.get_by_role("link", name="#").click()
    page.get_by_text("It wants the number of my bank card.").first.wait_for()
    picture(page, "admin-report")
    nothing_sticks_out(page)
    page.get_by_role("link", name="Type the number on your card").first.click()
    picture(page, "admin-group")
    nothing_sticks_out(page)
    give_reason(page, "Take down", f"Asks for card numbers ({width}).")
    page.get_by_text(f"Asks for card numbers ({width}).").first.wait_for()
    with live_app.orm():
        assert HITType.objects.get().taken_down_at is not None
    give_reason(page, "Restore", "Only for the next reader.")

    page.goto(f"/admin/tasks/hitreport/?state=open&q={marketplace['hit']}")
    page.get_by_role("link", name="#").click()
    give_reason(page, "Resolve", f"Taken down ({width}).")

    page.goto("/admin/accounts/user/?q=phil")
    page.get_by_role("link", name="phil@workers.test").click()
    picture(page, "admin-person")
    nothing_sticks_out(page)
    give_reason(page, "Suspend", f"Shares an account ({width}).")
    picture(page, "admin-person-suspended")
    with live_app.orm():
        user = User.objects.get(email="phil@workers.test")
        assert user.suspended_reason == f"Shares an account ({width})."
    give_reason(page, "Reinstate", "Cleared up.")

    page.goto(f"/admin/payments/transfer/?q=reward:{marketplace['assignment']}")
    picture(page, "admin-transfers")
    page.get_by_role("link", name=f"reward:{marketplace['assignment']}").click()
    page.get_by_text("To (credit)").wait_for()
    picture(page, "admin-transfer")
    nothing_sticks_out(page)
    page.get_by_role("link", name=marketplace["assignment"]).first.click()
    page.get_by_role("heading", name="Answer").wait_for()
    picture(page, "admin-assignment")
    nothing_sticks_out(page)

    page.goto("/admin/")
    page.get_by_role("link", name="Where the money is").click()
    page.get_by_text("Sum in USD (must be zero)").wait_for()
    picture(page, "admin-money")
    nothing_sticks_out(page)
    page.get_by_role("link", name="Asked for by workers").click()
    page.get_by_text("0 of 1").first.wait_for()
    give_reason(page, "Pause", f"Looks odd ({width}).")
    picture(page, "admin-payouts-paused")
    nothing_sticks_out(page)
    give_reason(page, "Resume", "It was right.")
    page.goto("/admin/")
    page.get_by_role("link", name="Yearly totals").click()
    picture(page, "admin-yearly")
    nothing_sticks_out(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Workers (CSV)").click()
    assert "5.00" in download.value.path().read_text()

    page.goto(f"/admin/tasks/hit/{marketplace['hit']}/change/")
    page.get_by_text("Held in escrow now").wait_for()
    picture(page, "admin-hit")
    nothing_sticks_out(page)
    page.goto("/admin/audit/auditentry/?action=suspend_user")
    page.get_by_text(f"Shares an account ({width}).").wait_for()
    picture(page, "admin-trail")
    with live_app.orm():
        staff = User.objects.get(email=marketplace["staff"])
        mine = AuditEntry.objects.filter(actor=f"user:{staff.pk}")
        assert {"take_down_group", "restore_group", "resolve_report", "suspend_user"} <= set(
            mine.values_list("action", flat=True)
        )
        assert all(mine.exclude(action__startswith="download").values_list("reason", flat=True))
        assert Transfer.objects.filter(key=f"reward:{marketplace['assignment']}").exists()
