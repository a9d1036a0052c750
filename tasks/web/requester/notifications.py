"""Developers, Notifications: who is told of a HIT type's events, and how that went."""

import json
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace import clock
from marketplace.accounts.models import Role
from marketplace.hurry import hurry
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.errors import refusals_shown_in
from marketplace.web.paging import MAX_ID, Page, page_newest_first
from tasks.actions.amazon_credentials import remove_amazon_credentials, save_amazon_credentials
from tasks.actions.notify import send_again, send_test_event
from tasks.actions.subscribe import Specification, checked, rotate_secret, set_notifications
from tasks.models import Delivery, Subscription
from tasks.queries.notifications import (
    credentials_of,
    deliveries_of,
    hit_types_of,
    subscriptions_of,
)
from tasks.web.requester.notification_forms import (
    CredentialsForm,
    NewNotificationForm,
    NotificationForm,
    TestForm,
)
from tasks.web.requester.rights import rights_of

PAGE_SIZE = 50
TYPES_OFFERED = 100
JOB = "tasks.send_notifications"


@requester_view()
@require_safe
def all_notifications(request: MemberRequest) -> HttpResponse:
    """The HIT types that tell somebody, and the credentials for Amazon."""
    found = subscriptions_of(request.acting.requester, is_sandbox=request.is_sandbox)
    context = {
        "page": page_newest_first(request, found, size=PAGE_SIZE),
        "credentials": credentials_of(request.acting.requester),
        "has_sent": deliveries_of(request.acting.requester).exists(),
        **rights_of(request),
    }
    return render(request, "tasks/requester/notifications.html", context)


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    """Tell of another HIT type's events; one that has notifications gets these instead."""
    types = hit_types_of(request.acting.requester, is_sandbox=request.is_sandbox)
    form = NewNotificationForm(
        request.POST or None, initial={"hit_type_id": request.GET.get("hit_type", "")}
    )
    if form.is_valid():
        with refusals_shown_in(form):
            subscription = _save(request, form, form.cleaned_data["hit_type_id"])
            messages.success(request, _("Saved. Send a test to see that it arrives."))
            return redirect("notifications:one", subscription.pk)
    context = {"form": form, "hit_types": types[:TYPES_OFFERED]}
    return render(request, "tasks/requester/notification_form.html", context)


@requester_view()
@require_safe
def one(request: MemberRequest, subscription_id: int) -> HttpResponse:
    """One HIT type's settings, and what was sent."""
    return render(
        request, "tasks/requester/notification.html", _page(request, _own(request, subscription_id))
    )


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, subscription_id: int) -> HttpResponse:
    """Tell somewhere else, or of other events."""
    subscription = _own(request, subscription_id)
    names = ("transport", "destination", "event_types", "version")
    initial = {name: getattr(subscription, name) for name in names}
    form = NotificationForm(request.POST or None, initial=initial)
    if form.is_valid():
        with refusals_shown_in(form):
            _save(request, form, subscription.hit_type.public_id)
            messages.success(request, _("Saved."))
            return redirect("notifications:one", subscription.pk)
    context = {"form": form, "subscription": subscription}
    return render(request, "tasks/requester/notification_form.html", context)


@requester_view(Role.MANAGER)
@require_POST
def switch(request: MemberRequest, subscription_id: int) -> HttpResponse:
    """On or off."""
    subscription = _own(request, subscription_id)
    is_active = request.POST.get("is_active") == "1"
    set_notifications(
        by=request.acting,
        hit_type_id=subscription.hit_type.public_id,
        is_sandbox=request.is_sandbox,
        is_active=is_active,
        at=clock.now(),
    )
    hurry(JOB)
    messages.success(
        request, _("Notifications are on.") if is_active else _("Notifications are off.")
    )
    return redirect("notifications:one", subscription.pk)


@requester_view(Role.MANAGER)
@require_POST
@never_cache
def secret(request: MemberRequest, subscription_id: int) -> HttpResponse:
    """Make a new signing secret and show it, this once: the answer is the page itself."""
    subscription = _own(request, subscription_id)
    _changed, new_secret = rotate_secret(
        by=request.acting, subscription_id=subscription.pk, at=clock.now()
    )
    context = _page(request, subscription) | {"secret": new_secret}
    return render(request, "tasks/requester/notification.html", context)


@requester_view(Role.MANAGER)
@require_POST
def test(request: MemberRequest, subscription_id: int) -> HttpResponse:
    """Send an event that never happened to where the subscription points."""
    subscription = _own(request, subscription_id)
    form = TestForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose an event."))
        return redirect("notifications:one", subscription.pk)
    specification = Specification(
        transport=subscription.transport,
        destination=subscription.destination,
        version=subscription.version,
        event_types=subscription.event_types,
    )
    send_test_event(
        by=request.acting,
        transport=checked(specification, request.acting),
        destination=subscription.destination,
        version=subscription.version,
        kind=form.cleaned_data["kind"],
        at=clock.now(),
    )
    hurry(JOB)
    messages.success(request, _("The test is on its way. The log shows the answer in a moment."))
    return redirect("notifications:log")


@requester_view()
@require_safe
def log(request: MemberRequest) -> HttpResponse:
    """Every document that went out, and what it was answered."""
    found = deliveries_of(request.acting.requester)
    context = {"page": _sent(request, found), **rights_of(request)}
    return render(request, "tasks/requester/notification_log.html", context)


@requester_view(Role.MANAGER)
@require_POST
def again(request: MemberRequest, delivery_id: int) -> HttpResponse:
    """Send a document once more."""
    if delivery_id > MAX_ID:
        raise Http404
    send_again(by=request.acting, delivery_id=delivery_id, at=clock.now())
    hurry(JOB)
    messages.success(request, _("It is on its way again."))
    return redirect("notifications:log")


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def amazon(request: MemberRequest) -> HttpResponse:
    """Save the keys that queues and topics are reached with."""
    saved = credentials_of(request.acting.requester)
    initial = {"region": saved.region, "access_key_id": saved.access_key_id} if saved else None
    form = CredentialsForm(request.POST or None, initial=initial)
    if form.is_valid():
        with refusals_shown_in(form):
            save_amazon_credentials(by=request.acting, at=clock.now(), **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("notifications:all")
    context = {"form": form, "credentials": saved}
    return render(request, "tasks/requester/notification_amazon.html", context)


@requester_view(Role.MANAGER)
@require_POST
def forget_amazon(request: MemberRequest) -> HttpResponse:
    """Forget those keys."""
    remove_amazon_credentials(by=request.acting, at=clock.now())
    messages.success(request, _("Your Amazon credentials are removed."))
    return redirect("notifications:all")


def _save(request: MemberRequest, form: NotificationForm, hit_type_id: str) -> Subscription:
    return set_notifications(
        by=request.acting,
        hit_type_id=hit_type_id,
        is_sandbox=request.is_sandbox,
        specification=Specification(
            transport=form.cleaned_data["transport"],
            destination=form.cleaned_data["destination"],
            version=form.cleaned_data["version"],
            event_types=form.cleaned_data["event_types"],
        ),
        at=clock.now(),
    )


def _own(request: MemberRequest, subscription_id: int) -> Subscription:
    """The requester's, on the side that the page shows; somebody else's is a 404."""
    mine = subscriptions_of(request.acting.requester, is_sandbox=request.is_sandbox)
    found = mine.filter(pk=subscription_id).first() if subscription_id <= MAX_ID else None
    if found is None:
        raise Http404
    return found


def _page(request: MemberRequest, subscription: Subscription) -> dict[str, Any]:
    sent = deliveries_of(request.acting.requester).filter(subscription=subscription)
    return {
        "subscription": subscription,
        "page": _sent(request, sent),
        "test_form": TestForm(auto_id=False),
        **rights_of(request),
    }


def _sent(request: MemberRequest, deliveries: QuerySet[Delivery]) -> Page[Any]:
    """A page of documents, each with its `text` and how many `others` follow the first event."""
    page = page_newest_first(request, deliveries, size=PAGE_SIZE)
    for delivery in page.rows:
        delivery.text = json.dumps(delivery.document, indent=2)
        delivery.others = len(delivery.document["Events"]) - 1
    return page
