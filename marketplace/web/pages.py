"""The pages that belong to nobody: home, help, terms and privacy, and the error pages."""

from pathlib import Path

import nh3
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from marketplace.accounts.models import User
from marketplace.accounts.queries import current_acting, is_worker
from marketplace.web.navigation import REQUESTER, SESSION_KEY, WORKER, start_of


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is; for somebody who has signed in, the start of the side they used last."""
    if not request.user.is_authenticated:
        return render(request, "marketplace/home.html")
    otherwise = "admin:index" if request.user.is_staff else "accounts:welcome"
    return redirect(_start_for(request.user, request.session) or otherwise)


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How to do work, how to post it, and what the words mean."""
    return render(
        request,
        "marketplace/help.html",
        {
            "queue_limit": settings.MANYHANDS_QUEUE_LIMIT,
            "appeal_days": settings.MANYHANDS_APPEAL_WINDOW_DAYS,
            "fee_percent": settings.MANYHANDS_FEE_PERCENT.normalize(),
            "contact": settings.MANYHANDS_CONTACT,
        },
    )


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The operator's terms, from the file that MANYHANDS_TERMS_FILE names."""
    text = _operators_text(settings.MANYHANDS_TERMS_FILE)
    return render(request, "marketplace/terms.html", {"text": text})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """The operator's privacy notice, from the file that MANYHANDS_PRIVACY_FILE names."""
    text = _operators_text(settings.MANYHANDS_PRIVACY_FILE)
    return render(request, "marketplace/privacy.html", {"text": text})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that can't be trusted: too old, from elsewhere, or cookies are off."""
    return render(request, "marketplace/stale_form.html", status=403)


def _start_for(user: User, session: SessionBase) -> str:
    sides = {WORKER: is_worker(user), REQUESTER: current_acting(user) is not None}
    worn = session.get(SESSION_KEY, "")
    for hat in (worn, REQUESTER, WORKER):
        if sides.get(hat):
            return start_of(hat)
    return ""


def _operators_text(path: str) -> str:
    """The file's HTML with anything that could run taken out, or nothing."""
    return nh3.clean(Path(path).read_text(encoding="utf-8")) if path else ""
