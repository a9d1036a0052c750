"""An owner says whom invoices are made out to."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from payments.models import Billing


def set_billing(*, by: Acting, name: str, address: str, tax_id: str, at: datetime) -> Billing:
    """From the next invoice and receipt on; what was issued stays as it is. Raises NotAllowed below
    owner."""
    by.require(Role.OWNER)
    values = {"name": name.strip(), "address": address.strip(), "tax_id": tax_id.strip()}
    with transaction.atomic():
        billing, _is_new = Billing.objects.update_or_create(requester=by.requester, defaults=values)
        trail.record(
            action="set_billing",
            actor=by.trail,
            subject=("requester", by.requester.public_id),
            at=at,
            **values,
        )
    return billing
