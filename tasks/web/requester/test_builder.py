"""A test as it is put together in the browser: what stands in the fields, right or not yet.

The fields of question 2 are q1-text, q1-kind, q1-points, q1-id, its choices q1-c0, q1-c1 … with
q1-c0-id; q1-right has the numbers of the right ones.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.questionform import simple

KINDS = {
    simple.ONE: gettext_lazy("One of these choices"),
    simple.SEVERAL: gettext_lazy("Any number of these choices"),
    simple.TEXT: gettext_lazy("A text of their own"),
}
MOST_QUESTIONS, MOST_CHOICES, MOST_POINTS = 50, 20, 1000
FIRST_CHOICES = 3


@dataclass(slots=True)
class ChoiceFields:
    """One line: a choice, and whether it is right."""

    text: str = ""
    is_right: bool = False
    identifier: str = ""


def _blank() -> list[ChoiceFields]:
    return [ChoiceFields() for _number in range(FIRST_CHOICES)]


@dataclass(slots=True)
class QuestionFields:
    """One question as filled in, and what is wrong with it."""

    text: str = ""
    kind: str = simple.ONE
    points: str = "1"
    identifier: str = ""
    choices: list[ChoiceFields] = field(default_factory=_blank)
    errors: list[str] = field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        return not self.text.strip() and not any(one.text.strip() for one in self.choices)

    @property
    def kinds(self) -> Mapping[str, object]:
        return KINDS

    @property
    def may_grow(self) -> bool:
        return len(self.choices) < MOST_CHOICES


@dataclass(slots=True)
class DraftedTest:
    """All questions; `focus` names the field that was just made."""

    questions: list[QuestionFields] = field(default_factory=lambda: [QuestionFields()])
    focus: str = ""

    @property
    def may_grow(self) -> bool:
        return len(self.questions) < MOST_QUESTIONS

    def change(self, act: str) -> None:
        """Carry out a button: add, choice-<question> or remove-<question>. Others do nothing."""
        verb, _dash, number = act.partition("-")
        at = int(number) if number.isdecimal() and len(number) < 4 else -1
        if verb == "add" and self.may_grow:
            self.questions.append(QuestionFields())
            self.focus = f"q{len(self.questions) - 1}-text"
        elif verb == "choice" and 0 <= at < len(self.questions) and self.questions[at].may_grow:
            choices = self.questions[at].choices
            choices.append(ChoiceFields())
            self.focus = f"q{at}-c{len(choices) - 1}"
        elif verb == "remove" and 0 <= at < len(self.questions):
            del self.questions[at]
            self.questions = self.questions or [QuestionFields()]
            self.focus = f"q{max(at - 1, 0)}-text"

    def asked(self) -> tuple[simple.Asked, ...] | None:
        """The questions that aren't blank, or None: each says what is wrong with it."""
        filled = [one for one in self.questions if not one.is_blank]
        if not filled:
            self.questions[0].errors = [_("Write at least one question.")]
            return None
        is_graded = any(one.kind != simple.TEXT and _right(one) for one in filled)
        for one in filled:
            one.errors = list(_wrong_with(one))
            if is_graded and one.kind == simple.TEXT:
                one.errors.append(
                    _(
                        "A text can't be graded by itself, and other questions have right "
                        "choices. Take this question out, or untick the right choices of the "
                        "others: then you read the answers and give the value yourself."
                    )
                )
        return None if any(one.errors for one in filled) else tuple(map(_as_asked, filled))


def _right(one: QuestionFields) -> list[ChoiceFields]:
    return [choice for choice in one.choices if choice.is_right]


def _wrong_with(one: QuestionFields) -> Iterator[str]:
    if not one.text.strip():
        yield _("Write the question.")
    if one.kind == simple.TEXT:
        return
    texts = [choice.text.strip() for choice in one.choices if choice.text.strip()]
    if len(texts) < 2:
        yield _("Write at least two choices.")
    if len(set(texts)) < len(texts):
        yield _("Two choices are the same.")
    if any(not choice.text.strip() for choice in _right(one)):
        yield _("A choice is ticked as right and empty. Write it, or untick it.")
    if _right(one) and _points(one) is None:
        yield _("Give 1 to %(most)s points.") % {"most": MOST_POINTS}


def _points(one: QuestionFields) -> int | None:
    text = one.points.strip()
    is_fine = text.isascii() and text.isdecimal() and len(text) < 5
    return int(text) if is_fine and 1 <= int(text) <= MOST_POINTS else None


def _as_asked(one: QuestionFields) -> simple.Asked:
    choices = tuple(
        simple.Choice(choice.text.strip(), choice.is_right, choice.identifier)
        for choice in one.choices
        if choice.text.strip() and one.kind != simple.TEXT
    )
    return simple.Asked(one.text.strip(), one.kind, choices, _points(one) or 1, one.identifier)


def draft_in(data: QueryDict) -> DraftedTest:
    """What was sent."""
    questions = []
    for number in range(MOST_QUESTIONS):
        name = f"q{number}"
        if f"{name}-text" not in data:
            break
        kind = data.get(f"{name}-kind", "")
        questions.append(
            QuestionFields(
                text=data.get(f"{name}-text", ""),
                kind=kind if kind in KINDS else simple.ONE,
                points=data.get(f"{name}-points", "1"),
                identifier=data.get(f"{name}-id", ""),
                choices=list(_choices(data, name)),
            )
        )
    return DraftedTest(questions or [QuestionFields()])


def _choices(data: QueryDict, question: str) -> Iterator[ChoiceFields]:
    right = set(data.getlist(f"{question}-right"))
    for number in range(MOST_CHOICES):
        name = f"{question}-c{number}"
        if name not in data:
            return
        yield ChoiceFields(data.get(name, ""), str(number) in right, data.get(f"{name}-id", ""))


def is_buildable(asked: tuple[simple.Asked, ...] | None) -> bool:
    """Whether the builder has room for all of it."""
    return (
        asked is not None
        and len(asked) <= MOST_QUESTIONS
        and all(
            len(one.choices) <= MOST_CHOICES and 1 <= one.points <= MOST_POINTS for one in asked
        )
    )


def draft_of(asked: tuple[simple.Asked, ...]) -> DraftedTest:
    """A test that is there, to be changed."""
    return DraftedTest(
        [
            QuestionFields(
                text=one.text,
                kind=one.kind,
                points=str(one.points),
                identifier=one.identifier,
                choices=[ChoiceFields(c.text, c.is_right, c.identifier) for c in one.choices]
                or _blank(),
            )
            for one in asked
        ]
    )
