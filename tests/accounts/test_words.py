"""How pages write money, spans and moments; and what a refusal looks like."""

from datetime import timedelta

import pytest
from django import forms
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory

from marketplace.errors import InsufficientFunds, InvalidInput
from marketplace.web.errors import DomainErrorMiddleware, refusals_shown_in
from marketplace.web.places import PlaceForm
from marketplace.web.templatetags.manyhands import cents, duration, per_hour, relative


def drawn(text: str, **context: object) -> str:
    return Template("{% load manyhands %}" + text).render(Context(context))


def test_money_has_its_sign_and_its_cents():
    assert cents(123450, "USD") == "$1,234.50"
    assert cents(10, "XTS") == "T$0.10"
    assert cents(None, "USD") == "–"
    assert per_hour(1390, "USD") == "$13.90/h"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (40, "40 s"),
        (120, "2 min"),
        (90, "1.5 min"),
        (3 * 3600, "3 h"),
        (86400 * 2, "2 d"),
        (45 * 60, "45 min"),
    ],
)
def test_a_span_is_in_its_largest_unit(seconds, words):
    assert duration(seconds) == words
    assert duration(timedelta(seconds=seconds)) == words


def test_a_moment_is_near_or_far(clock):
    assert relative(clock.now) == "just now"
    assert relative(clock.now - timedelta(minutes=3)) == "3 min ago"
    assert relative(clock.now + timedelta(days=2)) == "in 2 days"
    assert relative(None) == "never"
    assert 'datetime="2026-03-02T09:00:00+00:00"' in drawn("{{ at|when }}", at=clock.now)


def test_a_bar_of_parts_adds_up_and_is_told_in_words():
    parts = [(3, "approved", "data-1"), (1, "to review", "data-2"), (0, "open", "data-4")]
    bar = drawn("{% progress_bar parts %}", parts=parts)
    assert 'aria-label="3 approved, 1 to review, 0 open"' in bar
    assert 'width="75.0%"' in bar
    assert 'x="75.00%"' in bar


def test_a_bar_of_nothing_is_drawn_too():
    assert "0 open" in drawn("{% progress_bar parts %}", parts=[(0, "open", "data-4")])


def test_a_refusal_becomes_the_forms_error_at_its_field():
    class Form(forms.Form):
        name = forms.CharField()

    form = Form({"name": "x"})
    assert form.is_valid()
    with refusals_shown_in(form):
        raise InvalidInput("Too short.", field="name")
    assert form.errors == {"name": ["Too short."]}


def refused(**headers: str):
    request = RequestFactory(headers=headers).post("/somewhere/")
    middleware = DomainErrorMiddleware(lambda request: HttpResponse())
    return middleware.process_exception(request, InsufficientFunds("$3.00 is missing."))


def test_a_refusal_nobody_caught_is_a_page_with_its_status():
    response = refused()
    assert response.status_code == 402
    assert "$3.00 is missing." in response.content.decode()
    assert "<!doctype html>" in response.content.decode().lower()


def test_htmx_gets_the_sentence_alone_and_where_to_put_it():
    response = refused(hx_request="true")
    assert response.status_code == 402
    assert response["HX-Retarget"] == "#messages"
    assert "<html" not in response.content.decode()


def test_any_other_exception_is_left_alone():
    middleware = DomainErrorMiddleware(lambda request: HttpResponse())
    assert middleware.process_exception(RequestFactory().get("/"), ValueError()) is None


def test_a_region_belongs_to_its_country():
    good = PlaceForm({"country": "US", "subdivision": "US-CA"})
    assert good.is_valid()
    assert good.cleaned_data == {"country": "US", "subdivision": "CA"}
    assert not PlaceForm({"country": "DE", "subdivision": "US-CA"}).is_valid()
    assert PlaceForm({"country": "MC", "subdivision": ""}).is_valid()
    assert not PlaceForm({"country": "XX"}).is_valid()
