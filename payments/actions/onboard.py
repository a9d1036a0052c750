"""A worker says where earnings are to go: the way to the gateway's own pages, and back.

What is filled in there never comes through here. The intent is a row; a job asks the gateway.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from marketplace.audit import trail
from marketplace.errors import InvalidInput, WrongState
from payments.models import Payee
from payments.models.payee import GONE

FIRST_CHECK = timedelta(minutes=2)


def ask_to_onboard(
    *, worker: str, country: str, return_path: str, actor: str, at: datetime
) -> Payee:
    """Ask for a link to the gateway's pages, to begin, to go on, or to change the bank account.

    Earnings gather before, during and after. An account that is gone at the gateway is forgotten
    here, not as soon as it is heard of: keys of another installation show none of the accounts.
    The country counts until there is an account. Raises WrongState where nobody is paid, and
    InvalidInput without a country.
    """
    gateway = settings.MANYHANDS_GATEWAY
    if gateway == "play":
        raise WrongState("This marketplace pays in play money: there is nothing to set up.")
    if len(country) != 2:
        raise InvalidInput("Say in your profile where you live first.", field="country")
    with transaction.atomic():
        Payee.objects.get_or_create(holder=worker, gateway=gateway, defaults={"created_at": at})
        payee = Payee.objects.select_for_update(no_key=True).get(holder=worker, gateway=gateway)
        if payee.reference and payee.disabled_reason == GONE:
            payee.reference = ""
            payee.account_number += 1
        if not payee.reference:
            payee.country = country
        payee.link_asked_at, payee.link_url, payee.link_expires_at = at, "", None
        payee.problem, payee.return_path = "", return_path
        payee.save()
        trail.record(action="ask_to_onboard", actor=actor, subject=("worker", worker), at=at)
    return payee


def name_payee(*, payee_id: int, reference: str, country: str) -> None:
    """The gateway has opened an account for the worker, in this country; the first name stays.

    That the one before is gone says nothing of this one.
    """
    unnamed = Payee.objects.filter(pk=payee_id, reference="")
    unnamed.update(reference=reference, country=country, disabled_reason="")


def keep_link(*, payee_id: int, url: str, expires_at: datetime, at: datetime) -> None:
    """The way to the gateway's pages: it works once, and for minutes."""
    Payee.objects.filter(pk=payee_id).update(
        link_asked_at=None,
        link_url=url,
        link_expires_at=expires_at,
        check_at=at + FIRST_CHECK,
        problem="",
    )


def give_up_link(*, payee_id: int, problem: str) -> None:
    """The gateway has no link for this worker; `problem` says why."""
    Payee.objects.filter(pk=payee_id).update(link_asked_at=None, problem=problem[:300])
