"""QuestionForm: content and questions with answers of given kinds, read into plain values."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from lxml import etree

from marketplace.questionform import patterns, xhtml
from marketplace.questionform.errors import MalformedXML
from marketplace.questionform.xml import checked, text_of

OTHER = "other"


@dataclass(frozen=True, slots=True)
class Title:
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Media:
    """`kind` is image, audio or video, or what else was sent (shown as a link)."""

    kind: str
    url: str
    alt: str
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Formatted:
    """XHTML of the supported subset, as sent."""

    xhtml: str


@dataclass(frozen=True, slots=True)
class Applet:
    """A Java applet or Flash film, which no browser runs any more."""


Content = Title | Text | Bullets | Media | Formatted | Applet


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression that an answer must match somewhere."""

    expression: str
    error: str = ""
    flags: str = ""

    @property
    def wrong(self) -> str:
        """Why it can't be used; empty where it can."""
        return patterns.wrong_with(self.expression, self.flags)

    def matches(self, text: str, *, until: float) -> bool:
        """Whether the text is as it wants, decided before `until` (patterns.matches)."""
        return patterns.matches(self.expression, self.flags, text, until=until)


@dataclass(frozen=True, slots=True)
class FreeText:
    """Lengths in characters; `lines` is how high the field is."""

    is_numeric: bool = False
    min_value: Decimal | None = None
    max_value: Decimal | None = None
    min_length: int | None = None
    max_length: int | None = None
    patterns: tuple[Pattern, ...] = ()
    default: str = ""
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Option:
    identifier: str
    label: Text | Formatted | Media


@dataclass(frozen=True, slots=True)
class Selection:
    """`other` is the field for a text of the worker's own, where there is one."""

    options: tuple[Option, ...]
    min_count: int = 1
    max_count: int = 1
    style: str = ""
    other: FreeText | None = None


@dataclass(frozen=True, slots=True)
class FileUpload:
    """Sizes in bytes."""

    max_bytes: int | None = None
    min_bytes: int | None = None

    def wrong_size(self, size: int) -> str:
        """A sentence about a file that is too small or too large; empty where it fits."""
        least, most = self.min_bytes, self.max_bytes
        if least is not None and size < least:
            return _("The file has %(size)s; at least %(least)s are asked for.") % {
                "size": filesizeformat(size),
                "least": filesizeformat(least),
            }
        if most is not None and size > most:
            return _("The file has %(size)s; at most %(most)s are taken.") % {
                "size": filesizeformat(size),
                "most": filesizeformat(most),
            }
        return ""


@dataclass(frozen=True, slots=True)
class Question:
    identifier: str
    content: tuple[Content, ...]
    answer: FreeText | Selection | FileUpload
    display_name: str = ""
    is_required: bool = False

    @property
    def other_key(self) -> str:
        """The name under which an answer keeps the text of OtherSelection."""
        return f"{self.identifier}/{OTHER}"

    @property
    def keys(self) -> tuple[str, ...]:
        """Every name that an answer may keep something of this question under."""
        has_other = isinstance(self.answer, Selection) and self.answer.other is not None
        return (self.identifier, self.other_key) if has_other else (self.identifier,)


@dataclass(frozen=True, slots=True)
class Overview:
    content: tuple[Content, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """Overviews and questions in the order in which they were sent."""

    parts: tuple[Overview | Question, ...] = field(default=())

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(part for part in self.parts if isinstance(part, Question))


def parse(text: str) -> Form:
    """Raises MalformedXML, and InvalidXHTML for content that may not be shown."""
    form = Form(tuple(_parts(checked(text, "QuestionForm"))))
    if not form.questions:
        raise MalformedXML("cvc-complex-type.2.4.b: The QuestionForm has no Question.")
    seen: set[str] = set()
    for question in form.questions:
        _check(question)
        for name in question.keys:
            if name in seen:
                raise MalformedXML(
                    f"cvc-identity-constraint.4.2.2: The QuestionIdentifier '{name}' is used "
                    "more than once."
                )
        seen.update(question.keys)
    return form


def _check(question: Question) -> None:
    """What a schema can't say: bounds the right way round, patterns that are patterns."""
    answer = question.answer
    where = f"in question '{question.identifier}'"
    if isinstance(answer, Selection):
        names = [option.identifier for option in answer.options]
        if len(set(names)) != len(names):
            raise MalformedXML(
                f"cvc-identity-constraint.4.2.2: A SelectionIdentifier is used twice {where}."
            )
        if answer.min_count > answer.max_count:
            raise MalformedXML(f"MinSelectionCount is above MaxSelectionCount {where}.")
        if answer.min_count > len(names) + bool(answer.other):
            raise MalformedXML(f"MinSelectionCount is above the number of selections {where}.")
        answer = answer.other or FreeText()
    if isinstance(answer, FreeText):
        _check_text(answer, where)


def _check_text(answer: FreeText, where: str) -> None:
    low, high = answer.min_value, answer.max_value
    if low is not None and high is not None and low > high:
        raise MalformedXML(f"minValue is above maxValue {where}.")
    shortest, longest = answer.min_length, answer.max_length
    if shortest is not None and longest is not None and shortest > longest:
        raise MalformedXML(f"minLength is above maxLength {where}.")
    for pattern in answer.patterns:
        if pattern.wrong:
            raise MalformedXML(
                f"cvc-pattern-valid: The regular expression '{pattern.expression[:100]}' {where} "
                f"can't be used: {pattern.wrong}."
            )


def _parts(root: etree._Element) -> Iterator[Overview | Question]:
    for part in root:
        if _name(part) == "Overview":
            yield Overview(_contents(part))
        else:
            yield Question(
                identifier=token_of(part, "QuestionIdentifier"),
                display_name=text_of(part, "DisplayName").strip(),
                is_required=text_of(part, "IsRequired").strip() in {"true", "1"},
                content=_contents(_child(part, "QuestionContent")),
                answer=_answer(_child(part, "AnswerSpecification")[0]),
            )


def _contents(parent: etree._Element) -> tuple[Content, ...]:
    return tuple(_content(child) for child in parent)


def _content(element: etree._Element) -> Content:
    name = _name(element)
    text = element.text or ""
    if name == "Title":
        return Title(text)
    if name == "Text":
        return Text(text)
    if name == "List":
        return Bullets(tuple(item.text or "" for item in element))
    if name == "FormattedContent":
        xhtml.check(text)
        return Formatted(text)
    if name == "Application":
        return Applet()
    return _media(element)


def _media(element: etree._Element) -> Media:
    mime = element[0]
    url = text_of(element, "DataURL").strip()
    if not url.lower().startswith(("https://", "http://")):
        raise MalformedXML(
            f"cvc-datatype-valid.1.2.1: The DataURL '{url}' must begin with https:// or http://."
        )
    return Media(
        kind=token_of(mime, "Type"),
        url=url,
        alt=text_of(element, "AltText"),
        width=int(text_of(element, "Width", "0")),
        height=int(text_of(element, "Height", "0")),
    )


def _answer(element: etree._Element) -> FreeText | Selection | FileUpload:
    name = _name(element)
    if name == "FreeTextAnswer":
        return _free_text(element)
    if name == "FileUploadAnswer":
        return FileUpload(
            max_bytes=_whole(text_of(element, "MaxFileSizeInBytes")),
            min_bytes=_whole(text_of(element, "MinFileSizeInBytes")),
        )
    selections = _child(element, "Selections")
    other = selections.find("{*}OtherSelection")
    return Selection(
        options=tuple(
            Option(token_of(one, "SelectionIdentifier"), _label(one[1]))
            for one in selections.findall("{*}Selection")
        ),
        min_count=int(text_of(element, "MinSelectionCount", "1")),
        max_count=int(text_of(element, "MaxSelectionCount", "1")),
        style=token_of(element, "StyleSuggestion"),
        other=None if other is None else _free_text(other),
    )


def _label(element: etree._Element) -> Text | Formatted | Media:
    label = _content(element)
    assert isinstance(label, Text | Formatted | Media)  # the schema lets no other stand there
    return label


def _free_text(element: etree._Element) -> FreeText:
    numeric = element.find("{*}Constraints/{*}IsNumeric")
    length = element.find("{*}Constraints/{*}Length")
    return FreeText(
        is_numeric=numeric is not None,
        min_value=None if numeric is None else _number(numeric.get("minValue")),
        max_value=None if numeric is None else _number(numeric.get("maxValue")),
        min_length=None if length is None else _whole(length.get("minLength")),
        max_length=None if length is None else _whole(length.get("maxLength")),
        patterns=tuple(
            Pattern(one.get("regex", ""), one.get("errorText", ""), one.get("flags", "").strip())
            for one in element.findall("{*}Constraints/{*}AnswerFormatRegex")
        ),
        default=text_of(element, "DefaultText"),
        lines=int(text_of(element, "NumberOfLinesSuggestion", "1")),
    )


def _child(element: etree._Element, name: str) -> etree._Element:
    child = element.find(f"{{*}}{name}")
    assert child is not None  # the schema requires it
    return child


def token_of(element: etree._Element, name: str) -> str:
    """A child's text as XML Schema reads a token: trimmed, each run of white space one space."""
    return " ".join(text_of(element, name).split())


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.strip() else None


def _number(text: str | None) -> Decimal | None:
    return Decimal(text.strip()) if text and text.strip() else None
