"""Workers choose their e-mails, and each e-mail has its way out."""

import re

import pytest
from django.db import transaction
from django.urls import reverse

from marketplace import clock as now
from marketplace import jobs
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotFound
from marketplace.models import OutboxMessage
from tests.world import a_worker
from workers.actions.choose_mail import choose_mail, read_token, stop_mail, stop_token
from workers.actions.tell_worker import tell_worker
from workers.models import MailKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    return a_worker()


def tell(worker, kind="message", key="1", is_sandbox=False):
    worker.refresh_from_db()
    with transaction.atomic():
        tell_worker(
            worker=worker,
            is_sandbox=is_sandbox,
            kind=kind,
            subject="Hello",
            text="A word.\n",
            key=key,
            at=now.now(),
        )


def link_in(letter):
    (address,) = re.findall(r"https?://\S+/worker/mail/\S+", letter.body)
    return re.sub(r"^https?://[^/]+", "", address)


def test_all_kinds_come_at_first(worker, mailoutbox):
    for kind in MailKind:
        tell(worker, kind.value, key=kind.value)
    jobs.deliver_outbox()
    assert len(mailoutbox) == len(MailKind)
    assert {tuple(letter.to) for letter in mailoutbox} == {(worker.user.email,)}


def test_what_happens_in_the_sandbox_is_told_nobody(worker):
    for kind in MailKind:
        tell(worker, kind.value, key=kind.value, is_sandbox=True)
    assert not OutboxMessage.objects.exists()


def test_the_same_fact_is_told_once(worker):
    tell(worker)
    tell(worker)
    assert OutboxMessage.objects.count() == 1


def test_what_is_switched_off_does_not_come_and_the_rest_does(worker):
    choose_mail(worker=worker, wanted=["bonus"], at=now.now())
    for kind in MailKind:
        tell(worker, kind.value, key=kind.value)
    assert [m.key for m in OutboxMessage.objects.all()] == ["worker:bonus"]


def test_the_link_in_a_mail_stops_its_kind_without_signing_in(worker, mailoutbox, client):
    tell(worker)
    jobs.deliver_outbox()
    address = link_in(mailoutbox[0])
    asked = client.get(address)
    worker.refresh_from_db()
    assert b"Switch them off" in asked.content
    assert worker.unwanted_mail == [], "a program that follows links must not switch it off"
    done = client.post(address)
    assert done.status_code == 200
    worker.refresh_from_db()
    assert worker.unwanted_mail == ["message"]
    client.post(address)
    worker.refresh_from_db()
    assert worker.unwanted_mail == ["message"]
    assert AuditEntry.objects.filter(action="choose_mail").count() == 1


def test_mail_programs_can_do_it_by_themselves(worker, mailoutbox):
    """RFC 8058: they post to the address in the header, with no form's token."""
    from django.test import Client

    tell(worker, "bonus")
    jobs.deliver_outbox()
    headers = mailoutbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = link_in(mailoutbox[0])
    assert headers["List-Unsubscribe"].endswith(f"{address}>")
    program = Client(enforce_csrf_checks=True)
    assert program.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    worker.refresh_from_db()
    assert worker.unwanted_mail == ["bonus"]


def test_the_way_out_is_not_kept_once_the_mail_is_out(worker):
    tell(worker)
    jobs.deliver_outbox()
    assert set(OutboxMessage.objects.get().payload) == {"to", "subject"}


@pytest.mark.parametrize("token", ["nothing", "A123.message:forged", "", ":", "a\0b"])
def test_a_link_that_we_did_not_make_does_nothing(worker, token):
    with pytest.raises(NotFound):
        stop_mail(token=token, at=now.now())


def test_a_link_cannot_be_turned_to_another_worker_or_kind(worker):
    token = stop_token(worker, MailKind.BONUS)
    other = a_worker("otto")
    for forged in (
        token.replace("bonus", "message"),
        token.replace(worker.public_id, other.public_id),
    ):
        with pytest.raises(NotFound):
            read_token(forged)


def test_the_profile_has_the_switches(worker, client):
    client.force_login(worker.user)
    page = client.get(reverse("workers:profile")).content.decode()
    assert len(re.findall(r'name="wanted"[^>]* checked', page)) == len(MailKind)
    client.post(reverse("workers:mail"), {"wanted": ["message", "rejection"]})
    worker.refresh_from_db()
    assert worker.unwanted_mail == ["bonus", "qualification"]
    client.post(reverse("workers:mail"), {"wanted": ["everything"]})
    worker.refresh_from_db()
    assert worker.unwanted_mail == ["bonus", "qualification"]
