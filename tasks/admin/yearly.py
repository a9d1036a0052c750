"""Yearly totals for tax forms, as CSV. Here, since a requester's are made of work and money."""

import csv
from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from marketplace import clock
from marketplace.adminsite import Page
from marketplace.audit import trail
from marketplace.money import dollars
from tasks.queries.yearly import TOTALS, WORDS, totals_of
from tasks.results import cells

FIRST_YEAR = 2020


class YearForm(forms.Form):
    """Which year."""

    year = forms.IntegerField(label=_("Year (UTC)"), min_value=FIRST_YEAR, max_value=9998)


@require_safe
def yearly(request: HttpRequest) -> HttpResponse:
    """Choose the year; two files to download."""
    explains: Any = _(
        "One line per person and currency, in decimal units of the currency; the sandbox’s play "
        "money is left out. Rewards, bonuses and fees count when they were approved or given, "
        "deposits and payouts when they arrived. Each download is written into the audit trail."
    )
    if settings.MANYHANDS_GATEWAY == "play":
        all_play = _("Live work is paid with play money here too: nobody is charged or paid.")
        explains = f"{explains} {all_play}"
    context = admin.site.each_context(request) | {
        "title": PAGE.label,
        "form": YearForm(initial={"year": clock.now().year}),
        "explains": explains,
    }
    return render(request, "admin/yearly.html", context)


@require_safe
def yearly_csv(request: HttpRequest, whose: str) -> HttpResponse | StreamingHttpResponse:
    """The year's totals of all workers, or of all requesters."""
    if whose not in TOTALS:
        raise Http404("There are totals of workers and of requesters.")
    form = YearForm(request.GET)
    if not form.is_valid():
        context = admin.site.each_context(request) | {"title": PAGE.label, "form": form}
        return render(request, "admin/yearly.html", context, status=400)
    year = form.cleaned_data["year"]
    trail.record(
        action="download_yearly_totals",
        actor=trail.actor_of(request.user),
        subject=("year", year),
        at=clock.now(),
        whose=whose,
    )
    response = StreamingHttpResponse(_lines(whose, year), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{whose}-{year}.csv"'
    response["Cache-Control"] = "no-store"
    return response


class _Echo:
    def write(self, line: str) -> str:
        return line


def _lines(whose: str, year: int) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    _statement, columns = TOTALS[whose]
    yield writer.writerow(columns)
    for row in totals_of(whose, year):
        words = [cells.guarded(str(word)) for word in row[:WORDS]]
        yield writer.writerow([*words, *(dollars(int(cents)) for cents in row[WORDS:])])


PAGE = Page(
    label=_("Yearly totals"),
    explains=_("What each worker earned and each requester paid in a year, for tax forms."),
    path="yearly/",
    name="yearly",
    view=yearly,
)
admin.site.add_page(PAGE)  # type: ignore[attr-defined]
admin.site.add_page(  # type: ignore[attr-defined]
    Page(
        label=PAGE.label,
        explains="",
        path="yearly/<slug:whose>.csv",
        name="yearly_csv",
        view=yearly_csv,
        is_listed=False,
    )
)
