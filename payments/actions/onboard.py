"""A worker says where earnings are to go: the way to the gateway's own pages, and back.

What is filled in there never comes through here. The intent is a row; a job asks the gateway.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from marketplace.audit import trail
from marketplace.errors import InvalidInput, WrongState
from payments.models import Payee

FIRST_CHECK = timedelta(minutes=2)


def ask_to_onboard(
    *, worker: str, country: str, return_path: str, actor: str, at: datetime
) -> Payee:
    """Ask for a link to the gateway's pages, to begin, to go on, or to change the bank account.

    Earnings gather before, during and after. Raises WrongState where nobody is paid, and
    InvalidInput without a country.
    """
    gateway = settings.MANYHANDS_GATEWAY
    if gateway == "play":
        raise WrongState("This marketplace pays in play money: there is nothing to set up.")
    if len(country) != 2:
        raise InvalidInput("Say in your profile where you live first.", field="country")
    with transaction.atomic():
        payee, _ = Payee.objects.get_or_create(
            holder=worker,
            gateway=gateway,
            defaults={"country": country, "created_at": at},
        )
        Payee.objects.filter(pk=payee.pk).update(
            link_asked_at=at, link_url="", link_expires_at=None, problem="", return_path=return_path
        )
        trail.record(action="ask_to_onboard", actor=actor, subject=("worker", worker), at=at)
    payee.refresh_from_db()
    return payee


def name_payee(*, payee_id: int, reference: str) -> None:
    """The gateway has opened an account for the worker; the first name stays."""
    Payee.objects.filter(pk=payee_id, reference="").update(reference=reference)


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
