"""The page that a HIT's workers saw, and the elements on it: what their answers are read by."""

from tasks.annotations.elements import Element, elements_in
from tasks.models import HIT, Question
from tasks.questions.reading import html_of
from tasks.questions.templates import LAYOUTS, filled, template_asked


def elements_of(hit: HIT, *, here: str = "") -> list[Element]:
    """The elements of a HIT's page. `here`, the origin of our own pages, puts the addresses of
    the project's files in place of their names; without it the names stay.

    None for a page that is not ours to read. Raises InvalidInput for one that can't be made.
    """
    question = hit.question
    if question.kind in LAYOUTS:
        if here:
            return elements_in(filled(hit, here=here))
        return elements_in(template_asked(question).fill(hit.inputs, hit.source_line))
    if question.kind == Question.Kind.HTML:
        return elements_in(html_of(question).content)
    return []
