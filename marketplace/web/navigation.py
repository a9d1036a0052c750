"""The bar at the top: which side a person is on, and the pages of that side.

A view is named, not imported: the pages belong to apps that this one may not know. A page that
isn't there is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

WORKER, REQUESTER = "worker", "requester"
SESSION_KEY = "hat"

PAGES: dict[str, Sequence[tuple[str | Promise, str]]] = {
    WORKER: (
        (_("Find work"), "work:browse"),
        (_("Queue"), "work:queue"),
        (_("Qualifications"), "workers:qualifications"),
        (_("Dashboard"), "work:dashboard"),
        (_("Earnings"), "work:earnings"),
    ),
    REQUESTER: (
        (_("Start"), "requester:start"),
        (_("Projects"), "requester:projects"),
        (_("Batches"), "requester:batches"),
        (_("Qualifications"), "requester:qualifications"),
        (_("Workers"), "requester:workers"),
        (_("Money"), "money:balance"),
        (_("Team"), "accounts:team"),
        (_("Developers"), "accounts:developers"),
    ),
}
STARTS = {WORKER: "work:browse", REQUESTER: "requester:start"}
PREFIXES = {"/work/": WORKER, "/requester/": REQUESTER, "/money/": REQUESTER}
LABELS = {WORKER: _("Working"), REQUESTER: _("Posting work")}


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One link in the bar."""

    label: str | Promise
    url: str
    is_current: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Navigation:
    """What the bar shows to one reader on one page."""

    hat: str
    label: str | Promise
    items: Sequence[Item]
    work_url: str
    post_url: str


def url_or_nothing(view: str) -> str:
    """The URL of a view that may not be there."""
    try:
        return reverse(view)
    except NoReverseMatch:
        return ""


def start_of(hat: str) -> str:
    """Where the side begins."""
    return url_or_nothing(STARTS[hat])


def hat_of(request: HttpRequest) -> str:
    """Which side this page is on; a page of neither keeps the side that was used last."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return ""
    worn = getattr(request, "hat", "") or _hat_by_path(request.path)
    return worn or request.session.get(SESSION_KEY, "")


def remember_hat(request: HttpRequest) -> None:
    """Keep the side that this page is on for the pages that are on neither."""
    worn = hat_of(request)
    if worn and request.session.get(SESSION_KEY) != worn:
        request.session[SESSION_KEY] = worn


def navigation_for(request: HttpRequest) -> Navigation:
    """The bar for this request."""
    hat = hat_of(request)
    urls = [(label, url_or_nothing(view)) for label, view in PAGES.get(hat, ())]
    current = _longest_prefix(request.path, [url for _label, url in urls if url])
    return Navigation(
        hat=hat,
        label=LABELS.get(hat, ""),
        items=[Item(label=lb, url=url, is_current=url == current) for lb, url in urls if url],
        work_url=start_of(WORKER),
        post_url=start_of(REQUESTER),
    )


def _hat_by_path(path: str) -> str:
    for prefix, hat in PREFIXES.items():
        if path.startswith(prefix):
            return hat
    for hat, pages in PAGES.items():
        if _longest_prefix(path, [url for _label, view in pages if (url := url_or_nothing(view))]):
            return hat
    return ""


def _longest_prefix(path: str, urls: Sequence[str]) -> str:
    return max((url for url in urls if path.startswith(url)), key=len, default="")


def local_address(request: HttpRequest, url: str) -> str:
    """An address that came with a request, if it is a page of ours; else nothing."""
    is_safe = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if is_safe else ""
