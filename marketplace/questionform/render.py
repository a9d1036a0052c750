"""A QuestionForm as the fields of an HTML form, and what comes back from them.

Only fields: who shows them puts them into a form of their own. Text is escaped, XHTML
sanitised, and nothing in it runs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from marketplace.questionform import form as forms
from marketplace.questionform.fitting import SentFile, fitted
from marketplace.questionform.form import FileUpload, Form, FreeText, Question, Selection
from marketplace.questionform.xhtml import sanitised

PREFIX = "q."
"""Before each QuestionIdentifier in a field's name, so that none can be one of ours."""
TALLEST = 30
"""Lines of the highest field."""

MEDIA = {"img-src": ["https:"], "media-src": ["https:"]}
"""What a page of our own adds to its content security policy to show a form: its pictures, films
and sounds are on the requester's servers, wherever those are."""

# SelectionIdentifiers are trimmed and never empty, so these two are nobody's.
_OTHER = ""
_NONE = " "

_LISTS = {"dropdown", "combobox", "list"}


def as_html(
    form: Form,
    *,
    values: Mapping[str, str | list[str]] | None = None,
    errors: Mapping[str, str] | None = None,
    files: Mapping[str, SentFile] | None = None,
) -> SafeString:
    """The form's content and fields. `values` is an answer (without one, the form's defaults);
    `errors` are sentences by QuestionIdentifier, as read() gives them; `files` those that were
    sent already, by key, and None where none can be sent."""
    wrong = errors or {}
    parts: list[dict[str, Any]] = []
    number = 0
    for part in form.parts:
        if isinstance(part, Question):
            number += 1
            field = _field(part, f"q{number}", values, wrong.get(part.identifier, ""), files)
            alone = len(form.questions) == 1
            unnamed = _("Your answer") if alone else _("Question %(n)d") % {"n": number}
            parts.append(field | {"title": part.display_name or unnamed})
        else:
            parts.append({"content": list(_shown(part.content))})
    return render_to_string(
        "questionform/fields.html",
        {"parts": parts, "wrong": [part for part in parts if part.get("error")]},
    )


def read(
    form: Form, post: QueryDict, *, files: Mapping[str, SentFile] | None = None
) -> tuple[dict[str, str | list[str]], dict[str, str]]:
    """The answer in what as_html()'s fields sent, and what is wrong with it: a sentence by
    QuestionIdentifier. All constraints are checked. The answer is what to show again, too.
    `files` as in as_html()."""
    given: dict[str, str | list[str]] = {}
    for question in form.questions:
        sent = post.getlist(PREFIX + question.identifier)
        if isinstance(question.answer, FileUpload):
            given[question.identifier] = sent
            continue
        if not isinstance(question.answer, Selection):
            given[question.identifier] = sent[0] if sent else ""
            continue
        chosen = [one for one in sent if one not in (_OTHER, _NONE)]
        given[question.identifier] = chosen
        # Of one choice, a text beside another choice than "other" was left behind there.
        if question.answer.max_count > 1 or not chosen:
            given[question.other_key] = post.get(PREFIX + question.other_key, "")
    return fitted(form, given, files=files)


def _field(
    question: Question,
    name: str,
    values: Mapping[str, str | list[str]] | None,
    error: str,
    files: Mapping[str, SentFile] | None,
) -> dict[str, Any]:
    """What the template shows of a question; `name` begins its elements' ids."""
    kind = question.answer
    shown = {
        "question": question,
        "id": name,
        "name": PREFIX + question.identifier,
        "content": list(_shown(question.content)),
        "error": error,
        "kind": "no_file",
    }
    if isinstance(kind, FreeText):
        default = kind.default if values is None else ""
        shown |= _text_field(kind, (values or {}).get(question.identifier, default))
    elif isinstance(kind, Selection):
        shown |= _choices(question, kind, values or {})
    elif files is not None:
        key = str((values or {}).get(question.identifier, ""))
        shown |= {"kind": "file", "key": key if key in files else "", "sent": files.get(key)}
    return shown


def _text_field(kind: FreeText, value: str | list[str]) -> dict[str, Any]:
    return {
        "kind": "text" if kind.lines == 1 else "lines",
        "text": kind,
        "rows": min(kind.lines, TALLEST),
        "value": value if isinstance(value, str) else "|".join(value),
    }


def _choices(
    question: Question, kind: Selection, values: Mapping[str, str | list[str]]
) -> dict[str, Any]:
    given = values.get(question.identifier, [])
    chosen = {given} if isinstance(given, str) else set(given)
    other = values.get(question.other_key, "")
    is_plain = all(isinstance(option.label, forms.Text) for option in kind.options)
    if kind.max_count > 1 or kind.style in {"checkbox", "multichooser"}:
        widget = "checkbox"
    else:
        widget = "select" if is_plain and kind.style in _LISTS else "radio"
    return {
        "kind": widget,
        "options": [
            {
                "value": option.identifier,
                "label": next(_shown((option.label,))),
                "is_chosen": option.identifier in chosen,
            }
            for option in kind.options
        ],
        "is_many": kind.max_count > 1,
        "other": kind.other,
        "other_name": PREFIX + question.other_key,
        "other_value": other,
        "is_other": bool(values.get(question.other_key)),
        "is_none": not chosen and not other,
        "none": _NONE,
    }


def _shown(content: tuple[forms.Content, ...]) -> Iterator[dict[str, Any]]:
    """Content as the template reads it: its kind by name, and its XHTML made safe."""
    for item in content:
        shown: dict[str, Any] = {"kind": type(item).__name__, "item": item}
        if isinstance(item, forms.Formatted):
            shown["html"] = sanitised(item.xhtml)
        yield shown
