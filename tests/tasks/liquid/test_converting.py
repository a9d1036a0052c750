"""Layouts from the one language into the other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.questions import layout, liquid
from tasks.questions.liquid_convert import to_liquid, to_variables


def test_variables_become_liquid_that_shows_the_same():
    found = to_liquid('<p title="${a}">${my column} ${ size } {{ {% ${}</p>')
    assert found.text == (
        '<p title="{{ task.input.a | skip_autoescape }}">'
        '{{ task.input["my column"] | skip_autoescape }} '
        "{{ task.input[\"size\"] | skip_autoescape }} {{ '{{' }} {{ '{%' }} ${}</p>"
    )


PIECES = st.lists(
    st.one_of(
        st.sampled_from(["${a}", "${ b }", "${my column}", "${if}", "${size}", "${it's}", "${ }",
                         "{", "}", "%", "{{", "{%", "%}", "}}", "${", "$", "{% raw %}", "'", '"',
                         "{{ a }}", "<p>", "\r\n", "\n", "-"]),
        st.text(max_size=4),
    ),
    max_size=10,
).map("".join)  # fmt: skip
ROWS = st.dictionaries(
    st.sampled_from(["a", "b", "my column", "if", "size", "it's"]),
    st.one_of(st.text(max_size=6), st.sampled_from(["<b>&", "[1,  2]", '{"a":1}', "${b}", "{{"])),
)


@settings(max_examples=100, deadline=None)
@given(PIECES, ROWS)
def test_into_liquid_every_row_shows_the_same_page_and_the_way_back_too(source, row):
    there = to_liquid(source)
    if there.problems:
        return
    row = dict.fromkeys(layout.variables_in(source), "") | row
    page = layout.fill(source, row)
    assert liquid.fill(there.text, row) == page
    back = to_variables(there.text)
    if not back.problems:
        assert layout.fill(back.text, row) == page
        assert not back.notes


def test_a_name_with_both_quotes_has_no_words_in_liquid():
    assert to_liquid("a\n${x'\"}").problems == [
        "Line 2: the name x'\" has both kinds of quotes in it."
    ]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>{{ task.input.x | skip_autoescape }}</p>", "<p>${x}</p>"),
        ("{{ task.input['my column'] | grant_read_access | safe }}", "${my column}"),
        ("a {%- comment -%} {{ gone }} {%- endcomment -%} b", "ab"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("a  {{- x | safe -}}  b", "a${x}b"),
    ],
)
def test_liquid_becomes_variables_where_they_can_say_it(source, text):
    found = to_variables(source)
    assert (found.text, found.problems, found.notes) == (text, [], [])


def test_what_was_escaped_is_noted():
    found = to_variables("<p>\n{{ task.input.x }}</p>{{ y | escape }}")
    assert found.text == "<p>\n${x}</p>${y}"
    assert "line 2" in found.notes[0]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("a\n{% for l in labels %}{{ l }}{% endfor %}", "Line 2: {% for %} can't be said"),
        ("{% if x %}a{% else %}b{% endif %}", "Line 1: {% if %} can't be said"),
        ("{{ x | upcase }}", "Line 1: {{ x | upcase }} can't be said"),
        ("{{ x.y }}", "Line 1: {{ x.y }} can't be said"),
        ("\n{{ task.input.taskObject }}", "Line 2: write which column taskObject is"),
        ("`${js}`", "Line 1: the text ${js} would become a variable"),
        ("{{ x", "Line 1: {{ is opened"),
    ],
)
def test_what_variables_have_no_words_for_is_told_by_line(source, said):
    found = to_variables(source)
    assert found.text == ""
    assert found.problems[0].startswith(said)
