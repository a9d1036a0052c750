"""The page that a HIT's workers saw, and the elements on it: what their answers are read by."""

from tasks.annotations.elements import Element, elements_in
from tasks.models import HIT, Question
from tasks.questions.reading import html_of
from tasks.questions.templates import LAYOUTS, filled, template_asked


def page_of(hit: HIT, *, here: str = "") -> str:
    """The page as it was sent to them. `here`, the origin of our own pages, puts the addresses of
    the project's files in place of their names; without it the names stay.

    Empty where the page is not ours to read, or is a QuestionForm. Raises InvalidInput for one
    that can't be made.
    """
    question = hit.question
    if question.kind in LAYOUTS:
        if here:
            return filled(hit, here=here)
        return template_asked(question).fill(hit.inputs, hit.source_line)
    return html_of(question).content if question.kind == Question.Kind.HTML else ""


def elements_of(hit: HIT, *, here: str = "") -> list[Element]:
    """The elements of page_of."""
    return elements_in(page_of(hit, here=here))
