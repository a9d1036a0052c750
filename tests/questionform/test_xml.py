"""XML from outside: what is refused, in which words, and how quickly."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.errors import DomainError
from marketplace.questionform import answer_key, answers, external, form, html
from marketplace.questionform.errors import MalformedXML
from marketplace.questionform.xml import EXTERNAL, HTML, MAX_BYTES, checked
from tests.questionform import samples

PARSERS = [external.parse, html.parse, form.parse, answer_key.parse, answers.from_xml]
ROOTS = ("ExternalQuestion", "HTMLQuestion", "QuestionForm", "AnswerKey", "QuestionFormAnswers")
SEED = [
    samples.EVERYTHING,
    html.wrap("<p>hello</p>", 400),
    samples.key(samples.keyed("a", ("x", 1))),
    answers.to_xml({"a": "1"}),
]


def refusal(text, *roots):
    with pytest.raises(MalformedXML) as caught:
        checked(text, *(roots or ROOTS))
    return caught.value.message


def test_the_message_begins_as_clients_look_for_it():
    said = refusal(html.wrap("x").replace("FrameHeight", "Height"))
    assert said.startswith(
        "There was an error parsing the XML question or answer data in your request.  Please "
        "make sure the data is well-formed and validates against the appropriate schema. "
        "Details: cvc-complex-type.2.4.a: Element 'Height': This element is not expected."
    )
    assert "(line 1)" in said


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<a/>", "cvc-elt.1: "),
        (html.wrap("x").replace(">0<", ">tall<"), "cvc-datatype-valid.1.2.1: "),
        (html.wrap("x", -1), "cvc-minInclusive-valid: "),
        (html.wrap("x", 2**31), "cvc-datatype-valid.1.2.1: "),
        (html.wrap("x").replace("<FrameHeight>0</FrameHeight>", ""), "cvc-complex-type.2.4.b: "),
        (html.wrap("x").replace("</HTMLQ", "<x/></HTMLQ"), "cvc-complex-type.2.4.d: "),
        (html.wrap("x").replace("<FrameHeight>", '<FrameHeight a="1">'), "cvc-type.3.1.1: "),
    ],
)
def test_each_broken_rule_has_xerces_name(text, code):
    assert f"Details: {code}" in refusal(text)


def test_the_line_is_named():
    assert "(line 3)" in refusal(f'<HTMLQuestion xmlns="{HTML}">\n\n<Wrong/></HTMLQuestion>')


def test_only_the_roots_asked_for_are_taken():
    assert "cvc-elt.1" in refusal(html.wrap("x"), "ExternalQuestion")
    assert checked(html.wrap("x"), "ExternalQuestion", "HTMLQuestion").tag.endswith("HTMLQuestion")


def test_a_document_type_is_refused_wherever_it_can_stand_but_not_in_content():
    for before in ("", "  \n", "<!-- a -->", '<?xml version="1.0"?>\n<!-- a --><?b c?>'):
        assert "DOCTYPE" in refusal(f"{before}<!DOCTYPE HTMLQuestion>{html.wrap('x')}")
    assert html.parse(html.wrap("<!DOCTYPE html><p>")).content == "<!DOCTYPE html><p>"


LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "' + f"&a{n - 1};" * 10 + '">' for n in range(1, 12))
    + "]><l>&a11;</l>"
)
HOSTILE = {
    "billion laughs": LAUGHS,
    "quadratic": f'<!DOCTYPE l [<!ENTITY a "{"a" * 30_000}">]><l>{"&a;" * 10_000}</l>',
    "an outside file": '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l>&a;</l>',
    "an unknown entity": html.wrap("x").replace("<![CDATA[x]]>", "&nbsp;"),
    "deep": "<a>" * 20_000,
    "deep and closed": "<a>" * 5_000 + "</a>" * 5_000,
    "65 deep": "<a>" * 65 + "</a>" * 65,
    "many attributes": "<a " + " ".join(f"a{n}=''" for n in range(6_000)) + "/>",
    "one attribute twice": "<a b='' b=''/>",
    "a long attribute": f'<a b="{"x" * 60_000}"/>',
    "a long name": f"<{'a' * 60_000}/>",
    "many namespaces": "<a " + " ".join(f"xmlns:a{n}='u:{n}'" for n in range(2_900)) + "/>",
    "too large": html.wrap("x" * MAX_BYTES),
    "NUL": html.wrap("x").replace("x]]", "\0]]"),
    "NUL alone": "\0",
    "half a character": html.wrap("x").replace("x]]", "\ud800]]"),
    "nothing": "",
    "white space": " \n ",
    "not XML": "{}",
    "another encoding": '<?xml version="1.0" encoding="utf-7"?>+ADw-a/+AD4-',
    "a control character": html.wrap("x").replace("x]]", "\x0b]]"),
    "a type of its own": html.wrap("x").replace(
        "<FrameHeight>",
        f'<FrameHeight xmlns:i="{samples.SCHEMA_INSTANCE}" i:type="i:nothing">',
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused_at_once(name):
    for parse in PARSERS:
        started = time.perf_counter()
        with pytest.raises(MalformedXML) as caught:
            parse(HOSTILE[name])
        assert time.perf_counter() - started < 1
        assert len(caught.value.message) < 1_000
        assert "\0" not in caught.value.message
        caught.value.message.encode()


def test_a_schema_that_a_document_names_is_never_read(tmp_path):
    named = tmp_path / "schema.xsd"
    named.write_text("<not a schema")
    text = html.wrap("x").replace(
        "<HTMLQuestion ",
        f'<HTMLQuestion xmlns:i="{samples.SCHEMA_INSTANCE}" '
        f'i:schemaLocation="u:other {named}" i:noNamespaceSchemaLocation="{named}" ',
    )
    assert html.parse(text).content == "x"


def test_65535_bytes_of_utf8_are_taken_and_one_more_is_not():
    room = MAX_BYTES - len(html.wrap(""))
    assert len(html.parse(html.wrap("é" * (room // 2))).content) == room // 2
    assert "65535 bytes" in refusal(html.wrap("x" * (room + 1)))


@pytest.mark.parametrize("parse", PARSERS)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=2_000)
@given(data=st.data())
def test_whatever_comes_a_parser_answers_or_refuses(parse, data):
    seed = data.draw(st.sampled_from(SEED))
    text = data.draw(
        st.one_of(
            st.text(st.characters(exclude_categories=())),
            st.builds(
                lambda at, cut, new: seed[:at] + new + seed[at + cut :],
                st.integers(0, len(seed)),
                st.integers(0, 40),
                st.one_of(
                    st.text(st.characters(exclude_categories=()), max_size=20),
                    st.sampled_from(
                        ["<", "&", "]]>", "<x>", '"', "&#0;", "<!--", "99999999999999"]
                    ),
                ),
            ),
        )
    )
    try:
        parse(text)
    except DomainError as refused:
        refused.message.encode()


def test_a_page_of_html_comes_back_as_it_was_wrapped():
    page = html.parse(html.wrap("<b>]]></b> &amp; é <!-- -->", 450))
    assert (page.content, page.frame_height) == ("<b>]]></b> &amp; é <!-- -->", 450)
    assert html.parse(html.wrap("a\0b\x0bc")).content == "abc"


@given(st.text(max_size=200))
def test_every_page_of_html_can_be_wrapped(content):
    kept = html.parse(html.wrap(content)).content
    assert kept == "".join(
        "\n" if one == "\r" else one for one in content.replace("\r\n", "\n") if _is_xml(one)
    )


def _is_xml(one):
    return (
        one in "\t\n\r" or " " <= one <= "\ud7ff" or "\ue000" <= one <= "\ufffd" or one > "\uffff"
    )


def question_at(url):
    return (
        f'<ExternalQuestion xmlns="{EXTERNAL}"><ExternalURL>{url}</ExternalURL>'
        "<FrameHeight>600</FrameHeight></ExternalQuestion>"
    )


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://lab.example/task?a=1&amp;b=2#top", "https://lab.example"),
        ("  https://LAB.example:8443/x\n", "https://lab.example:8443"),
        ("HTTPS://b\u00fccher.example/", "https://xn--bcher-kva.example"),
        ("https://lab.example/?q[]=1&amp;r={x}|%zz", "https://lab.example"),
        ("http://localhost:5000/", "http://localhost:5000"),
        ("http://127.0.0.1:5000/ad?x=1", "http://127.0.0.1:5000"),
    ],
)
def test_a_page_elsewhere_is_taken_with_its_origin(url, origin):
    question = external.parse(question_at(url))
    assert question.url == url.strip().replace("&amp;", "&")
    assert question.origin == origin
    assert question.frame_height == 600


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://lab.example/", "must begin with https://"),
        ("javascript:alert(1)", "not a URL with a host"),
        ("data:text/html,x", "not a URL with a host"),
        ("//lab.example/", "must begin with https://"),
        ("/task", "not a URL with a host"),
        ("", "not a URL with a host"),
        ("https://", "not a URL with a host"),
        ("https://user:pass@lab.example/", "user name"),
        ("https://a.example\\@b.example/", "backslash"),
        ("https://a.example/a\tb", "space"),
        ("https://[::1]/", "not a URL with a host"),
        ("https://a;b/", "not a URL with a host"),
        ("https://a'b/", "not a URL with a host"),
        ("https://a.example:99999/", "not a URL"),
        ("https://market.example/", "host of this marketplace"),
        ("https://MARKET.example:444/", "host of this marketplace"),
        ("https://market.example./", "host of this marketplace"),
        ("https://pages.example/", "host of this marketplace"),
        ("https://alias.example/", "host of this marketplace"),
    ],
)
def test_an_address_that_can_not_be_shown_safely_is_refused(url, why, settings):
    settings.MANYHANDS_BASE_URL = "https://market.example"
    settings.MANYHANDS_USERCONTENT_ORIGIN = "https://pages.example"
    settings.ALLOWED_HOSTS = ["market.example", "alias.example"]
    with pytest.raises(MalformedXML, match=why):
        external.parse(question_at(url))


def test_in_production_the_readers_own_machine_is_no_host(settings):
    settings.IS_PRODUCTION = True
    for url in ("http://localhost:5000/", "https://127.0.0.1/"):
        with pytest.raises(MalformedXML):
            external.parse(question_at(url))


def test_in_development_our_own_port_is_ours_and_another_is_not(settings):
    settings.MANYHANDS_BASE_URL = "http://127.0.0.1:8000"
    with pytest.raises(MalformedXML, match="host of this marketplace"):
        external.parse(question_at("http://localhost:8000/"))
    external.parse(question_at("http://localhost:8001/"))
