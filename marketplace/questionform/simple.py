"""A simple test: written as QuestionForm and AnswerKey, and read back where these are no more.

Each question must be answered. The value is the share of all points, 0 to 100. Points are given
for one right choice, or for exactly the right ones where several may be chosen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from lxml import etree

from marketplace.questionform import answer_key, form
from marketplace.questionform.errors import MalformedXML
from marketplace.questionform.xml import ANSWER_KEY, FORM, legal

ONE, SEVERAL, TEXT = "one", "several", "text"
_STYLES = {ONE: "radiobutton", SEVERAL: "checkbox"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One without an identifier gets one when it is written."""

    text: str
    is_right: bool = False
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of `kind` ONE, SEVERAL or TEXT; it counts if any choice is right."""

    text: str
    kind: str = ONE
    choices: tuple[Choice, ...] = ()
    points: int = 1
    identifier: str = ""

    @property
    def is_graded(self) -> bool:
        return any(choice.is_right for choice in self.choices)


def written(asked: tuple[Asked, ...]) -> tuple[str, str]:
    """The test and its answer key, which is empty where nothing is graded."""
    asked = _named(asked)
    return _test(asked), _key(asked) if any(one.is_graded for one in asked) else ""


def read(test: str, key: str) -> tuple[Asked, ...] | None:
    """The questions of a test; None where it is more than `written` could say, or no test."""
    try:
        found = form.parse(test)
        graded = answer_key.parse(key) if key else None
        asked = _asked(found, graded)
        again, again_key = written(asked)
        is_same = form.parse(again) == found
        same_key = (answer_key.parse(again_key) if again_key else None) == graded
    except MalformedXML:
        return None
    return asked if is_same and same_key else None


def _asked(found: form.Form, graded: answer_key.AnswerKey | None) -> tuple[Asked, ...]:
    """What is simple of it; the rest is lost, and so doesn't come out the same."""
    keys = {one.identifier: one.options for one in graded.questions} if graded else {}
    asked = []
    for question in found.questions:
        options = keys.get(question.identifier, ())
        right = frozenset[str]().union(*(option.selections for option in options))
        kind = TEXT
        choices: tuple[Choice, ...] = ()
        if isinstance(question.answer, form.Selection):
            kind = ONE if question.answer.style == _STYLES[ONE] else SEVERAL
            choices = tuple(
                Choice(_words(option.label), option.identifier in right, option.identifier)
                for option in question.answer.options
            )
        words = "".join(_words(content) for content in question.content)
        points = options[0].score if options else 1
        asked.append(Asked(words, kind, choices, points, question.identifier))
    return tuple(asked)


def _words(content: form.Content) -> str:
    return content.text if isinstance(content, form.Text) else ""


def _named(asked: tuple[Asked, ...]) -> tuple[Asked, ...]:
    """The same with an identifier for each question and choice; those that are there stay."""
    names = _free("q", {one.identifier for one in asked})
    named = []
    for one in asked:
        letters = _free("c", {choice.identifier for choice in one.choices})
        choices = tuple(
            Choice(choice.text, choice.is_right, choice.identifier or next(letters))
            for choice in one.choices
        )
        named.append(Asked(one.text, one.kind, choices, one.points, one.identifier or next(names)))
    return tuple(named)


def _free(prefix: str, taken: set[str]) -> Iterator[str]:
    return (name for number in count(1) if (name := f"{prefix}{number}") not in taken)


def _test(asked: tuple[Asked, ...]) -> str:
    root = etree.Element("QuestionForm", xmlns=FORM)
    for one in asked:
        question = _add(root, "Question")
        _add(question, "QuestionIdentifier", one.identifier)
        _add(question, "IsRequired", "true")
        _add(_add(question, "QuestionContent"), "Text", one.text)
        answer = _add(question, "AnswerSpecification")
        if one.kind == TEXT:
            _add(_add(answer, "FreeTextAnswer"), "NumberOfLinesSuggestion", "4")
        else:
            _selections(_add(answer, "SelectionAnswer"), one)
    return _as_text(root)


def _selections(answer: etree._Element, one: Asked) -> None:
    if one.kind == SEVERAL:
        _add(answer, "MinSelectionCount", "1")
        _add(answer, "MaxSelectionCount", str(len(one.choices)))
    _add(answer, "StyleSuggestion", _STYLES[one.kind])
    selections = _add(answer, "Selections")
    for choice in one.choices:
        selection = _add(selections, "Selection")
        _add(selection, "SelectionIdentifier", choice.identifier)
        _add(selection, "Text", choice.text)


def _key(asked: tuple[Asked, ...]) -> str:
    root = etree.Element("AnswerKey", xmlns=ANSWER_KEY)
    graded = [one for one in asked if one.is_graded]
    for one in graded:
        question = _add(root, "Question")
        _add(question, "QuestionIdentifier", one.identifier)
        right = [choice.identifier for choice in one.choices if choice.is_right]
        for names in [right] if one.kind == SEVERAL else [[name] for name in right]:
            option = _add(question, "AnswerOption")
            for name in names:
                _add(option, "SelectionIdentifier", name)
            _add(option, "AnswerScore", str(one.points))
    mapping = _add(_add(root, "QualificationValueMapping"), "PercentageMapping")
    _add(mapping, "MaximumSummedScore", str(sum(one.points for one in graded)))
    return _as_text(root)


def _add(parent: etree._Element, name: str, text: str = "") -> etree._Element:
    child = etree.SubElement(parent, name)
    child.text = legal(text) or None
    return child


def _as_text(root: etree._Element) -> str:
    return etree.tostring(root, encoding="unicode", pretty_print=True)
