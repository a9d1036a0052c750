"""Staff see where workers are paid, and why one is not."""

import pytest
from django.urls import reverse

from payments.models import Payee
from tests.admin.test_pages import page, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def payee(place):
    return Payee.objects.get()


def test_a_payees_page_says_what_the_gateway_says_and_what_the_worker_is_told(place, staff, payee):
    answer = page(staff, "payments_payee", payee.public_id)
    text = text_of(answer)
    for words in (
        "not ready", "DE", "6789", "external_account", "listed", "The bank sent it back.",
        "acct_1", "Your bank account is another worker", "Another worker’s bank account yes",
    ):  # fmt: skip
        assert words in text, words
    assert reverse("admin:workers_worker_change", args=[payee.holder]) in answer.content.decode()
    Payee.objects.update(is_submitted=False, is_duplicate=False)
    text = text_of(page(staff, "payments_payee", payee.public_id))
    assert "not filled in" in text
    assert "Another worker’s bank account no" in text
    Payee.objects.update(is_ready=True)
    assert "State ready" in text_of(page(staff, "payments_payee", payee.public_id))


def test_payees_who_share_a_bank_account_are_found(place, staff, payee):
    url = reverse("admin:payments_payee_changelist")
    assert "1 payee" in text_of(staff.get(url, {"is_duplicate__exact": "1"}))
    assert "0 payees" in text_of(staff.get(url, {"is_duplicate__exact": "0"}))
    assert "1 payee" in text_of(staff.get(url, {"q": payee.holder}))


def test_a_workers_page_leads_to_where_they_are_paid(place, staff, payee):
    shown = page(staff, "accounts_user", place.worker.user.pk).content.decode()
    assert reverse("admin:payments_payee_change", args=[payee.public_id]) in shown
