"""The plain fields of a HIT's page: what each asks, and what its choices are called."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import html as lxml_html

from tasks.annotations.elements import parsed

MAX_WORDS = 300
_NAMED = (
    "input", "select", "textarea", "crowd-input", "crowd-text-area", "crowd-slider",
    "crowd-checkbox", "crowd-toggle-button", "crowd-radio-button",
)  # fmt: skip
_TICKED = ("crowd-checkbox", "crowd-toggle-button", "crowd-radio-button")


@dataclass(kw_only=True, slots=True)
class Field:
    """`title` is what it asks ("" where the page doesn't say), `options` what each value says."""

    title: str = ""
    options: dict[str, str] = field(default_factory=dict)


def fields_in(page: str) -> dict[str, Field]:
    """{name: field}, in the page's order."""
    root = parsed(page)
    found: dict[str, Field] = {}
    if root is None:
        return found
    labels = {
        str(label.get("for")): _words(label) for label in root.iter("label") if label.get("for")
    }
    for node in root.iter(*_NAMED):
        name = node.get("name")
        if name and node.get("type") not in ("hidden", "submit", "button", "reset"):
            _note(found.setdefault(name, Field()), node, labels)
    return found


def _note(known: Field, node: lxml_html.HtmlElement, labels: dict[str, str]) -> None:
    own = _label_of(node, labels)
    is_choice = node.tag == "input" and node.get("type") in ("radio", "checkbox")
    if is_choice:
        known.options.setdefault(node.get("value") or "on", own)
        known.title = known.title or _group_of(node)
    elif node.tag in _TICKED:
        value = node.get("value")
        if value:
            known.options.setdefault(value, own)
        known.title = known.title or own
    else:
        known.title = known.title or own
        for option in node.iter("option"):
            known.options.setdefault(option.get("value") or _words(option), _words(option))


def _label_of(node: lxml_html.HtmlElement, labels: dict[str, str]) -> str:
    if node.tag in _TICKED:
        return _words(node)
    given = node.get("label") or node.get("aria-label") or labels.get(node.get("id") or "")
    around = next(node.iterancestors("label"), None)
    return _cut(given or (_words(around) if around is not None else ""))


def _group_of(node: lxml_html.HtmlElement) -> str:
    group = next(node.iterancestors("fieldset"), None)
    legend = group.find(".//legend") if group is not None else None
    return _words(legend) if legend is not None else ""


def _words(node: lxml_html.HtmlElement) -> str:
    """Its text, what it offers to choose and to type left out."""
    return _cut(" ".join("".join(_texts(node)).split()))


def _texts(node: lxml_html.HtmlElement) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        if child.tag not in ("select", "textarea", "script", "style") and isinstance(
            child.tag, str
        ):
            yield from _texts(child)
        yield child.tail or ""


def _cut(text: str) -> str:
    return text if len(text) <= MAX_WORDS else f"{text[:MAX_WORDS]}…"
