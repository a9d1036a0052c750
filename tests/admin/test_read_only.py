"""Nothing in the admin can edit money, states or the trail: walked over all that is registered."""

import json

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core import serializers
from django.db import connection
from django.test import RequestFactory
from django.test.client import MULTIPART_CONTENT
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from marketplace.adminsite import StaffAdmin, StaffSite
from marketplace.audit.models import AuditEntry

ADMINS = list(admin.site._registry.values())
JSON = "application/json"
OURS = {"accounts", "audit", "marketplace", "payments", "tasks", "workers", "mturk"}


def name_of(model_admin):
    return f"{model_admin.opts.app_label}.{model_admin.opts.object_name}"


def walk(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, prefix)
        elif isinstance(pattern, URLPattern):
            yield pattern


def admin_patterns():
    resolver = next(p for p in get_resolver().url_patterns if getattr(p, "app_name", "") == "admin")
    return list(walk(resolver.url_patterns))


def everything():
    """Every row of ours in the database, the trail left out, for comparing before and after."""
    models = [model for model in apps.get_models() if model._meta.app_label in OURS - {"audit"}]
    return {
        model._meta.label: json.loads(serializers.serialize("json", model.objects.order_by("pk")))
        for model in models
    }


def test_the_walk_finds_what_money_states_and_the_trail_are_in():
    found = {name_of(model_admin) for model_admin in ADMINS}
    assert {
        "accounts.User",
        "accounts.Requester",
        "audit.AuditEntry",
        "payments.Account",
        "payments.Transfer",
        "payments.Deposit",
        "payments.Payout",
        "tasks.HIT",
        "tasks.HITType",
        "tasks.Assignment",
        "tasks.Batch",
        "tasks.Project",
        "tasks.HITReport",
        "workers.Worker",
    } <= found


def test_only_pages_that_cannot_write_are_registered():
    assert isinstance(admin.site, StaffSite) or isinstance(admin.site._wrapped, StaffSite)
    assert all(isinstance(model_admin, StaffAdmin) for model_admin in ADMINS)
    assert {model_admin.opts.app_label for model_admin in ADMINS} <= OURS


def test_an_admin_that_writes_does_not_get_in():
    admin.site.register(Group, admin.ModelAdmin)
    assert Group not in admin.site._registry


def test_not_even_a_superuser_may_add_change_or_delete(place):
    request = RequestFactory().get("/")
    request.user = place.root
    for model_admin in ADMINS:
        for obj in (None, model_admin.model.objects.first()):
            assert not model_admin.has_change_permission(request, obj), model_admin
            assert not model_admin.has_delete_permission(request, obj), model_admin
        assert not model_admin.has_add_permission(request), model_admin
        assert model_admin.get_actions(request) == {}, model_admin
        assert model_admin.list_editable == (), model_admin


@pytest.mark.parametrize("model_admin", ADMINS, ids=name_of)
def test_there_is_no_page_to_add_delete_or_edit_on(model_admin):
    names = {pattern.name for pattern in model_admin.get_urls()}
    prefix = f"{model_admin.opts.app_label}_{model_admin.opts.model_name}"
    assert names == {f"{prefix}_changelist", f"{prefix}_change", f"{prefix}_act"}


def test_a_superuser_posting_to_any_page_changes_nothing(place, root):
    before, entries = everything(), AuditEntry.objects.count()
    for model_admin in ADMINS:
        obj = model_admin.model.objects.first()
        assert obj is not None, f"the fixture has no {model_admin.model}: nothing would be tested"
        prefix = f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}"
        fields = {f.name: "1" for f in model_admin.opts.concrete_fields if not f.primary_key}
        listing, page = reverse(f"{prefix}_changelist"), reverse(f"{prefix}_change", args=[obj.pk])
        attempts = {
            listing: {"action": "delete_selected", "_selected_action": obj.pk, "post": "yes"},
            page: fields | {"_save": "Save"},
            f"{listing}add/": fields | {"_save": "Save"},
            f"{listing}{obj.pk}/": fields | {"_save": "Save"},
            f"{listing}{obj.pk}/delete/": {"post": "yes"},
            f"{listing}{obj.pk}/history/": {"post": "yes"},
        }
        for url, content in attempts.items():
            for method, kind in (("post", MULTIPART_CONTENT), ("put", JSON), ("delete", JSON)):
                answer = getattr(root, method)(url, content, content_type=kind)
                assert answer.status_code in (403, 404, 405), (method, url, answer.status_code)
    assert everything() == before
    assert AuditEntry.objects.count() == entries


def test_posting_without_a_reason_to_any_admin_url_changes_nothing(place, root):
    """Every pattern of the admin, with arguments that lead to an act where there is one."""
    before, entries = everything(), AuditEntry.objects.count()
    # Asking for a reconciliation only makes it look: that takes no reason, and has its own tests.
    passed_by = (None, "logout", "login", "reconcile")
    patterns = [p for p in admin_patterns() if p.name not in passed_by]
    assert len(patterns) > 3 * len(ADMINS)
    for pattern in patterns:
        for obj in (place.hit, place.worker.user, place.message, place.report):
            for act in ("retry", "suspend", "take-down", "resolve"):
                known = {
                    "object_id": str(obj.pk),
                    "name": act,
                    "app_label": "payments",
                    "content_type_id": 1,
                    "whose": "workers",
                }
                names = [*pattern.pattern.converters, *pattern.pattern.regex.groupindex]
                wanted = {name: known[name] for name in names}
                answer = root.post(reverse(f"admin:{pattern.name}", kwargs=wanted), {})
                assert answer.status_code < 500
                if "object_id" not in wanted:
                    break
    assert everything() == before
    assert AuditEntry.objects.count() == entries


def test_every_list_and_every_page_opens(place, staff):
    for model_admin in ADMINS:
        prefix = f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}"
        listing = staff.get(reverse(f"{prefix}_changelist"))
        assert listing.status_code == 200, prefix
        for obj in model_admin.model.objects.order_by("-pk")[:5]:
            answer = staff.get(reverse(f"{prefix}_change", args=[obj.pk]), follow=True)
            assert answer.status_code == 200, prefix
            assert b'class="module panel"' in answer.content, prefix


def test_a_list_counts_no_further_than_it_must(place, staff, monkeypatch):
    monkeypatch.setattr("marketplace.adminsite.MOST_COUNTED", 2)
    for model_admin in ADMINS:
        prefix = f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}"
        with CaptureQueriesContext(connection) as asked:
            staff.get(reverse(f"{prefix}_changelist"))
        table = model_admin.opts.db_table
        counts = [
            query["sql"]
            for query in asked
            if query["sql"].startswith("SELECT COUNT(*)") and table in query["sql"]
        ]
        assert counts, prefix
        assert all("LIMIT 2" in sql for sql in counts), counts
