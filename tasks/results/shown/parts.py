"""An answer as parts: one for each element of the page, field, or question of a QuestionForm."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from marketplace.errors import InvalidInput
from marketplace.questionform.form import (
    Bullets,
    Content,
    Form,
    Formatted,
    Media,
    Selection,
    Text,
    Title,
)
from marketplace.questionform.form import (
    Question as Asking,
)
from marketplace.questionform.xhtml import words_of
from tasks.annotations import given, loose, readable
from tasks.annotations.brief import brief, ticked, values_by_name
from tasks.annotations.elements import Element, elements_in
from tasks.annotations.fields import Field, fields_in
from tasks.annotations.kinds import (
    Asked,
    Choice,
    Clip,
    Comparison,
    Drawing,
    Given,
    Mask,
    Ranking,
    Spans,
)
from tasks.models import HIT, Question
from tasks.questions.reading import form_of
from tasks.results.pages import page_of
from tasks.results.shown import passages, trees
from tasks.results.shown.media import media_of
from tasks.results.shown.passages import Entity, Piece
from tasks.results.shown.trees import Line

LONGEST = 20_000
"""Characters of a text that are shown; the raw answer has them all."""
LONGEST_TITLE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A line of a ranking, one of two responses, or a question with its answer."""

    name: str
    text: str = ""
    ranks: tuple[str, ...] = ()
    is_better: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What an answer says under one name. `kind` names the way it is shown: choice, picture,
    clip, passage, ranking, comparison, asked, text or tree; `brief` says it in a few words;
    `problems` are what could not be read of it, `others` what is shown below `element`."""

    name: str
    title: str
    kind: str
    brief: str
    given: Given | None = None
    element: Element | None = None
    chosen: tuple[str, ...] = ()
    comment: str = ""
    text: str = ""
    rows: tuple[Row, ...] = ()
    columns: tuple[str, ...] = ()
    pieces: Sequence[Piece] = ()
    entities: Sequence[Entity] = ()
    tree: Sequence[Line] = ()
    problems: tuple[str, ...] = ()
    others: tuple[Element, ...] = ()

    @property
    def media(self) -> str:
        """What is shown of what was asked about: an address alone shows nothing."""
        return self.element.media if self.element and self.element.source else ""

    @property
    def is_framed(self) -> bool:
        """Whether it is drawn, in a frame, over what it is about."""
        return self.kind in ("picture", "clip")

    @property
    def is_tie(self) -> bool:
        """Whether neither of two responses is better."""
        return isinstance(self.given, Comparison) and self.given.preferred is None

    @property
    def is_long(self) -> bool:
        """Whether its text needs a box of its own to scroll in."""
        return len(self.text) > 1500 or sum(len(piece.text) for piece in self.pieces) > 1500


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What the workers of a HIT saw, read once for all of its answers."""

    elements: Sequence[Element] = ()
    fields: Mapping[str, Field] | None = None
    form: Form | None = None


def page_seen(hit: HIT, *, here: str) -> Page:
    """Of a page on another server, and of one that can't be made any more, nothing."""
    try:
        if hit.question.kind == Question.Kind.FORM:
            return Page(form=form_of(hit.question))
        page = page_of(hit, here=here)
    except InvalidInput:
        return Page()
    return Page(elements=elements_in(page), fields=fields_in(page))


def parts_of(page: Page, answer: given.Fields | None) -> list[Part]:
    """The answer in the order of its page; what the page doesn't know comes last, by name."""
    if page.form is not None:
        return _of_form(page.form, answer or {})
    values = given.values_of(answer)
    found = [
        _of_element(element, given.take(values, element.name))
        for element in page.elements
        if element.name
    ]
    fields = page.fields or {}
    left = values_by_name(values)
    for name in [*(name for name in fields if name in left), *sorted(left.keys() - fields.keys())]:
        found.append(_of_field(name, fields.get(name, Field()), left[name]))
    return found


def part_called(page: Page, answer: given.Fields | None, name: str) -> Part | None:
    """The part of this name that stands for an element, or for a question with media."""
    if page.form is not None:
        asked = (part for part in _of_form(page.form, answer or {}) if part.element)
        return next((part for part in asked if part.name == name), None)
    element = next((element for element in page.elements if element.name == name), None)
    if element is None:
        return None
    return _of_element(element, given.take(given.values_of(answer), name))


def _of_element(element: Element, value: Any) -> Part:
    title = (element.attributes.get("header") or element.name)[:LONGEST_TITLE]
    make = partial(Part, name=element.name, title=title, element=element)
    if value is None:
        return make(kind="text", brief="", problems=(_("Nothing was sent for this."),))
    said, problems = readable.read(element, value)
    make = partial(make, brief=brief(value), problems=tuple(problems), given=said)
    if isinstance(said, Choice):
        return make(kind="choice", chosen=said.labels, comment=said.comment)
    if isinstance(said, Drawing | Mask):
        return make(kind="picture")
    if isinstance(said, Spans):
        return _passage(make, element, said)
    if isinstance(said, Ranking):
        return make(kind="ranking", **_ranking(element, said))
    if isinstance(said, Comparison):
        return make(kind="comparison", **_comparison(element, said))
    if isinstance(said, Clip):
        return make(kind="clip")
    if isinstance(said, Asked):
        rows = tuple(
            Row(name=question, text=answer if not tags else f"{answer} ({tags})")
            for question, answer, tags in said.questions
        )
        return make(kind="asked", rows=rows)
    return make(kind="tree", tree=trees.lines_of(value))


def _passage(make: Any, element: Element, said: Spans) -> Part:
    hues = passages.hues_of(
        (label.name for label in element.labels), (span.label for span in said.spans)
    )
    text, more = element.text[:LONGEST], element.text[LONGEST:]
    spans = [span for span in said.spans if span.end <= len(text)]
    part: Part = make(
        kind="passage",
        pieces=passages.pieces_of(text, spans, hues),
        entities=passages.entities_of(element.text, said.spans, hues),
        comment=_("The text goes on; what is marked beyond is in the list.") if more else "",
    )
    return part


def _ranking(element: Element, said: Ranking) -> dict[str, Any]:
    responses = _responses(element)
    count = max((len(ranks) for ranks in said.ranks.values()), default=0)
    rows = []
    for place in range(count):
        ranks = tuple(str(row[place]) if place < len(row) else "–" for row in said.ranks.values())
        text = responses[place] if place < len(responses) else ""
        name = _("Response %(number)d") % {"number": place + 1}
        rows.append(Row(name=f"{name}: {text}" if text else name, ranks=ranks))
    return {"rows": tuple(rows), "columns": tuple(said.ranks), "comment": said.reason}


def _comparison(element: Element, said: Comparison) -> dict[str, Any]:
    responses = _responses(element)
    rows = tuple(
        Row(
            name=_("Response %(number)d") % {"number": place + 1},
            text=responses[place] if place < len(responses) else "",
            is_better=said.preferred == place,
        )
        for place in range(2)
    )
    chosen = (said.strength,) if said.strength else ()
    return {"rows": rows, "chosen": chosen, "comment": said.reason}


def _responses(element: Element) -> list[str]:
    """A list in JSON, or an attribute each, as the elements read them (ranking.js)."""
    try:
        found = loose.read(element.attributes.get("responses", "[]"))
    except ValueError:
        found = []
    if not isinstance(found, list) or not found:
        single = (element.attributes.get(f"response-{place}") for place in range(1, 11))
        found = [text for text in single if text]
    return [str(one)[:LONGEST] for one in found[:50]]


def _of_field(name: str, field: Field, value: Any) -> Part:
    make = partial(Part, name=name, title=(field.title or name)[:LONGEST_TITLE])
    if isinstance(value, dict) and value and all(isinstance(v, bool) for v in value.values()):
        words = ticked(value, {key: text for key, text in field.options.items() if text})
        chosen = [field.options.get(key) or key for key, is_on in value.items() if is_on]
        return make(kind="choice", brief=words, chosen=(words,) if "on" in value else tuple(chosen))
    parsed = _parsed(value)
    if isinstance(parsed, dict | list) and not _is_plain(value):
        return make(kind="tree", brief=brief(parsed), tree=trees.lines_of(parsed))
    several = [str(one) for one in value] if isinstance(value, list) else [brief(value)]
    if field.options and any(field.options.get(one) for one in several):
        chosen = [field.options.get(one) or one for one in several]
        return make(kind="choice", brief=", ".join(chosen), chosen=tuple(chosen))
    if len(several) > 1:
        return make(kind="choice", brief=", ".join(several), chosen=tuple(several))
    return _of_text(make, "".join(several))


def _of_text(make: Any, text: str) -> Part:
    problems = (_("The text goes on in the raw answer."),) if len(text) > LONGEST else ()
    part: Part = make(kind="text", brief=text, text=text[:LONGEST], problems=problems)
    return part


def _is_plain(value: Any) -> bool:
    """A list of plain values: a field that came several times."""
    return isinstance(value, list) and not any(isinstance(one, dict | list) for one in value)


def _parsed(value: Any) -> Any:
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return loose.strict(value)
    except ValueError:
        return value


def _of_form(form: Form, answer: given.Fields) -> list[Part]:
    found = []
    left = dict(answer)
    media = media_of(form)
    for place, asking in enumerate(form.questions, start=1):
        value, other = left.pop(asking.identifier, None), left.pop(asking.other_key, None)
        unnamed = _("Question %(n)d") % {"n": place}
        title = " – ".join(filter(None, [asking.display_name, _said(asking.content)])) or unnamed
        first, *others = media[asking.identifier] or (None,)
        make = partial(
            Part,
            name=asking.identifier,
            title=title[:LONGEST_TITLE],
            element=first,
            others=tuple(others),
        )
        if isinstance(asking.answer, Selection):
            found.append(_of_selection(make, asking, value, other))
        else:
            found.append(_of_text(make, brief(value)))
    return [*found, *(_of_field(name, Field(), left[name]) for name in sorted(left))]


def _of_selection(make: Any, asking: Asking, value: Any, other: Any) -> Part:
    options = asking.answer.options if isinstance(asking.answer, Selection) else ()
    words = {option.identifier: _said([option.label]) or option.identifier for option in options}
    given_ = value if isinstance(value, list) else [value] if value else []
    chosen = [words.get(str(one), str(one)) for one in given_]
    text = brief(other)
    part: Part = make(
        kind="choice",
        brief=", ".join([*chosen, *filter(None, [text])]),
        chosen=tuple(chosen),
        comment=text,
    )
    return part


def _said(content: Sequence[Content]) -> str:
    """A form's content in words alone."""
    said = []
    for one in content:
        if isinstance(one, Title | Text):
            said.append(one.text)
        elif isinstance(one, Bullets):
            said += one.items
        elif isinstance(one, Media):
            said.append(one.alt or one.url)
        elif isinstance(one, Formatted):
            said.append(words_of(one.xhtml))
    return " ".join(" ".join(said).split())


def as_json(answer: given.Fields | None, *, is_whole: bool = False) -> str:
    """The answer as JSON to read, with JSON within its texts opened up; `is_whole`: to the
    letter."""
    values: Any = dict(answer or {})
    if not is_whole:
        values = {name: _parsed(value) for name, value in values.items()}
    try:
        return json.dumps(values, ensure_ascii=False, indent=2)
    except RecursionError:
        return json.dumps(dict(answer or {}), ensure_ascii=False, indent=2)
