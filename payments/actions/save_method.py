"""An owner saves a way to pay: the way to the gateway's own page, and what came of it.

What is typed there never comes through here. The intent is a row; a job asks the gateway.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Requester, Role, User
from marketplace.audit import trail
from payments.actions.keep_method import MethodFacts, keep_method
from payments.models import MethodSetup, Payer
from payments.states import OPEN_SETUPS, SetupStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class SetupState:
    """How the saving of a method stands at the gateway."""

    reference: str = ""
    page_url: str = ""
    method: MethodFacts | None = None
    failure: str = ""


def payer_of(requester: Requester, *, gateway: str, at: datetime) -> Payer:
    """The requester as a gateway's customer: its row, which names it or is to."""
    payer, _is_new = Payer.objects.get_or_create(
        requester=requester,
        gateway=gateway,
        defaults={"name": requester.name, "created_at": at},
    )
    return payer


def ask_to_save_method(*, by: Acting, user: User | None, at: datetime) -> MethodSetup:
    """Ask for a page of the gateway's to save a method on; the one that is open, if one is.

    Raises NotAllowed below owner.
    """
    by.require(Role.OWNER)
    with transaction.atomic():
        payer = payer_of(by.requester, gateway=settings.MANYHANDS_GATEWAY, at=at)
        Payer.objects.select_for_update(no_key=True).get(pk=payer.pk)
        waiting = payer.setups.filter(status__in=OPEN_SETUPS).first()
        if waiting is not None:
            return waiting
        setup = MethodSetup.objects.create(payer=payer, made_by=user, created_at=at)
        trail.record(
            action="ask_to_save_method",
            actor=by.trail,
            subject=("requester", by.requester.public_id),
            at=at,
            setup=str(setup.public_id),
        )
    return setup


def note_attempt(*, payer: Payer, at: datetime) -> Payer:
    """The gateway is about to be asked to open this customer; the first time stays."""
    Payer.objects.filter(pk=payer.pk, first_attempt_at=None).update(first_attempt_at=at)
    return Payer.objects.get(pk=payer.pk)


def name_payer(*, payer: Payer, reference: str) -> Payer:
    """The gateway has opened it; the first name stays."""
    Payer.objects.filter(pk=payer.pk, reference="").update(reference=reference)
    return Payer.objects.get(pk=payer.pk)


def record_setup(
    *, setup_id: int, told: SetupState, at: datetime, ask_at: datetime | None = None
) -> MethodSetup:
    """Take it as far as the gateway's word lets it go. Harmless to run twice at once. Until
    `ask_at` only an event asks again."""
    with transaction.atomic():
        rows = MethodSetup.objects.select_for_update(no_key=True, of=("self",))
        setup = rows.select_related("payer__requester").get(pk=setup_id)
        if setup.status not in OPEN_SETUPS:
            return setup
        setup.gateway_reference = told.reference or setup.gateway_reference
        if told.method is not None:
            setup.move_to(SetupStatus.SAVED)
            keep_method(payer=setup.payer, told=told.method, at=at)
        elif told.failure:
            setup.move_to(SetupStatus.FAILED)
            setup.failure = told.failure[:300]
        elif setup.status == SetupStatus.CREATED:
            setup.move_to(SetupStatus.OPEN)
        is_open = setup.status in OPEN_SETUPS
        setup.page_url = told.page_url if is_open else ""
        setup.ask_at = ask_at if is_open else None
        setup.finished_at = None if is_open else at
        setup.save()
    return setup


def postpone_setup(*, setup_id: int, until: datetime) -> None:
    """The gateway gave no answer: it is asked again then."""
    MethodSetup.objects.filter(pk=setup_id, status__in=OPEN_SETUPS).update(ask_at=until)
