"""Whether an answer is one that its QuestionForm takes, whoever sent it by whatever way."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.questionform.form import FileUpload, Form, FreeText, Question, Selection
from marketplace.questionform.xml import legal

Answer = dict[str, str | list[str]]

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_MATCHING_SECONDS = 0.5
"""For all patterns of one answer together: a requester writes the pattern, and may write one
that takes for ever. What isn't decided by then counts as matching."""


@dataclass(slots=True)
class _Fitting:
    """One answer on its way; `until` is when matching patterns ends, by the monotonic clock."""

    answer: Answer = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    until: float = field(default_factory=lambda: time.monotonic() + _MATCHING_SECONDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class SentFile:
    """A file that was sent for a question; `size` in bytes."""

    question: str
    name: str
    size: int


def fitted(
    form: Form,
    given: Mapping[str, str | list[str]],
    *,
    files: Mapping[str, SentFile] | None = None,
) -> tuple[dict[str, str | list[str]], dict[str, str]]:
    """The answer as it is kept, and what is wrong with it: a sentence by QuestionIdentifier.

    Names that the form doesn't know are left out. An unanswered question that need not be
    answered is kept as an empty text or list. `files` are those that were sent, by key: the
    answer of a question for one is its key. Where none can be sent (None), none is required.
    """
    fitting = _Fitting()
    for question in form.questions:
        kind = question.answer
        if isinstance(kind, FreeText):
            text = _text(given.get(question.identifier, ""))
            fitting.answer[question.identifier] = text
            wrong = _wrong_with(kind, text, fitting.until) if text else _missing(question)
        elif isinstance(kind, Selection):
            wrong = _select(fitting, question, kind, given)
        elif files is not None:
            wrong = _file(fitting, question, kind, given, files)
        else:
            continue
        if wrong:
            fitting.errors[question.identifier] = wrong
    return fitting.answer, fitting.errors


def asks_for_files(form: Form) -> bool:
    """Whether some question wants a file."""
    return any(isinstance(question.answer, FileUpload) for question in form.questions)


def _select(
    fitting: _Fitting, question: Question, kind: Selection, given: Mapping[str, str | list[str]]
) -> str:
    sent = given.get(question.identifier, [])
    chosen = {sent} if isinstance(sent, str) else set(sent)
    known = [one.identifier for one in kind.options if one.identifier in chosen]
    fitting.answer[question.identifier] = list(known)
    other = _text(given.get(question.other_key, "")) if kind.other else ""
    if other:
        fitting.answer[question.other_key] = other
    if chosen - set(known) - {""}:
        return _("Choose from the answers given.")
    count = len(known) + bool(other)
    if count == 0:
        return _missing(question)
    return _wrong_count(kind, count) or (
        _wrong_with(kind.other, other, fitting.until) if kind.other and other else ""
    )


def _file(
    fitting: _Fitting,
    question: Question,
    kind: FileUpload,
    given: Mapping[str, str | list[str]],
    files: Mapping[str, SentFile],
) -> str:
    """The last file of those that were chosen one after the other counts."""
    sent = given.get(question.identifier, "")
    key = next((each for each in reversed([sent] if isinstance(sent, str) else sent) if each), "")
    file = files.get(key)
    is_ours = file is not None and file.question == question.identifier
    fitting.answer[question.identifier] = key if is_ours else ""
    if file is None or not is_ours:
        return _("Choose the file again: it did not arrive.") if key else _missing(question)
    return kind.wrong_size(file.size)


def _wrong_count(kind: Selection, count: int) -> str:
    if count < kind.min_count:
        return ngettext(
            "Choose at least %(number)d answer.",
            "Choose at least %(number)d answers.",
            kind.min_count,
        ) % {"number": kind.min_count}
    if count > kind.max_count:
        return ngettext(
            "Choose at most %(number)d answer.",
            "Choose at most %(number)d answers.",
            kind.max_count,
        ) % {"number": kind.max_count}
    return ""


def _missing(question: Question) -> str:
    return _("This question must be answered.") if question.is_required else ""


def _wrong_with(kind: FreeText, text: str, until: float) -> str:
    """A sentence about the first constraint that the text doesn't keep; empty if it keeps all."""
    if kind.is_numeric and (wrong := _wrong_number(kind, text.strip())):
        return wrong
    if kind.min_length is not None and len(text) < kind.min_length:
        return _("Write at least %(number)d characters; this is %(length)d.") % {
            "number": kind.min_length,
            "length": len(text),
        }
    if kind.max_length is not None and len(text) > kind.max_length:
        return _("Write at most %(number)d characters; this is %(length)d.") % {
            "number": kind.max_length,
            "length": len(text),
        }
    for pattern in kind.patterns:
        if not pattern.matches(text, until=until):
            return pattern.error or _("This is not in the form that is asked for.")
    return ""


def _wrong_number(kind: FreeText, text: str) -> str:
    if not _NUMBER.fullmatch(text) or len(text) > 100:
        return _("Write a number, such as 12 or 0.5.")
    number = Decimal(text)
    if kind.min_value is not None and number < kind.min_value:
        return _("Write a number of at least %(number)s.") % {"number": kind.min_value}
    if kind.max_value is not None and number > kind.max_value:
        return _("Write a number of at most %(number)s.") % {"number": kind.max_value}
    return ""


def _text(given: str | list[str]) -> str:
    """As typed, with one kind of line break; empty where there is nothing but white space."""
    text = given if isinstance(given, str) else "".join(given[:1])
    text = legal(text.replace("\r\n", "\n").replace("\r", "\n"))
    return text if text.strip() else ""
