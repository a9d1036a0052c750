"""Layouts in Liquid: Ground Truth's words, the columns they need, and limits that hold."""

import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.questions import liquid
from tasks.questions.liquid_scan import LiquidRefused


@pytest.mark.parametrize(
    ("source", "inputs", "page"),
    [
        ("{{ task.input.x }}|{{ x }}", {"x": "<b>&"}, "&lt;b&gt;&amp;|&lt;b&gt;&amp;"),
        ('{{ task.input["my column"] }}', {"my column": "y"}, "y"),
        ("{{ task.input.x }}", {"task.input.x": "y"}, "y"),
        ("{{ x | skip_autoescape }}", {"x": "<b>"}, "<b>"),
        ("{{ x | escape_once }}", {"x": "<&amp;"}, "&lt;&amp;"),
        ("{{ x | escape }}", {"x": "<"}, "&lt;"),
        ("{{ x | grant_read_access }}", {"x": "s3://b/k?a&b"}, "s3://b/k?a&amp;b"),
        ("{{ task.input.taskObject }}", {"source-ref": "a.png"}, "a.png"),
        ("{{ task.input.taskObject }}", {"source": "words"}, "words"),
        ("{{ task.input.taskObject }}", {"source": "words", "taskObject": "own"}, "own"),
        ("{% for l in labels %}<{{ l }}>{% endfor %}", {"labels": '["a", "b"]'}, "<a><b>"),
        ("{{ labels }}", {"labels": '["a",  "b"]'}, "[&#34;a&#34;,  &#34;b&#34;]"),
        ("{{ task.input.labels | to_json | escape }}", {"labels": '["<"]'}, "[&#34;\\u003c&#34;]"),
        ("{{ nothing }}{{ task.input.no.thing }}", {}, ""),
        ("a\r\n{% raw %}{{ x }}{% endraw %}", {}, "a\r\n{{ x }}"),
        ("{{ x }}", {"x": "[not json"}, "[not json"),
    ],
)
def test_a_template_is_filled_in(source, inputs, page):
    assert liquid.fill(source, inputs) == page


def test_a_line_of_a_manifest_has_its_values_as_they_are():
    line = '{"source-ref": "a.png", "n": 2, "is_dog": false, "box": {"left": 1}, "text": "[1]"}'
    source = (
        "{{ task.input.taskObject }} {{ n | plus: 1 }} {% if is_dog %}dog{% else %}cat{% endif %} "
        "{{ box.left }} {{ box | to_json | skip_autoescape }} {{ text }} {{ box }}"
    )
    page = 'a.png 3 cat 1 {"left": 1} [1] {&#34;left&#34;: 1}'
    assert liquid.fill(source, {}, line) == page


def test_variables_are_found_without_what_the_template_makes_itself():
    source = (
        "{% assign mine = task.input.a %}{{ mine }}{{ task.input['source-ref'] }}"
        "{% for label in task.input.labels %}{{ label.name }}{{ forloop.index }}{{ lang }}"
        "{% endfor %}{{ task.input[mine] }}{{ task.input }}{{ 'now' | date: '%Y' }}{{ b.c }}{{ a }}"
    )
    assert liquid.variables_in(source) == ["a", "source-ref", "labels", "lang", "b"]
    assert liquid.missing(source, ["a", "task.input.b", "source-ref"]) == ["labels", "lang"]
    assert liquid.missing("{{ task.input.taskObject }}", ["source"]) == []
    assert liquid.missing("{{ task.input.taskObject }}", ["text"]) == ["taskObject"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("a\n{{ x", "Line 2: {{ is opened and never closed"),
        ("a\n\n{% if x %}", "Line 3: {% if %} has no {% endif %}"),
        ("a\n{{ x | nope }}", "Line 2: There is no filter called “nope”"),
        ("a\n{% if false %}{{ x | nope }}{% endif %}", "Line 2: There is no filter"),
        ("{% nope %}", "Line 1: unexpected tag 'nope'"),
        ("{% include 'x' %}", "Line 1: unexpected tag 'include'"),
        ("a\n{{ x ! }}", "Line 2: "),
        ("{{ }}", "Line 1: {{ }} has nothing in it"),
        ("a\n{% for i in (1..20000) %}{% endfor %}", "Line 2: a loop would go beyond"),
    ],
)
def test_a_mistake_is_told_with_its_line(source, said):
    with pytest.raises(LiquidRefused) as refused:
        liquid.check(source)
    assert refused.value.message.startswith(said)
    assert refused.value.details["field"] == "layout"


def test_what_only_a_sample_makes_wrong_is_no_mistake_of_the_template():
    liquid.check("{{ 10 | divided_by: n }}{{ when | date: '%Y' }}")
    with pytest.raises(LiquidRefused, match="can't divide by 0"):
        liquid.fill("{{ 10 | divided_by: n }}", {"n": "0"})


WHEN = "{% case 1 %}{% when " + ",".join("1" * 300) + " %}"
HOSTILE = {
    "unclosed values": "{{" * 32_000,
    "unclosed tags": "{%" * 32_000,
    "unclosed raws": "{% raw %}" * 7_000,
    "blanks in a value": "{{" + " " * 60_000 + "}}",
    "blanks in a tag": "{% endif" + " " * 60_000 + "%}",
    "a long loop": "{% for i in (1..1000000000) %}{% endfor %}",
    "a loop that skips": "{% for i in (1..9000000000000) offset: 8999999999000 %}{% endfor %}",
    "loops in loops": "{% for i in (1..1000) %}" * 9 + "{% endfor %}" * 9,
    "loops after loops": "{% for i in (1..9999) %}{% endfor %}" * 1_500,
    "bodies without a value": "{% for i in (1..9999) %}" + "{% if true %}{% endif %}" * 2_000
    + "{% endfor %}",
    "a case that matches often": WHEN * 15 + "{% endcase %}" * 15,
    "depth": "{% if true %}" * 2_000 + "{% endif %}" * 2_000,
    "brackets": "{{ " + "[" * 3_000 + " }}",
    "parentheses": ("{{ " + "(" * 3_900 + " }}") * 16,
    "conditions": "{% if " + " and ".join("a" * 600) + " %}{% endif %}",
    "a number squared": "{% assign x = 99999 %}" + "{% assign x = x | times: x %}" * 40,
    "a text doubled": "{% assign x = 'aaaaaaaa' %}" + "{% assign x = x | append: x %}" * 40,
    "a text multiplied": "{% assign x = big | replace: 'a', big %}",
    "a list joined": "{% assign x = big | slice: 0, 4000 | split: '' | join: big %}",
    "a list doubled": "{% assign x = big | split: ',' %}"
    + "{% assign x = x | concat: x %}" * 14 + "{{ x }}",
    "a range as a list": "{{ (1..1000000000) | reverse }}",
    "a range searched": "{% if (1..1000000000) contains 'x' %}{% endif %}",
    "a range kept": "{% assign r = (1..1000000000) %}{% if r contains 'x' %}{% endif %}",
    "many names": "".join(f"{{% assign a{n} = big | append: big %}}" for n in range(1_700)),
    "a large page": "{% for i in (1..9999) %}aaaaaaaaaaaaaaaa{% endfor %}",
    "a large block": "{% capture a %}{% for i in (1..9999) %}aaaaaaaaaaaaaaaa{% endfor %}"
    "{% endcapture %}",
    "a large number": "{{ '" + "9" * 3_900 + "' | times: 9 }}",
    "a date of a format": "{% assign f = big | replace: 'a', '%c' %}{{ 'now' | date: f }}",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_template_that_means_harm_is_refused_quickly(name):
    started = time.thread_time()
    with pytest.raises(LiquidRefused):
        liquid.fill(HOSTILE[name], {"big": "a" * 60_000})
    assert time.thread_time() - started < 3


PARTS = st.sampled_from(
    ["{{", "}}", "{%", "%}", "{%-", "-}}", " ", "\n", "x", "task.input.x", "task.input['y']", "|",
     "upcase", "to_json", "replace: x, 'b'", "split: ','", "if", "endif", "else", "for i in x",
     "for i in (1..x)", "endfor", "case x", "when 1", "endcase", "assign a = x", "capture a",
     "endcapture", "raw", "endraw", "comment", "endcomment", "liquid", "cycle 1, 2",
     "tablerow r in x", "endtablerow", "==", "contains", "'", '"', "[", "]", "(", ")", "..",
     "9" * 30, "${x}", "<b>",
     "increment x", "echo x", "doc", "enddoc", "#", "ё", "\0", "unless x", "endunless", "break"]
)  # fmt: skip
MARKUP = st.one_of(
    st.builds("{{{{ {} | {} }}}}".format, PARTS, PARTS),
    st.builds("{{% {} %}}".format, PARTS),
    PARTS,
    st.text(max_size=5),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(MARKUP, max_size=12).map("".join),
    st.dictionaries(st.sampled_from(["x", "y", "a"]), st.one_of(
        st.text(max_size=20), st.sampled_from(["[1,2]", '{"a":[]}', "1e999", "-5", "[[[", "\0"]))),
)  # fmt: skip
def test_whatever_the_template_is_it_is_filled_in_or_refused(source, inputs):
    for act in (liquid.check, liquid.variables_in, lambda text: liquid.fill(text, inputs)):
        with suppress(LiquidRefused):
            act(source)
