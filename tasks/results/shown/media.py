"""What a QuestionForm shows beside its questions: pictures, sounds and films, for a frame."""

from collections.abc import Iterator

from marketplace.questionform.form import Content, Form, Formatted, Media, Question, Selection
from marketplace.questionform.xhtml import sanitised
from tasks.annotations.elements import Element, parsed

MOST = 20
"""Of one question; more are left out."""
_TAGS = {"image": "img", "audio": "audio", "video": "video"}


def media_of(form: Form) -> dict[str, tuple[Element, ...]]:
    """{QuestionIdentifier: its media}: of the overviews before it, its own, its options'."""
    found: dict[str, tuple[Element, ...]] = {}
    before: list[Element] = []
    for part in form.parts:
        before += [each for content in part.content for each in _media_in(content)]
        if not isinstance(part, Question):
            continue
        options = part.answer.options if isinstance(part.answer, Selection) else ()
        before += [each for option in options for each in _media_in(option.label)]
        found[part.identifier] = tuple(before[:MOST])
        before = []
    return found


def _media_in(content: Content) -> Iterator[Element]:
    if isinstance(content, Media) and content.kind in _TAGS:
        yield _element(_TAGS[content.kind], content.url, content.alt)
    elif isinstance(content, Formatted) and "<img" in content.xhtml.casefold():
        root = parsed(sanitised(content.xhtml))
        for image in root.iter("img") if root is not None else ():
            if source := image.get("src", "").strip():
                yield _element("img", source, image.get("alt", ""))


def _element(media: str, source: str, words: str) -> Element:
    return Element(tag="", name="", attributes={}, text=words, media=media, source=source)
