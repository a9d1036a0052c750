"""What a requester pays with: the saved method, a charge of it, and automatic top-up."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace import clock
from marketplace.accounts.models import ROLE_RANK, Role
from marketplace.errors import NotFound, WrongState
from marketplace.hurry import hurry
from marketplace.money import show
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.errors import refusals_shown_in
from payments.actions.make_deposit import charge_saved_method, require_amount
from payments.actions.remove_method import remove_method
from payments.actions.save_method import ask_to_save_method
from payments.actions.set_top_up import require_top_up, set_top_up, turn_off_top_up
from payments.models import MethodSetup, TopUp
from payments.queries import (
    low_balances,
    requester_balance,
    retired_method_of,
    saved_method_of,
    top_up_room,
)
from payments.states import OPEN_SETUPS
from payments.web.forms import ChargeForm, TopUpForm


def paying_context(request: MemberRequest) -> dict[str, Any]:
    """What the money page says of the saved method and of top-up, and who may change it."""
    requester, now = request.acting.requester, clock.now()
    top_up = TopUp.objects.filter(requester=requester).first()
    is_full = top_up is not None and top_up_room(top_up, at=now) < top_up.amount_cents
    rank = ROLE_RANK[request.acting.role]
    return {
        "saved": saved_method_of(requester),
        "retired": retired_method_of(requester),
        "setup": MethodSetup.objects.filter(
            payer__requester=requester, status__in=OPEN_SETUPS
        ).first(),
        "top_up": top_up,
        "is_capped": is_full and top_up is not None and top_up.is_on,
        "waits_until": top_up.due_at if top_up and top_up.is_on and top_up.due_at > now else None,
        "may_pay": rank >= ROLE_RANK[Role.OWNER] and requester.suspended_at is None,
    }


@requester_view(Role.OWNER)
@require_POST
def save_method(request: MemberRequest) -> HttpResponse:
    """Begin to save a card or a bank account."""
    _require_live(request)
    made = ask_to_save_method(by=request.acting, user=request.user, at=clock.now())
    hurry("payments.save_methods")
    return redirect("money:method_setup", made.public_id)


@requester_view()
@require_safe
def method_setup(request: MemberRequest, setup_id: uuid.UUID) -> HttpResponse:
    """How the saving stands: the way to the gateway's page, then what came of it."""
    found = get_object_or_404(
        MethodSetup, payer__requester=request.acting.requester, public_id=setup_id
    )
    name = "_method_setup.html" if request.headers.get("HX-Request") else "method_setup.html"
    context = {
        "setup": found,
        "is_open": found.status in OPEN_SETUPS,
        "is_play": found.payer.gateway == "play",
        "saved": saved_method_of(request.acting.requester),
    }
    response = render(request, f"payments/{name}", context)
    response["Vary"] = "HX-Request, Cookie"
    return response


@requester_view(Role.OWNER)
@require_POST
def forget(request: MemberRequest) -> HttpResponse:
    """Remove the saved method."""
    gone = remove_method(
        by=request.acting, public_id=_uuid(request.POST.get("method", "")), at=clock.now()
    )
    hurry("payments.forget_methods")
    messages.success(request, _("%(method)s is removed.") % {"method": gone.words})
    return redirect("money:balance")


@requester_view(Role.OWNER)
@require_http_methods(["GET", "POST"])
def charge(request: MemberRequest) -> HttpResponse:
    """Say what will be charged, and charge it on one press: whoever comes back to the page of one
    that was charged is led on to what became of it."""
    saved = saved_method_of(request.acting.requester)
    if saved is None or request.is_sandbox:
        return redirect("money:deposit")
    asked = request.POST or {
        "amount": request.GET.get("amount", ""),
        "method": str(saved.public_id),
        "token": request.GET.get("token") or str(uuid.uuid4()),
    }
    form = ChargeForm(asked)
    if not form.is_valid():
        return redirect("money:deposit")
    cents, token = form.cleaned_data["amount"], form.cleaned_data["token"]
    if made := request.acting.requester.deposits.filter(public_id=token).first():
        return redirect("money:deposit_state", made.public_id)
    require_amount(cents, settings.MANYHANDS_CURRENCY)
    if request.method == "POST":
        with refusals_shown_in(form):
            made = charge_saved_method(
                by=request.acting,
                user=request.user,
                amount_cents=cents,
                method=str(form.cleaned_data["method"]),
                public_id=token,
                at=clock.now(),
            )
            hurry("payments.settle_deposits")
            return redirect("money:deposit_state", made.public_id)
    context = {
        "form": form,
        "cents": cents,
        "currency": settings.MANYHANDS_CURRENCY,
        "saved": saved,
        "is_play": settings.MANYHANDS_GATEWAY == "play",
    }
    return render(request, "payments/charge.html", context)


@requester_view(Role.OWNER)
@require_http_methods(["GET", "POST"])
def top_up(request: MemberRequest) -> HttpResponse:
    """Settings of automatic top-up: what they are, what they will do, and then on."""
    requester = request.acting.requester
    saved = saved_method_of(requester)
    if saved is None or request.is_sandbox:
        messages.warning(
            request, _("Save a card or bank account first: top-ups are charged to it.")
        )
        return redirect("money:balance")
    form = TopUpForm(request.POST or None, initial=_settings_of(requester))
    template = "payments/top_up.html"
    context: dict[str, Any] = {
        "form": form,
        "saved": saved,
        "currency": settings.MANYHANDS_CURRENCY,
        "balance_cents": requester_balance(requester.public_id, settings.MANYHANDS_CURRENCY),
    }
    if form.is_valid():
        data = form.cleaned_data
        cents = (data["threshold"], data["amount"], data["cap"])
        with refusals_shown_in(form):
            if data["is_confirmed"]:
                _turn_on(request, data)
                return redirect("money:balance")
            require_top_up(*cents)
            template = "payments/top_up_confirm.html"
    return render(request, template, context)


def _turn_on(request: MemberRequest, data: dict[str, Any]) -> None:
    made = set_top_up(
        by=request.acting,
        threshold_cents=data["threshold"],
        amount_cents=data["amount"],
        cap_cents=data["cap"],
        method=str(data["method"]),
        at=clock.now(),
    )
    hurry("payments.top_up_balances")
    is_due = low_balances(at=clock.now()).filter(pk=made.pk).exists()
    messages.success(
        request,
        _("Automatic top-up is on. The balance is low: %(amount)s are being added now.")
        % {"amount": show(made.amount_cents, settings.MANYHANDS_CURRENCY)}
        if is_due
        else _("Automatic top-up is on."),
    )


def _settings_of(requester: Any) -> dict[str, Any]:
    kept = TopUp.objects.filter(requester=requester).first()
    if kept is None:
        return {}
    return {"threshold": kept.threshold_cents, "amount": kept.amount_cents, "cap": kept.cap_cents}


@requester_view(Role.OWNER)
@require_POST
def top_up_off(request: MemberRequest) -> HttpResponse:
    """Turn it off."""
    turn_off_top_up(by=request.acting, at=clock.now())
    messages.success(request, _("Automatic top-up is off."))
    return redirect("money:balance")


def _require_live(request: MemberRequest) -> None:
    if request.is_sandbox:
        raise WrongState(_("The sandbox has play money of its own: there is nothing to pay with."))


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise NotFound(_("This is not saved any more.")) from None
