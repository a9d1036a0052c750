"""Pages that stand for a gateway's own, so that play money can be tried to the end: saving a
method, and confirming a charge. They are there only while play money pays for live work."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from marketplace.accounts.models import Role
from marketplace.hurry import hurry
from marketplace.web.access import MemberRequest, requester_view
from payments.gateway.play_methods import METHODS, choose, confirm
from payments.models import Deposit, MethodSetup, Payer, PlayCharge, PlaySetup

WORDS = {
    "card": _("A card that pays (4242)"),
    "bank": _("A bank account: settles after a minute (6789)"),
    "declined": _("A card that is declined (0341)"),
    "asking": _("A card that wants to be confirmed each time (3184)"),
}


@requester_view(Role.OWNER)
@require_http_methods(["GET", "POST"])
def setup(request: MemberRequest, setup_id: int) -> HttpResponse:
    """Choose a pretend method by what it will do."""
    mine = PlaySetup.objects.filter(customer__in=_customers(request), method=None)
    found = get_object_or_404(mine, pk=setup_id)
    name = request.POST.get("method", "")
    if name in METHODS:
        choose(found, name)
        hurry("payments.save_methods")
        key = found.idempotency_key.removeprefix("setup_")
        return redirect(_back(MethodSetup.objects.get(public_id=key)))
    methods = [(name, WORDS[name]) for name in METHODS]
    return render(request, "payments/play_setup.html", {"methods": methods})


@requester_view(Role.OWNER)
@require_http_methods(["GET", "POST"])
def confirm_charge(request: MemberRequest, charge_id: int) -> HttpResponse:
    """Confirm a charge as a bank would ask for it."""
    waiting = PlayCharge.objects.filter(customer__in=_customers(request), waits_for_payer=True)
    found = get_object_or_404(waiting, pk=charge_id)
    if request.method == "POST":
        confirm(found)
        hurry("payments.settle_deposits")
        key = found.idempotency_key.removeprefix("deposit_").removesuffix("_page")
        return redirect(_back(Deposit.objects.get(public_id=key)))
    context = {"cents": found.amount_cents, "currency": found.currency}
    return render(request, "payments/play_confirm.html", context)


def _customers(request: MemberRequest) -> list[str]:
    if settings.MANYHANDS_GATEWAY != "play":
        raise Http404
    mine = Payer.objects.filter(requester=request.acting.requester, gateway="play")
    return list(mine.values_list("reference", flat=True))


def _back(to: Deposit | MethodSetup) -> str:
    name = "deposit_state" if isinstance(to, Deposit) else "method_setup"
    return reverse(f"money:{name}", args=[to.public_id])
