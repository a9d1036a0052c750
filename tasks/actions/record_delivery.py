"""How the sending of a document went, and what follows from it for the subscription."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace import outbox
from marketplace.accounts.models import Membership, Role
from marketplace.audit import trail
from tasks.models import Delivery, Subscription

FAILURES_ALLOWED = 20
"""In a row, with the waits of marketplace.lanes in between: about nine hours without an answer."""
MAX_ANSWER = 300


def record_delivered(*, delivery_id: int, answer: str, at: datetime) -> None:
    """It arrived."""
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update(no_key=True).get(pk=delivery_id)
        _note(delivery, answer)
        delivery.delivered_at = at
        delivery.save()
        Subscription.objects.filter(deliveries=delivery.pk, failures_in_a_row__gt=0).update(
            failures_in_a_row=0
        )


def record_failure(*, delivery_id: int, answer: str, is_last: bool, at: datetime) -> int:
    """It didn't, and with `is_last` never will; how many have failed in a row at its destination.

    Too many in a row switch the subscription off, and the requester's managers are told.
    """
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update(no_key=True).get(pk=delivery_id)
        _note(delivery, answer)
        delivery.gave_up_at = at if is_last else None
        if delivery.subscription_id is None:
            delivery.save()
            return delivery.attempts
        subscription = (
            Subscription.objects.select_for_update(no_key=True, of=("self",))
            .select_related("hit_type__requester")
            .get(pk=delivery.subscription_id)
        )
        subscription.failures_in_a_row += 1
        if subscription.is_active and subscription.failures_in_a_row >= FAILURES_ALLOWED:
            _switch_off(subscription, delivery.answer, at)
        if subscription.failures_in_a_row >= FAILURES_ALLOWED:
            delivery.gave_up_at = at
        delivery.save()
        subscription.save(
            update_fields=["failures_in_a_row", "is_active", "disabled_at", "disabled_reason"]
        )
    return subscription.failures_in_a_row


def record_not_sent(*, delivery_id: int, why: str, at: datetime) -> None:
    """It is not tried any more, since nothing may be sent there now. An answer that it got before
    says more than that."""
    Delivery.objects.filter(pk=delivery_id).update(gave_up_at=at)
    Delivery.objects.filter(pk=delivery_id, answer="").update(answer=why[:MAX_ANSWER])


def _note(delivery: Delivery, answer: str) -> None:
    delivery.attempts += 1
    delivery.answer = answer[:MAX_ANSWER]


def _switch_off(subscription: Subscription, answer: str, at: datetime) -> None:
    subscription.is_active = False
    subscription.disabled_at = at
    subscription.disabled_reason = _(
        "The last %(count)d attempts failed. The answer to the last one: %(answer)s"
    ) % {"count": subscription.failures_in_a_row, "answer": answer}
    hit_type = subscription.hit_type
    trail.record(
        action="disable_notifications",
        actor=trail.SYSTEM,
        subject=("hit_type", hit_type.public_id),
        at=at,
        reason=subscription.disabled_reason,
    )
    managers = Membership.objects.filter(
        requester=hit_type.requester, role__in=[Role.OWNER, Role.MANAGER]
    ).select_related("user")
    page = settings.MANYHANDS_BASE_URL + reverse("notifications:all")
    for member in managers:
        outbox.send(
            kind="email",
            payload={
                "to": member.user.email,
                "subject": _("Notifications about “%(title)s” are switched off")
                % {"title": hit_type.title},
                "text": _(
                    "%(destination)s could not be told what happens to “%(title)s”.\n"
                    "%(reason)s\n\n"
                    "Nothing more is sent there. See to it, then switch the notifications on "
                    "again; what was not delivered can be sent again, too:\n%(page)s\n"
                )
                % {
                    "destination": subscription.destination,
                    "title": hit_type.title,
                    "reason": subscription.disabled_reason,
                    "page": page,
                },
            },
            key=f"notifications-off:{subscription.pk}:{at.timestamp():.0f}:{member.user_id}",
            at=at,
        )
