"""HTML layouts: pages with ${variables}, filled in for one HIT and made whole for the frame.

Values go in raw, as on Mechanical Turk: layout and values are both the requester's, and the
page runs in a frame that can reach nothing else. It submits as there too: a
POST to externalSubmit with assignmentId and the fields.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from django.utils.translation import gettext as _

from tasks.models import Question
from tasks.questions.storing import question_of

VARIABLE = re.compile(r"\$\{([^{}]+)\}")
_AMAZON_SUBMIT = re.compile(r"https?://(?:www|workersandbox)\.mturk\.com/mturk/externalSubmit")
_AMAZON_SCRIPT = re.compile(
    r"(?:https?:)?//s3(?:-[a-z0-9-]+)?\.amazonaws\.com/mturk-public/externalHIT_v1\.js"
)
_AMAZON_CROWD = re.compile(r"(?:https?:)?//assets\.crowd\.aws/crowd-html-elements(?:-v2)?\.js")
# Finds tags where they are tags: comments, scripts and styles are stepped over. Possessive
# quantifiers that stop at the next "<" keep it quick whatever it is given.
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|textarea|title)\b[^<>]*+>.*?(?:</\1\s*+>|\Z)"
    r"|<(?P<name>!doctype|/?(?:html|head|body|form|crowd-form|crowd-entity-annotation))\b"
    r"(?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+>",
    re.IGNORECASE | re.DOTALL,
)

_FILE = re.compile(r"type\s*=\s*[\"']?file\b", re.IGNORECASE)
_ASKS = re.compile(r"<(?:input|select|textarea|crowd-(?!form\b|button\b)[a-z-]+)\b", re.IGNORECASE)
# Elements that bring their form, their button and their look: see docs/crowd-elements.md.
_CROWD_FORMS = {"crowd-form", "crowd-entity-annotation"}

PREVIEW_ASSIGNMENT = "ASSIGNMENT_ID_NOT_AVAILABLE"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a filled layout is shown: for whom, and the URLs that it needs, whole. Without
    `upload_url` files go with the form."""

    assignment_id: str
    hit_id: str
    submit_url: str
    script_url: str
    style_url: str
    crowd_url: str
    upload_url: str = ""

    @property
    def is_preview(self) -> bool:
        """Nothing can be submitted from a preview."""
        return self.assignment_id == PREVIEW_ASSIGNMENT


def variables_in(layout: str) -> list[str]:
    """The names of a layout's variables, each once, in order of appearance."""
    names = (name.strip() for name in VARIABLE.findall(layout))
    return list(dict.fromkeys(filter(None, names)))


def asks(layout: str) -> bool:
    """Whether there is anything in it that a worker could fill in."""
    return bool(_ASKS.search(layout))


def fill(layout: str, inputs: Mapping[str, str]) -> str:
    """The layout with each ${name} replaced by its value; an unknown name by nothing."""
    return VARIABLE.sub(lambda match: str(inputs.get(match[1].strip(), "")), layout)


def question_for(layout: str) -> Question:
    """The stored question with this layout, stored now if it is new."""
    return question_of(Question.Kind.LAYOUT, layout)


def page(filled: str, place: Place) -> str:
    """The whole page for the frame, from a filled layout that is a document or a fragment.

    One without a form of its own is put into one and given a button to submit, as Mechanical
    Turk's website did. A form of its own is prepared in the browser, by externalHIT_v1.js.
    """
    body = _AMAZON_SUBMIT.sub(lambda _match: place.submit_url, filled)
    body = _AMAZON_SCRIPT.sub(lambda _match: place.script_url, body)
    body = _AMAZON_CROWD.sub(lambda _match: place.crowd_url, body)
    tags = _tags(body)
    names = {name for name, _start, _end in tags}
    is_crowd = bool(names & _CROWD_FORMS)
    has_form = "form" in names or is_crowd
    if not names & {"!doctype", "html", "head", "body"}:
        inner = body if has_form else _form_start(place, body) + body + _form_end(place)
        return (
            '<!doctype html><html lang="en"><head>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"{_head(place)}{'' if is_crowd else _style(place)}</head><body>{inner}</body></html>"
        )
    return _completed(body, tags, place, has_form=has_form)


def _style(place: Place) -> str:
    return f'<link rel="stylesheet" href="{escape(place.style_url)}">'


_Tags = list[tuple[str, int, int]]


def _tags(html: str) -> _Tags:
    """(name, start, end) of the tags that matter here, in order."""
    return [
        (match["name"].lower(), match.start(), match.end())
        for match in _TAG.finditer(html)
        if match["name"]
    ]


def _completed(html: str, tags: _Tags, place: Place, *, has_form: bool) -> str:
    """A document of the requester's own, with our script in its head and a form in its body."""
    first = {name: (start, end) for name, start, end in reversed(tags)}
    last = {name: start for name, start, _end in tags}
    head = next((first[name][1] for name in ("head", "html", "!doctype") if name in first), 0)
    if "head" not in first and "body" in first:
        head = first["body"][0]
    added = [(head, _head(place))]
    if not has_form:
        opening = next((first[name][1] for name in ("body", "/head") if name in first), head)
        closing = next((last[name] for name in ("/body", "/html") if name in last), len(html))
        added += [(opening, _form_start(place, html)), (max(opening, closing), _form_end(place))]
    parts, reached = [], 0
    for position, text in added:
        parts += [html[reached:position], text]
        reached = position
    return "".join([*parts, html[reached:]])


def _head(place: Place) -> str:
    return (
        '<meta charset="utf-8">'
        f'<meta name="manyhands" data-assignment="{escape(place.assignment_id)}"'
        f' data-hit="{escape(place.hit_id)}" data-submit="{escape(place.submit_url)}"'
        f' data-word-submit="{escape(_("Submit"))}"'
        f' data-word-preview="{escape(_("Accept this HIT to submit"))}"'
        f' data-word-offline="{escape(_offline())}"'
        f' data-upload="{escape(place.upload_url)}"'
        f' data-word-sending="{escape(_("Sending {name}: {percent} %"))}"'
        f' data-word-unsent="{escape(_unsent())}">'
        f'<script src="{escape(place.script_url)}"></script>'
    )


def _offline() -> str:
    return _(
        "The marketplace can't be reached, so nothing was sent. Your answer is still here: check "
        "your connection, then submit again."
    )


def _unsent() -> str:
    return _(
        "{name} could not be sent, and your answer is still here. Check your connection, then "
        "submit again."
    )


def _form_start(place: Place, body: str) -> str:
    has_files = ' enctype="multipart/form-data"' if _FILE.search(body) else ""
    return (
        '<form id="mturk_form" name="mturk_form" method="post"'
        f' action="{escape(place.submit_url)}"{has_files}>'
        '<input type="hidden" id="assignmentId" name="assignmentId"'
        f' value="{escape(place.assignment_id)}">'
    )


def _form_end(place: Place) -> str:
    disabled = " disabled" if place.is_preview else ""
    label = _("Accept this HIT to submit") if place.is_preview else _("Submit")
    return (
        f'<p><button type="submit" id="submitButton"{disabled}>{escape(label)}</button></p></form>'
    )
