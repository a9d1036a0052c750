"""Where a worker's money goes: set up and changed on Stripe's pages, shown here.

Coming back from there proves nothing: what stands here is what Stripe answered when asked.
"""

from collections.abc import Iterable

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from marketplace import clock
from marketplace.audit.trail import actor_of
from marketplace.hurry import hurry
from payments import queries as books
from payments.actions.onboard import ask_to_onboard
from payments.models import Payee
from payments.models.payee import GONE
from workers.web.access import WorkerRequest, worker_view

# Stripe's names begin with these; a longer one stands before the shorter that it begins with.
WORDS = (
    ("external_account", gettext_lazy("A bank account or debit card")),
    ("tos_acceptance", gettext_lazy("Your agreement to Stripe’s terms")),
    ("individual.verification.additional", gettext_lazy("A document that shows your address")),
    ("individual.verification", gettext_lazy("A photo of an identity document")),
    ("individual.dob", gettext_lazy("Your date of birth")),
    ("individual.address", gettext_lazy("Your address")),
    ("individual.first_name", gettext_lazy("Your name")),
    ("individual.last_name", gettext_lazy("Your name")),
    ("individual.email", gettext_lazy("Your e-mail address")),
    ("individual.phone", gettext_lazy("Your telephone number")),
    ("individual.ssn", gettext_lazy("Your social security number, or a part of it")),
    ("individual.id_number", gettext_lazy("Your tax or identity number")),
    ("business_profile", gettext_lazy("What kind of work you do")),
    ("business_type", gettext_lazy("Whether you work as a person or a company")),
)

# Why Stripe sends nothing to the account, by how its reason begins; in the order above.
REASONS = (
    (
        "requirements.past_due",
        gettext_lazy("Stripe waits for something that it asked you for. Go on to its pages."),
    ),
    (
        "requirements.pending_verification",
        gettext_lazy(
            "Stripe is checking what you told it. That takes minutes, at times some days; there is "
            "nothing for you to do."
        ),
    ),
    (
        "under_review",
        gettext_lazy(
            "Stripe is looking into your account. There is nothing for you to do, unless it writes "
            "to you."
        ),
    ),
    (
        "listed",
        gettext_lazy(
            "Your name may be on a list of people who must not be paid. Stripe finds out whether "
            "that is you; answer it if it writes to you."
        ),
    ),
    (
        "platform_paused",
        gettext_lazy("The operator has paused payouts to you. Write to the operator."),
    ),
    (
        "rejected.platform",
        gettext_lazy("The operator has closed your account at Stripe. Write to the operator."),
    ),
    (
        "rejected.incomplete_verification",
        gettext_lazy(
            "Stripe has closed your account, since it could not tell who you are. Write to Stripe, "
            "and to the operator if that does not help."
        ),
    ),
    (
        "rejected",
        gettext_lazy(
            "Stripe has closed your account and sends nothing to it. Write to Stripe, and to the "
            "operator if that does not help."
        ),
    ),
    (
        "action_required",
        gettext_lazy("Stripe wants you to agree to something more. Go on to its pages."),
    ),
    (
        GONE,
        gettext_lazy(
            "Your account at Stripe is gone: it was closed, or you took this marketplace’s access "
            "away. Set payouts up again; what you have earned is kept."
        ),
    ),
    (
        "",
        gettext_lazy(
            "Stripe does not say why. Look on its pages, and write to the operator if it stays so."
        ),
    ),
)


@worker_view
@require_safe
def payout_account(request: WorkerRequest) -> HttpResponse:
    """Whether payouts can go out, what Stripe still wants, and the way there."""
    now = clock.now()
    payee = books.payee_of(request.worker.public_id, settings.MANYHANDS_GATEWAY)
    link_until = payee.link_expires_at if payee else None
    held_until = payee.held_until() if payee else None
    is_back = "back" in request.GET
    name = "_payout_account.html" if request.headers.get("HX-Request") else "payout_account.html"
    response = render(
        request,
        f"tasks/worker/{name}",
        {
            "payee": payee,
            "is_play": settings.MANYHANDS_GATEWAY == "play",
            "needs": in_plain_words(payee.asked_for) if payee else [],
            "why": why_not_ready(payee) if payee else "",
            "is_gone": payee is not None and payee.disabled_reason == GONE,
            "link": payee.link_url
            if payee and not is_back and link_until and link_until > now and _is_fresh(request)
            else "",
            "is_back": is_back and payee is not None and not payee.is_ready,
            "held_until": held_until if held_until and held_until > now else None,
        },
    )
    response["Vary"] = "HX-Request, Cookie"
    response["Cache-Control"] = "no-store"
    return response


def _is_fresh(request: HttpRequest) -> bool:
    """Whether it is this session that signed in afresh: only it may see where the link leads."""
    try:
        return reauthentication_required(lambda _request: True)(request)
    except ReauthenticationRequired:
        return False


@worker_view
@require_POST
@reauthentication_required  # whoever finds an open browser must not lead the money elsewhere
def set_up_payouts(request: WorkerRequest) -> HttpResponse:
    """Ask for a link to Stripe's pages."""
    page = reverse("work:payout_account")
    ask_to_onboard(
        worker=request.worker.public_id,
        country=request.worker.country,
        return_path=page,
        actor=actor_of(request.user),
        at=clock.now(),
    )
    hurry("payments.make_payee_links")
    return redirect(page)


def why_not_ready(payee: Payee) -> str:
    """What stands in the way at Stripe, and what to do; "" where a form is to be filled in."""
    is_begun = payee.is_submitted or payee.disabled_reason == GONE
    if payee.is_ready or not is_begun or (payee.asked_for and not payee.disabled_reason):
        return ""
    return next(str(words) for start, words in REASONS if payee.disabled_reason.startswith(start))


def in_plain_words(asked_for: Iterable[str]) -> list[str]:
    """What Stripe wants to know, each thing once."""
    words = [
        next((str(words) for start, words in WORDS if name.startswith(start)), "")
        for name in asked_for
    ]
    return list(
        dict.fromkeys(word or _("Something more, which Stripe’s page tells") for word in words)
    )
