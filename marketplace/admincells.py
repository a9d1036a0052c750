"""How the staff's pages show things: links between objects, money, moments, data."""

import json
from datetime import datetime
from typing import Any

from django.contrib.admin.utils import quote
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from marketplace import money

NOTHING = "–"


def url_of(obj: models.Model, key: int | str | None = None) -> str:
    """The page of an object, by its public id where it has one."""
    opts = obj._meta
    name = key if key is not None else getattr(obj, "public_id", obj.pk)
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[quote(name)])


def act_url(obj: models.Model, name: str, key: int | str) -> str:
    """Where an act on the object asks for its reason."""
    opts = obj._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_act", args=[quote(key), name])


def link(obj: models.Model | None, text: object = None) -> str:
    """An object's text as a link to its page; a dash for none."""
    if obj is None:
        return NOTHING
    return format_html('<a href="{}">{}</a>', url_of(obj), text if text is not None else obj)


def link_by_name(model: str, key: str, text: object = None) -> str:
    """A link to the page of `model` (“tasks_hit”), whose app may be floors above; or the text."""
    shown = text if text is not None else key
    try:
        url = reverse(f"admin:{model}_change", args=[quote(key)])
    except NoReverseMatch:
        return str(shown)
    return format_html('<a href="{}">{}</a>', url, shown)


def amount(cents: int | None, currency: str) -> str:
    """Money for people; a dash for none."""
    return NOTHING if cents is None else money.show(cents, currency)


def moment(at: datetime | None) -> str:
    """A time to the second, in UTC, as the audit needs it."""
    return (
        NOTHING
        if at is None
        else f"{at.astimezone(timezone.get_current_timezone()):%Y-%m-%d %H:%M:%S}"
    )


def data(value: Any) -> SafeString:
    """JSON to read; every part of it escaped."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return mark_safe(format_html("<pre>{}</pre>", text))


def actor(name: str) -> str:
    """Whom the trail names, as a link where it is a person."""
    kind, _colon, key = name.partition(":")
    return link_by_name("accounts_user", key, name) if kind == "user" else name


# What the trail and the ledger call things, and the admin that shows them. By name, not by
# import: most of them are floors above.
SUBJECTS = {
    "user": "accounts_user",
    "requester": "accounts_requester",
    "worker": "workers_worker",
    "qualification_type": "workers_qualificationtype",
    "hit": "tasks_hit",
    "group": "tasks_hittype",
    "batch": "tasks_batch",
    "project": "tasks_project",
    "assignment": "tasks_assignment",
    "report": "tasks_hitreport",
    "outbox": "marketplace_outboxmessage",
}


def subject(kind: str, key: str) -> str:
    """What an entry is about, as a link where there is a page for it."""
    shown = f"{kind} {key}"
    return link_by_name(SUBJECTS[kind], key, shown) if kind in SUBJECTS else shown
