"""Staff suspend and reinstate, with a reason; the suspended read it and can do nothing else."""

import pytest
from django.urls import reverse

from marketplace import clock
from marketplace.accounts.actions.reinstate_requester import reinstate_requester
from marketplace.accounts.actions.reinstate_user import reinstate_user
from marketplace.accounts.actions.suspend_requester import suspend_requester
from marketplace.accounts.actions.suspend_user import suspend_user
from marketplace.accounts.standing import require_good_standing
from marketplace.audit.models import AuditEntry
from marketplace.errors import InvalidInput, NotAllowed, WrongState
from tasks.actions.decide import approve_assignments
from tests import world

REASON = "Answers of 14 November were copied."


def suspend(staff, user):
    return suspend_user(staff=staff, user=user, reason=REASON, at=clock.now())


def test_a_suspended_person_reads_the_reason_on_every_page(staff, ada, browse):
    suspend(staff, ada)
    client = browse(ada)
    for url in ("/", reverse("accounts:settings"), reverse("accounts:team")):
        page = client.get(url)
        assert page.status_code == 403
        assert REASON in page.content.decode()
        assert "How to appeal" in page.content.decode()


def test_a_suspended_worker_reads_how_much_money_is_theirs(staff, browse):
    worker = world.a_worker("wanda")
    lab = world.a_lab()
    done = world.submitted(worker, world.a_batch(lab, reward_cents=75))
    approve_assignments(by=lab.by, assignment_ids=[done.public_id], at=clock.now())
    suspend(staff, worker.user)
    page = browse(worker.user).get("/").content.decode()
    assert "That is $0.75 of earnings, and $0.00 that was asked for" in page


def test_a_suspended_person_can_do_nothing(staff, ada, browse):
    suspend(staff, ada)
    response = browse(ada).post(reverse("accounts:create_requester"), {"name": "Sound Lab"})
    assert response.status_code == 403
    assert not ada.memberships.exists()


def test_a_suspended_person_can_read_the_terms_and_leave(staff, ada, browse):
    suspend(staff, ada)
    client = browse(ada)
    assert client.get(reverse("terms")).status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302


def test_the_api_is_told_too(staff, ada):
    require_good_standing(ada)
    with pytest.raises(NotAllowed, match="copied"):
        require_good_standing(suspend(staff, ada))


def test_reinstated_is_as_before_and_the_trail_keeps_both_reasons(staff, ada, browse):
    suspend(staff, ada)
    reinstate_user(staff=staff, user=ada, reason="Two people, one flat.", at=clock.now())
    assert browse(ada).get(reverse("accounts:settings")).status_code == 200
    entries = AuditEntry.objects.filter(subject_kind="user", subject_id=str(ada.pk))
    told = list(entries.order_by("pk").values_list("action", "actor", "reason"))
    who = f"user:{staff.pk}"
    assert told == [
        ("suspend_user", who, REASON),
        ("reinstate_user", who, "Two people, one flat."),
    ]


def test_a_suspension_needs_a_reason(staff, ada):
    with pytest.raises(InvalidInput):
        suspend_user(staff=staff, user=ada, reason="  ", at=clock.now())


def test_nobody_but_staff_suspends(lab, ada):
    with pytest.raises(NotAllowed):
        suspend(lab.user, ada)


def test_staff_suspend_neither_themselves_nor_a_superuser(staff, ada):
    with pytest.raises(NotAllowed):
        suspend(staff, staff)
    ada.is_superuser = True
    ada.save()
    with pytest.raises(NotAllowed):
        suspend(staff, ada)


def test_suspending_twice_is_told(staff, ada):
    suspend(staff, ada)
    with pytest.raises(WrongState):
        suspend(staff, ada)


def test_a_suspended_requester_is_readable_and_inert(staff, lab, browse):
    suspend_requester(staff=staff, requester=lab.requester, reason=REASON, at=clock.now())
    client = browse(lab.user)
    page = client.get(reverse("accounts:developers"))
    assert page.status_code == 200
    assert REASON in page.content.decode()
    assert client.post(reverse("accounts:create_key")).status_code == 403
    assert client.post(reverse("accounts:create_token")).status_code == 403
    reinstate_requester(staff=staff, requester=lab.requester, reason="Paid.", at=clock.now())
    assert client.post(reverse("accounts:create_key")).status_code == 200
