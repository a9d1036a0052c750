"""Unused money on its way back to a requester."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from marketplace import clock
from marketplace.accounts.models import Role
from marketplace.hurry import hurry
from marketplace.money import currency_of, show
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.errors import refusals_shown_in
from payments import queries
from payments.actions.request_refund import request_refund
from payments.models import Refund, TopUp
from payments.web.forms import RefundForm

SHOWN = 20


@requester_view(Role.OWNER)
@require_http_methods(["GET", "POST"])
def refund(request: MemberRequest) -> HttpResponse:
    """Ask for unused money back, and see how what was asked for stands. Live money alone."""
    if request.is_sandbox:
        return redirect("money:balance")
    requester, currency = request.acting.requester, currency_of(is_sandbox=False)
    form = RefundForm(request.POST or None)
    if form.is_valid():
        with refusals_shown_in(form):
            request_refund(
                by=request.acting,
                user=request.user,
                amount_cents=form.cleaned_data["amount"],
                currency=currency,
                at=clock.now(),
            )
            hurry("payments.send_refunds")
            shown = show(form.cleaned_data["amount"], currency)
            messages.success(request, _("%(amount)s are on their way back.") % {"amount": shown})
            return redirect("money:refund")
    balance = {"holder": requester.public_id, "currency": currency}
    made = Refund.objects.filter(deposit__requester=requester, deposit__currency=currency)
    waiting = queries.held_back_refunds().filter(deposit__requester=requester)
    context = {
        "form": form,
        "currency": currency,
        "most_cents": queries.refundable_cents(requester, currency),
        "refunds": made.order_by("-pk")[:SHOWN],
        "is_frozen": queries.frozen_balances().filter(**balance).exists(),
        "owed_cents": queries.owed_after_disputes(**balance),
        "waiting_ids": set(waiting.values_list("pk", flat=True)),
        "top_up": TopUp.objects.filter(requester=requester, is_on=True).first(),
        "is_play": settings.MANYHANDS_GATEWAY == "play",
    }
    return render(request, "payments/refund.html", context)
