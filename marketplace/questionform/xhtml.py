"""FormattedContent: the subset of XHTML that a requester may put among a form's content.

Tables, lists, links, images and text markup. No script, no style, no form, no id or class: as in
Mechanical Turk's subset (the API reference's article "Formatted Content: XHTML").
"""

import re
from html import unescape
from html.entities import name2codepoint

import nh3
from django.utils.safestring import SafeString, mark_safe
from lxml import etree

from marketplace.questionform.errors import InvalidXHTML
from marketplace.questionform.xml import MAX_DEPTH

_ALIGN = {"align", "valign", "char", "charoff"}
_CELL = _ALIGN | {
    "abbr", "axis", "bgcolor", "colspan", "headers", "height", "nowrap", "rowspan", "scope",
    "width",
}  # fmt: skip
_PLAIN = frozenset(
    {
        "abbr", "acronym", "address", "b", "bdo", "big", "blockquote", "br", "center", "cite",
        "code", "dd", "del", "dfn", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4",
        "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "map", "area", "ol", "p", "pre", "q",
        "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "table", "caption",
        "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
        "a",
    }
)  # fmt: skip
_OWN: dict[str, set[str]] = {
    "a": {"href", "target", "name", "hreflang", "type", "rel", "rev", "shape", "coords"},
    "area": {"href", "target", "alt", "shape", "coords", "nohref"},
    "bdo": {"dir"},
    "blockquote": {"cite"},
    "br": {"clear"},
    "caption": {"align"},
    "col": _ALIGN | {"span", "width"},
    "colgroup": _ALIGN | {"span", "width"},
    "del": {"cite", "datetime"},
    "div": {"align"},
    "font": {"size", "color", "face"},
    "hr": {"align", "noshade", "size", "width"},
    "img": {
        "src", "alt", "longdesc", "height", "width", "usemap", "ismap", "align", "border",
        "hspace", "vspace", "name",
    },
    "ins": {"cite", "datetime"},
    "li": {"type", "value"},
    "map": {"name"},
    "ol": {"type", "compact", "start"},
    "p": {"align"},
    "pre": {"width"},
    "q": {"cite"},
    "table": {
        "summary", "width", "border", "frame", "rules", "cellspacing", "cellpadding", "align",
        "bgcolor",
    },
    "tbody": _ALIGN,
    "td": _CELL,
    "tfoot": _ALIGN,
    "th": _CELL,
    "thead": _ALIGN,
    "tr": _ALIGN | {"bgcolor"},
    "ul": {"type", "compact"},
    **{f"h{level}": {"align"} for level in range(1, 7)},
}  # fmt: skip
_EVERYWHERE = {"title", "lang", "dir"}
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_XHTML = "http://www.w3.org/1999/xhtml"
_ADDRESSES = {"href", "src", "cite", "longdesc", "usemap"}
_SCHEMES = {"http", "https", "mailto"}
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_BLOCK = re.compile(r"(?=</?(?:p|div|li|dt|dd|h[1-6]|t[drh]|br|hr|blockquote|pre)\b)")
_KEPT = {"amp", "lt", "gt", "quot", "apos"}


def check(content: str) -> None:
    """Raises InvalidXHTML unless the content is well formed and of the subset alone."""
    whole = f'<div xmlns="{_XHTML}">{_NAMED.sub(_as_character, content)}</div>'
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False
    )
    try:
        root = etree.fromstring(whole.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise InvalidXHTML(" ".join((error.msg or "not XHTML").split())) from None
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise InvalidXHTML(f"Elements are nested more than {MAX_DEPTH} deep.")
        if event == "start" and isinstance(element.tag, str):
            _check_element(element, str(element.tag))


def sanitised(content: str) -> SafeString:
    """The content as it may stand in a page; what check() refuses is not in it."""
    cleaned = nh3.clean(
        _NAMED.sub(_as_character, content),
        tags=set(_PLAIN),
        clean_content_tags={"script", "style"},
        attributes={
            "*": _EVERYWHERE,
            **{tag: own - {"target", "rel", "rev"} for tag, own in _OWN.items()},
        },
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return mark_safe(cleaned)  # nh3 rebuilt it from allowed tags and attributes


def words_of(content: str) -> str:
    """The content's text alone: not escaped, for whoever escapes it."""
    apart = _BLOCK.sub(" ", _NAMED.sub(_as_character, content))
    return unescape(nh3.clean(apart, tags=set(), clean_content_tags={"script", "style"}))


def _check_element(element: etree._Element, name: str) -> None:
    tag = name.removeprefix(f"{{{_XHTML}}}")
    if tag not in _PLAIN:
        raise InvalidXHTML(
            f"cvc-complex-type.2.4.a: Invalid content was found starting with element '{tag}'. "
            "It is not of the supported subset of XHTML."
        )
    for attribute, value in element.attrib.items():
        key = str(attribute)
        if key not in _OWN.get(tag, set()) | _EVERYWHERE | {_XML_LANG}:
            raise InvalidXHTML(
                f"cvc-complex-type.3.2.2: Attribute '{key}' is not allowed to appear in element "
                f"'{tag}'."
            )
        if key in _ADDRESSES:
            scheme, colon, _rest = str(value).strip().partition(":")
            if colon and not set("/?#") & set(scheme) and scheme.lower() not in _SCHEMES:
                raise InvalidXHTML(
                    f"cvc-pattern-valid: The address in attribute '{key}' of element '{tag}' "
                    "must begin with https://, http:// or mailto:."
                )


def _as_character(match: re.Match[str]) -> str:
    """XHTML's named characters, which XML without a document type doesn't know."""
    name = match[1]
    known = name in name2codepoint and name not in _KEPT
    return chr(name2codepoint[name]) if known else match[0]
