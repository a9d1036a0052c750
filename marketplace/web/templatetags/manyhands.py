"""How pages show money, time and progress, so that no page formats them by itself.

{{ cents|cents:currency }}   $1,234.50        {{ cents|per_hour:currency }}  $13.90/h
{{ cents|dollars }}          1234.50
{{ seconds|duration }}       40 s, 2 min, 3 h {{ moment|relative }}          3 min ago
{{ moment|when }}            the same in a <time> that shows the full date on hover
{% progress_bar parts %}     parts: (count, label, tone) triples; tone data-1 … data-4
{% navigation as nav %}      the bar
{% has_passkeys as has %}    whether browsers can make passkeys for this address
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template.context import RequestContext
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace import clock, money
from marketplace.web.navigation import Navigation, navigation_for

register = template.Library()

NOTHING = "–"
MINUTE, HOUR, DAY = 60, 3600, 86400


@register.filter
def cents(amount: int | None, currency: str = "USD") -> str:
    """An amount for people: 123450 -> "$1,234.50"; nothing -> a dash."""
    return NOTHING if amount is None else money.show(int(amount), currency)


@register.filter
def dollars(amount: int) -> str:
    """An amount as a form's field takes it: 123450 -> "1234.50"."""
    return money.dollars(amount)


@register.filter
def per_hour(amount: int | None, currency: str = "USD") -> str:
    """Cents per hour: 1390 -> "$13.90/h"."""
    if amount is None:
        return NOTHING
    return _("%(amount)s/h") % {"amount": money.show(int(amount), currency)}


@register.filter
def duration(length: float | timedelta | None) -> str:
    """A span in its largest fitting unit, to one decimal where that tells more: 40 s, 1.5 h."""
    if length is None:
        return NOTHING
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    for unit, size in ((_("d"), DAY), (_("h"), HOUR), (_("min"), MINUTE)):
        if seconds >= size:
            return f"{_short(seconds / size)} {unit}"
    return f"{round(seconds)} {_('s')}"


@register.filter
def relative(moment: datetime | None) -> str:
    """How far off: "just now", "3 min ago", "in 2 days"."""
    if moment is None:
        return _("never")
    seconds = (moment - clock.now()).total_seconds()
    if abs(seconds) < MINUTE / 2:
        return _("just now")
    span = _words(abs(seconds))
    return _("in %(span)s") % {"span": span} if seconds > 0 else _("%(span)s ago") % {"span": span}


@register.filter
def when(moment: datetime | None) -> str:
    """The relative time in a <time> element whose title has the whole date."""
    if moment is None:
        return relative(None)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT"),
        relative(moment),
    )


@register.inclusion_tag("_progress.html")
def progress_bar(
    parts: Sequence[tuple[int, str, str]], remark: str = "", total: int | None = None
) -> dict[str, object]:
    """A bar of parts with its legend. `total` is what the whole bar stands for."""
    whole = total or sum(count for count, _label, _tone in parts) or 1
    shown, start = [], 0.0
    for count, label, tone in parts:
        share = round(100 * count / whole, 2)
        shown.append(
            {
                "share": f"{share}" if count else "",
                "start": f"{start:.2f}",
                "tone": tone,
                "label": label,
                "count_text": f"{count:,}",
            }
        )
        start += share
    label = ", ".join(f"{part['count_text']} {part['label']}" for part in shown)
    return {"parts": shown, "label": label, "remark": remark}


@register.simple_tag(takes_context=True)
def navigation(context: RequestContext) -> Navigation | SafeString:
    """The bar for the page being drawn; nothing where a page is drawn without its request."""
    request = context.get("request")
    return navigation_for(request) if isinstance(request, HttpRequest) else SafeString("")


@register.simple_tag
def site_contact() -> str:
    """Where people write to the operator, or nothing."""
    contact: str = settings.MANYHANDS_CONTACT
    return contact


@register.simple_tag
def own_hosts() -> str:
    """The hosts that serve the marketplace and requesters' pages, for scripts: with a space
    between them."""
    origins = (settings.MANYHANDS_BASE_URL, settings.MANYHANDS_USERCONTENT_ORIGIN)
    return " ".join(filter(None, (urlsplit(origin).hostname for origin in origins)))


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0") if number < 10 else f"{round(number)}"


def _words(seconds: float) -> str:
    if seconds < HOUR:
        return _("%(count)d min") % {"count": max(1, round(seconds / MINUTE))}
    if seconds < DAY:
        return _("%(count)d h") % {"count": round(seconds / HOUR)}
    days = round(seconds / DAY)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


@register.simple_tag(takes_context=True)
def has_passkeys(context: RequestContext) -> bool:
    """Whether the page's host has a name: browsers make no passkeys for an IP address."""
    host = urlsplit(f"//{context['request'].get_host()}").hostname or ""
    return not re.fullmatch(r"[\d.]+|.*:.*", host)
