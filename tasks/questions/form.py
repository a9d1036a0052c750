"""A QuestionForm's page: its fields, in a form that submits as every other task's does."""

from collections.abc import Mapping

from marketplace.questionform import render
from marketplace.questionform.fitting import SentFile
from tasks.models import Question
from tasks.questions import layout
from tasks.questions.layout import Place
from tasks.questions.reading import form_of

MARKER = "manyhands-questionform"
"""A field that says that the others are named as marketplace.questionform.render names them."""


def page(
    question: Question,
    place: Place,
    *,
    values: Mapping[str, str | list[str]] | None = None,
    errors: Mapping[str, str] | None = None,
    files: Mapping[str, SentFile] | None = None,
) -> str:
    """The whole page for the frame; shown again, with the values and what is wrong with them.
    `files` are those that were sent already, by their keys."""
    fields = render.as_html(form_of(question), values=values, errors=errors, files=files or {})
    return layout.page(f'<input type="hidden" name="{MARKER}" value="1">{fields}', place)
