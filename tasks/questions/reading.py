"""Stored questions, read: what each kind's XML says. Kept in memory, since many HITs ask one."""

from functools import lru_cache

from marketplace.questionform import external, form, html
from tasks.models import Question

_KEPT = 256


def external_of(question: Question) -> external.External:
    """Raises MalformedXML for a page that may not be shown any more: settings change."""
    return _external(question.content)


def html_of(question: Question) -> html.HTMLQuestion:
    """Raises MalformedXML."""
    return _html(question.content)


def form_of(question: Question) -> form.Form:
    """Raises MalformedXML and InvalidXHTML."""
    return _form(question.content)


def frame_height_of(question: Question) -> int:
    """In pixels, as its requester wants it; 0 to fit what is shown."""
    if question.kind == Question.Kind.EXTERNAL:
        return external_of(question).frame_height
    return html_of(question).frame_height if question.kind == Question.Kind.HTML else 0


_external = lru_cache(_KEPT)(external.parse)
_html = lru_cache(_KEPT)(html.parse)
_form = lru_cache(_KEPT)(form.parse)
