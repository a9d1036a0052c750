"""Acts of moderation: each with a reason, through the rules, into the trail."""

import pytest
from django.urls import reverse

from marketplace.audit.models import AuditEntry
from marketplace.jobs import deliver_outbox
from marketplace.models import OutboxMessage
from payments.models import Transfer
from tasks.errors import NoMoreWork
from tests import world
from tests.admin.cast import signed_in


def act(model, obj, name):
    return reverse(f"admin:{model}_act", args=[obj.pk, name])


def the_entry(action):
    return AuditEntry.objects.get(action=action)


def test_a_suspension_has_its_reason_and_lands_in_the_trail(place, staff):
    user = place.worker.user
    page = reverse("admin:accounts_user_change", args=[user.pk])
    assert "Suspend" in staff.get(page).content.decode()

    answer = staff.post(act("accounts_user", user, "suspend"), {"reason": "Two accounts."})
    assert answer.status_code == 302
    assert answer["Location"] == page
    user.refresh_from_db()
    assert user.suspended_reason == "Two accounts."
    entry = the_entry("suspend_user")
    assert (entry.actor, entry.subject_id) == (f"user:{place.staff.pk}", str(user.pk))
    assert entry.reason == "Two accounts."

    staff.post(act("accounts_user", user, "reinstate"), {"reason": "A mistake."})
    user.refresh_from_db()
    assert user.suspended_at is None
    assert the_entry("reinstate_user").reason == "A mistake."


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_happens(place, staff, reason):
    answer = staff.post(act("accounts_user", place.worker.user, "suspend"), {"reason": reason})
    assert answer.status_code == 400
    place.worker.user.refresh_from_db()
    assert place.worker.user.suspended_at is None
    assert not AuditEntry.objects.filter(action="suspend_user").exists()


def test_what_a_rule_refuses_is_said_on_the_page(place, staff):
    answer = staff.post(act("accounts_user", place.staff, "suspend"), {"reason": "Why not."})
    assert answer.status_code == 400
    # The page escapes the apostrophe of "can't".
    assert "suspend yourself" in answer.content.decode()


def test_staff_cannot_suspend_a_superuser(place, staff):
    answer = staff.post(act("accounts_user", place.root, "suspend"), {"reason": "Coup."})
    assert "Only a superuser" in answer.content.decode()
    place.root.refresh_from_db()
    assert place.root.suspended_at is None


def test_a_requester_is_suspended_and_reinstated(place, staff):
    lab = place.lab.requester
    staff.post(act("accounts_requester", lab, "suspend"), {"reason": "Phishing."})
    lab.refresh_from_db()
    assert lab.suspended_reason == "Phishing."
    staff.post(act("accounts_requester", lab, "reinstate"), {"reason": "Cleared."})
    lab.refresh_from_db()
    assert lab.suspended_at is None
    assert the_entry("suspend_requester").reason == "Phishing."


def test_a_group_taken_down_gives_out_no_work_until_it_is_restored(place, staff):
    group, newcomer = place.batch.hit_type, world.a_worker("nora")
    staff.post(act("tasks_hittype", group, "take-down"), {"reason": "Asks for passwords."})
    with pytest.raises(NoMoreWork):
        world.accepted(newcomer, place.batch)
    assert the_entry("take_down_group").reason == "Asks for passwords."

    staff.post(act("tasks_hittype", group, "restore"), {"reason": "They fixed it."})
    world.accepted(newcomer, place.batch)


def test_a_report_is_resolved_once(place, staff):
    url = act("tasks_hitreport", place.report, "resolve")
    staff.post(url, {"reason": "Layout repaired."})
    place.report.refresh_from_db()
    assert place.report.resolved_at is not None
    again = staff.post(url, {"reason": "Again."})
    assert again.status_code == 302
    assert AuditEntry.objects.filter(action="resolve_report").count() == 1


def test_a_message_given_up_is_sent_after_all_when_it_is_tried_again(place, staff, mailoutbox):
    OutboxMessage.objects.exclude(pk=place.message.pk).delete()  # of the work it stands beside
    OutboxMessage.objects.update(payload={"to": "a@b.test", "subject": "Hello", "text": "x"})
    staff.post(act("marketplace_outboxmessage", place.message, "retry"), {"reason": "Mail is up."})
    deliver_outbox()
    place.message.refresh_from_db()
    assert place.message.sent_at is not None
    assert [mail.subject for mail in mailoutbox] == ["Hello"]
    assert the_entry("retry_message").reason == "Mail is up."


def test_an_act_that_is_not_there_is_not_found(place, staff):
    for name in ("delete", "pay", "suspend"):
        answer = staff.post(act("payments_payout", Transfer.objects.first(), name), {"reason": "x"})
        assert answer.status_code == 404


def test_the_admin_is_shut_to_everybody_else(place, client):
    page = reverse("admin:accounts_user_change", args=[place.worker.user.pk])
    for browser in (client, signed_in(place.worker.user), signed_in(place.lab.user)):
        assert browser.get(page).status_code in (302, 403, 404)
        answer = browser.post(act("accounts_user", place.worker.user, "suspend"), {"reason": "x"})
        assert answer.status_code in (302, 403, 404)
    place.worker.user.refresh_from_db()
    assert place.worker.user.suspended_at is None


def test_suspended_staff_are_shut_out(place, staff):
    place.staff.suspended_at = place.report.reported_at
    place.staff.save()
    assert staff.get(reverse("admin:index")).status_code == 403
