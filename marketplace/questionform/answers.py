"""QuestionFormAnswers: a worker's answer as XML, the way Mechanical Turk returns it.

Kept as JSON: a field's name and its text, or the list of its texts. Of a QuestionForm, a free
text is a text, a selection a list of SelectionIdentifiers, and the text of OtherSelection a
text under "<QuestionIdentifier>/other".
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


def to_xml(answer: Answer, form: Form | None = None) -> str:
    """An answer as XML. Without a form each field is a FreeText, several values joined by "|".

    Characters that XML can't hold are left out. Fields that a form doesn't know are sent too,
    as free texts.
    """
    root = etree.Element(f"{{{ANSWERS}}}QuestionFormAnswers", nsmap={None: ANSWERS})  # type: ignore[dict-item]
    left = dict(answer)
    for question in form.questions if form else ():
        given = left.pop(question.identifier, None)
        other = left.pop(question.keys[-1], None) if len(question.keys) > 1 else None
        if given is not None or other is not None:
            _add(root, question.identifier, _parts(question, given, other))
    for name, value in left.items():
        _add(root, name, [("FreeText", _joined(value))])
    return _HEAD + etree.tostring(root, encoding="ASCII", xml_declaration=False).decode()


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
    question: Question, given: str | list[str] | None, other: str | list[str] | None
) -> Iterator[tuple[str, str]]:
    if isinstance(question.answer, FileUpload):
        yield "UploadedFileSizeInBytes", "0"
        yield "UploadedFileKey", _joined(given or "")
    elif isinstance(question.answer, Selection):
        for identifier in [given] if isinstance(given, str) else given or []:
            yield "SelectionIdentifier", identifier
        if other is not None:
            yield "OtherSelectionText", _joined(other)
    else:
        yield "FreeText", _joined(given or "")


def _add(root: etree._Element, name: str, parts: Iterable[tuple[str, str]]) -> None:
    answer = etree.SubElement(root, f"{{{ANSWERS}}}Answer")
    for tag, text in [("QuestionIdentifier", name), *parts]:
        etree.SubElement(answer, f"{{{ANSWERS}}}{tag}").text = legal(str(text))


def _joined(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "|".join(map(str, value))
