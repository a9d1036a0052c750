"""A payment method is a requester's to use again, as the gateway describes it; or no more."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from marketplace.audit import trail
from payments.models import Payer, SavedMethod


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodFacts:
    """A payment method as the gateway has it. `is_gone`: it can't be charged any more."""

    reference: str
    kind: str
    brand: str = ""
    last4: str = ""
    exp_month: int | None = None
    exp_year: int | None = None
    is_gone: bool = False


def keep_method(
    *, payer: Payer, told: MethodFacts, at: datetime, wanted_at: datetime | None = None
) -> SavedMethod:
    """Use this one from now on, in place of the one before; once per method, in the transaction
    of its cause or one of its own. What was saved after `wanted_at` stays the one: a bank debit
    tells days later what it was paid with."""
    with transaction.atomic():
        Payer.objects.select_for_update(no_key=True).get(pk=payer.pk)
        stays = Q(reference=told.reference)
        if wanted_at is not None:
            stays |= Q(saved_at__gt=wanted_at)
        known = payer.methods.filter(stays).first()
        if known is not None:
            return known
        payer.methods.filter(removed_at=None).update(removed_at=at)
        kept = SavedMethod.objects.create(
            payer=payer,
            reference=told.reference,
            kind=told.kind[:40],
            brand=told.brand[:60],
            last4=told.last4[:8],
            exp_month=told.exp_month,
            exp_year=told.exp_year,
            saved_at=at,
        )
        trail.record(
            action="keep_method",
            actor=trail.SYSTEM,
            subject=("requester", payer.requester.public_id),
            at=at,
            method=kept.words,
        )
    return kept


def record_method(*, method_id: int, told: MethodFacts, at: datetime) -> SavedMethod:
    """What the gateway says of a method now: banks renew cards; and what is gone is removed."""
    with transaction.atomic():
        method = SavedMethod.objects.select_for_update(no_key=True).get(pk=method_id)
        method.exp_month, method.exp_year = told.exp_month, told.exp_year
        method.brand, method.last4 = told.brand[:60], told.last4[:8]
        if told.is_gone:
            method.removed_at = method.removed_at or at
            method.forgotten_at = method.forgotten_at or at
        method.save()
    return method
