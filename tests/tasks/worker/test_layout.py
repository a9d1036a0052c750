"""Layouts made whole for the frame: fragments and documents, with a form of their own or not."""

import time

import pytest
from lxml import html

from tasks.questions import layout
from tasks.questions.layout import PREVIEW_ASSIGNMENT, Place

SUBMIT = "https://m.test/mturk/externalSubmit"


def place(assignment_id="3ABC"):
    """Where it is shown."""
    return Place(
        assignment_id=assignment_id,
        hit_id="3HIT",
        submit_url=SUBMIT,
        script_url="https://m.test/static/externalHIT_v1.js",
        style_url="https://m.test/static/task.css",
        crowd_url="https://m.test/static/crowd-html-elements.js",
    )


def shown(source, *, assignment_id="3ABC"):
    """The page, parsed."""
    return html.document_fromstring(layout.page(source, place(assignment_id)))


def the_form(page):
    """Its one form."""
    (form,) = page.forms
    return form


def test_variables_are_filled_raw_and_unknown_ones_vanish():
    source = "<p>${a} ${ b } ${nobody}</p>"
    assert layout.variables_in(source) == ["a", "b", "nobody"]
    assert layout.fill(source, {"a": "<b>x</b>", "b": "$1"}) == "<p><b>x</b> $1 </p>"


def test_a_value_that_looks_like_a_variable_or_a_group_is_left_alone():
    assert layout.fill("${a}", {"a": r"${b} \1 \g<0>", "b": "no"}) == r"${b} \1 \g<0>"


def test_a_fragment_gets_a_form_a_button_our_type_and_our_script():
    page = shown('<p>Cat?</p><input name="a">')
    form = the_form(page)
    assert form.action == SUBMIT
    assert form.method == "POST"
    assert form.fields["assignmentId"] == "3ABC"
    assert "a" in form.fields
    assert page.xpath("//button[@type='submit']")
    assert page.xpath("//link[@rel='stylesheet']/@href") == ["https://m.test/static/task.css"]
    assert page.xpath("//script/@src") == ["https://m.test/static/externalHIT_v1.js"]
    assert page.xpath("//meta[@name='manyhands']/@data-assignment") == ["3ABC"]


def test_a_preview_has_its_button_disabled():
    page = shown("<p>Cat?</p>", assignment_id=PREVIEW_ASSIGNMENT)
    assert page.xpath("//button/@disabled")


def test_a_fragment_with_its_own_form_is_not_wrapped_in_another():
    page = shown('<form><input name="a"></form>')
    assert len(page.forms) == 1


@pytest.mark.parametrize("source", [
    "<!DOCTYPE html><html><head><title>T</title></head><body class='x'><p>Cat?</p></body></html>",
    "<html><body class='x'><p>Cat?</p></body></html>",
    "<HTML><HEAD></HEAD><BODY class='x'><p>Cat?</p></BODY></HTML>\n",
    "<body class='x'><p>Cat?</p></body>",
    "<!-- <head> <form> --><html><head><script>var s = '<body><form>';</script></head>"
    "<body class='x'><p>Cat?</p></body></html>",
    "<!doctype html>\n<html lang='de'><head data-a='>'></head><body class='x'><p>Cat?</p>",
])  # fmt: skip
def test_a_document_stays_one_document_with_a_form_inside_its_body(source):
    made = layout.page(source, place())
    assert made.lower().count("<body class") == 1
    page = html.document_fromstring(made)
    form = the_form(page)
    assert form.getparent().tag == "body"
    assert form.getparent().get("class") == "x"
    assert form.xpath(".//p[text()='Cat?']")
    assert form.xpath(".//button[@type='submit']")
    assert page.xpath("//head//script/@src") == ["https://m.test/static/externalHIT_v1.js"]
    assert not page.xpath("//link")


def test_a_document_without_a_body_tag_gets_its_form_after_the_head():
    made = layout.page("<!doctype html><html><head><title>T</title></head><p>Cat?</p>", place())
    assert (
        made.index("</head>") < made.index("<form") < made.index("<p>Cat?") < made.index("</form>")
    )


def test_our_script_comes_before_the_document_s_own():
    made = layout.page("<html><head><script>mine()</script></head><body></body></html>", place())
    assert made.index("externalHIT_v1.js") < made.index("mine()")


def test_amazon_s_addresses_are_replaced_by_ours():
    source = (
        '<script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script>'
        '<form action="https://www.mturk.com/mturk/externalSubmit"></form>'
        '<form action="https://workersandbox.mturk.com/mturk/externalSubmit"></form>'
    )
    made = layout.page(source, place())
    assert "amazonaws" not in made
    assert "mturk.com" not in made
    assert made.count(f'action="{SUBMIT}"') == 2


def test_ids_can_not_break_out_of_the_page_s_head():
    made = layout.page("<p>x</p>", place('"><script>alert(1)</script>'))
    assert "<script>alert(1)" not in made


@pytest.mark.parametrize("source", [
    "<" * 60_000, "<!--" * 15_000, "<script>" * 8_000, "<form " * 10_000,
    "<body " + "a='" * 20_000, "<html " + 'x="' * 21_000, "${" * 30_000,
    "${a" + " " * 60_000, "${a " * 15_000, "${ " + " " * 60_000,
    "<script " * 9_000, "<form \"" * 9_000, "<form '\"" * 8_000, "<form \"'<form '" * 4_000,
    "<form " + "''" * 30_000, "<title>" + "</title" * 9_000, "<form a='" * 7_000 + "x" * 9_000,
])  # fmt: skip
def test_the_worst_layout_that_may_be_stored_is_made_whole_quickly(source):
    begin = time.perf_counter()
    layout.page(layout.fill(source[:65_535], {"a": "b"}), place())
    assert time.perf_counter() - begin < 1


@pytest.mark.parametrize("name", ["crowd-html-elements.js", "crowd-html-elements-v2.js"])
def test_crowd_elements_are_ours_and_bring_their_own_form(name):
    crowd = f'<script src="https://assets.crowd.aws/{name}"></script>'
    made = layout.page(
        crowd + '<crowd-form><crowd-input name="a"></crowd-input></crowd-form>', place()
    )
    assert 'src="https://m.test/static/crowd-html-elements.js"' in made
    assert "crowd.aws" not in made
    assert "<form" not in made
    assert "submitButton" not in made
    assert "task.css" not in made


def test_a_crowd_element_that_is_only_spoken_of_brings_no_form():
    made = layout.page("<!-- <crowd-form> --><p>Use a crowd-form</p>", place())
    assert '<form id="mturk_form"' in made
