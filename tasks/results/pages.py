"""The page that a HIT's workers saw, and the elements on it: what their answers are read by."""

from tasks.annotations.elements import Element, elements_in
from tasks.files.references import filled_from
from tasks.models import HIT, Question
from tasks.questions import layout
from tasks.questions.reading import html_of


def elements_of(hit: HIT, *, here: str = "") -> list[Element]:
    """The elements of a HIT's page. `here`, the origin of our own pages, puts the addresses of
    the project's files in place of their names; without it the names stay.

    None for a page that is not ours to read, or that can't be made any more.
    """
    question = hit.question
    if question.kind == Question.Kind.LAYOUT:
        if here:
            return elements_in(layout.fill(*filled_from(hit, here=here)))
        return elements_in(layout.fill(question.content, hit.inputs))
    if question.kind == Question.Kind.HTML:
        return elements_in(html_of(question).content)
    return []
