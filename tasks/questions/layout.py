"""HTML layouts: pages with ${variables}, filled in for one HIT and wrapped for the worker.

Values go in raw, as on Mechanical Turk: layout and values are both the requester's, and the
page runs in a frame that can reach nothing else (design, section 8). The same form of
submission as Mechanical Turk's: a POST to externalSubmit with assignmentId and the fields.
"""

import hashlib
import re
from collections.abc import Mapping
from html import escape

from django.utils.translation import gettext as _

from tasks.models import Question

_VARIABLE = re.compile(r"\$\{\s*([^{}\s][^{}]*?)\s*\}")
_FORM = re.compile(r"<(form|crowd-form)[\s>]", re.IGNORECASE)
_AMAZON_SUBMIT = re.compile(r"https?://(?:www|workersandbox)\.mturk\.com/mturk/externalSubmit")
_AMAZON_SCRIPT = re.compile(
    r"(?:https?:)?//s3(?:-[a-z0-9-]+)?\.amazonaws\.com/mturk-public/externalHIT_v1\.js"
)

PREVIEW_ASSIGNMENT = "ASSIGNMENT_ID_NOT_AVAILABLE"


def variables_in(layout: str) -> list[str]:
    """The names of a layout's variables, each once, in order of appearance."""
    return list(dict.fromkeys(_VARIABLE.findall(layout)))


def fill(layout: str, inputs: Mapping[str, str]) -> str:
    """The layout with each ${name} replaced by its value; an unknown name by nothing."""
    return _VARIABLE.sub(lambda match: str(inputs.get(match[1], "")), layout)


def question_for(layout: str) -> Question:
    """The stored question with this layout, stored now if it is new."""
    kind = Question.Kind.LAYOUT
    digest = hashlib.sha256(f"{kind}\n{layout}".encode()).hexdigest()
    question, _created = Question.objects.get_or_create(
        digest=digest, defaults={"kind": kind, "content": layout}
    )
    return question


def page(filled: str, *, assignment_id: str, hit_id: str, submit_url: str, script_url: str) -> str:
    """The whole page for the frame. `assignment_id` is PREVIEW_ASSIGNMENT in a preview.

    A layout without a form of its own is put into one and given a button to submit, as
    Mechanical Turk's website did.
    """
    body = _AMAZON_SUBMIT.sub(submit_url, filled)
    body = _AMAZON_SCRIPT.sub(script_url, body)
    if not _FORM.search(body):
        body = _form(body, assignment_id, submit_url)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="manyhands" data-assignment="{escape(assignment_id)}"'
        f' data-hit="{escape(hit_id)}" data-submit="{escape(submit_url)}">'
        f'<script src="{escape(script_url)}"></script></head><body>{body}</body></html>'
    )


def _form(body: str, assignment_id: str, submit_url: str) -> str:
    disabled = " disabled" if assignment_id == PREVIEW_ASSIGNMENT else ""
    label = _("Accept the HIT to submit") if disabled else _("Submit")
    return (
        f'<form id="mturk_form" name="mturk_form" method="post" action="{escape(submit_url)}">'
        f'<input type="hidden" id="assignmentId" name="assignmentId"'
        f' value="{escape(assignment_id)}">{body}'
        f'<p><button type="submit" id="submitButton"{disabled}>{escape(label)}</button></p></form>'
    )
