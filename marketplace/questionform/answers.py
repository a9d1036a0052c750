"""QuestionFormAnswers: a worker's answer as XML, the way Mechanical Turk returns it.

Kept as JSON: a field's name and its text, or the list of its texts. Of a QuestionForm, a free
text is a text, a selection a list of SelectionIdentifiers, the text of OtherSelection a text under
"<QuestionIdentifier>/other", and a file its key.
"""

from collections.abc import Iterable, Iterator, Mapping

from lxml import etree

from marketplace.questionform.form import FileUpload, Form, Question, Selection
from marketplace.questionform.xml import ANSWERS, checked, legal, text_of

Answer = Mapping[str, str | list[str]]

# Plain ASCII with character references, as the service sent it: every reader takes that,
# whatever it does about encodings.
_MAX_BYTES = 2**22
_HEAD = '<?xml version="1.0" encoding="ASCII"?>'
# A carriage return that is written as it is would come back as a line feed.
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def to_xml(
    answer: Answer, form: Form | None = None, *, sizes: Mapping[str, int] | None = None
) -> str:
    """An answer as XML. Without a form each field is a FreeText, several values joined by "|".

    `sizes` are the bytes of the files that came with it, by key: a field that holds nothing but
    their keys is an UploadedFileKey, several files an Answer each. Characters that XML can't hold
    are left out. Fields that a form doesn't know are sent too, as free texts.
    """
    known = sizes or {}
    found: list[str] = []
    left = dict(answer)
    for question in form.questions if form else ():
        given = left.pop(question.identifier, None)
        other = left.pop(question.keys[-1], None) if len(question.keys) > 1 else None
        if given is not None or other is not None:
            found.append(_answer(question.identifier, _parts(question, given, other, known)))
    for name, value in left.items():
        keys = [value] if isinstance(value, str) else value
        if keys and all(key in known for key in keys):
            found += [_answer(name, _file(key, known)) for key in keys]
        else:
            found.append(_answer(name, [("FreeText", _joined(value))]))
    text = f'{_HEAD}<QuestionFormAnswers xmlns="{ANSWERS}">{"".join(found)}</QuestionFormAnswers>'
    return text.encode("ascii", "xmlcharrefreplace").decode()


def from_xml(text: str) -> dict[str, str | list[str]]:
    """What to_xml was given, with a form; of a file, its key. Raises MalformedXML."""
    answer: dict[str, str | list[str]] = {}
    for one in checked(text, "QuestionFormAnswers", max_bytes=_MAX_BYTES):
        name = text_of(one, "QuestionIdentifier")
        kinds = {etree.QName(child).localname for child in one}
        if "FreeText" in kinds:
            answer[name] = text_of(one, "FreeText")
        elif "UploadedFileKey" in kinds:
            answer[name] = text_of(one, "UploadedFileKey")
        else:
            answer[name] = [child.text or "" for child in one.findall("{*}SelectionIdentifier")]
        if "OtherSelectionText" in kinds:
            answer[f"{name}/other"] = text_of(one, "OtherSelectionText")
    return answer


def _parts(
    question: Question,
    given: str | list[str] | None,
    other: str | list[str] | None,
    sizes: Mapping[str, int],
) -> Iterator[tuple[str, str]]:
    if isinstance(question.answer, FileUpload):
        yield from _file(_joined(given or ""), sizes)
    elif isinstance(question.answer, Selection):
        for identifier in [given] if isinstance(given, str) else given or []:
            yield "SelectionIdentifier", identifier
        if other is not None:
            yield "OtherSelectionText", _joined(other)
    else:
        yield "FreeText", _joined(given or "")


def _file(key: str, sizes: Mapping[str, int]) -> list[tuple[str, str]]:
    return [("UploadedFileSizeInBytes", str(sizes.get(key, 0))), ("UploadedFileKey", key)]


def _answer(name: str, parts: Iterable[tuple[str, str]]) -> str:
    """Put together as text: a page of a hundred assignments has some hundred of these."""
    members = [
        f"<{tag}>{legal(str(text)).translate(_ESCAPED)}</{tag}>"
        for tag, text in (("QuestionIdentifier", name), *parts)
    ]
    return f"<Answer>{''.join(members)}</Answer>"


def _joined(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "|".join(map(str, value))
