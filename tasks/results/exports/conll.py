"""CoNLL: a line for each word with its tag (B- begins an entity, I- goes on, O is none), a blank
line after each text. Words are split where entities begin and end, so that nothing is lost."""

import re
from collections.abc import Iterator, Sequence

from tasks.annotations import consolidate, elements
from tasks.annotations.kinds import Span, Spans
from tasks.results.exports.labelled import Export, Labelled
from tasks.results.exports.merged import of_kind
from tasks.results.exports.zipped import Member

TAGS = (elements.ENTITIES,)
NAME = "entities.conll"
_WORD = re.compile(r"\w+|[^\w\s]+")


def members(export: Export, _tag: str) -> Iterator[Member]:
    """The one file."""
    yield NAME, _content(export)


def _content(export: Export) -> Iterator[bytes]:
    yield b"-DOCSTART- -X- _ O\n\n"
    for labelled in export.hits():
        spans = [one.what for one in consolidate.spans(of_kind(labelled, Spans))]
        apart, overlapping = separate(spans)
        for span in overlapping:
            export.left_out.add(labelled.hit, None, _why(labelled, span))
        yield document(labelled.element.text, apart).encode()


def _why(labelled: Labelled, span: Span) -> str:
    words = labelled.element.text[span.start : span.end][:60]
    return f"The entity “{words}” ({span.label}) overlaps a longer one; CoNLL has one tag a word."


def separate(spans: Sequence[Span]) -> tuple[list[Span], list[Span]]:
    """Entities that don't overlap, the longest first of those that do; and the others."""
    kept: list[Span] = []
    others: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start - one.end, one.start, one.label)):
        is_free = all(span.end <= one.start or one.end <= span.start for one in kept)
        (kept if is_free else others).append(span)
    return sorted(kept, key=lambda one: one.start), others


def document(text: str, spans: Sequence[Span]) -> str:
    """The lines of one text, and the blank one after it."""
    lines = [f"{word} -X- _ {tag}\n" for word, tag in tagged(text, spans)]
    return "".join(lines) + "\n"


def tagged(text: str, spans: Sequence[Span]) -> Iterator[tuple[str, str]]:
    """Each word with its tag; `spans` don't overlap and stand in the text's order."""
    at = 0
    for span in spans:
        yield from ((word, "O") for word in _WORD.findall(text[at : span.start]))
        name = "_".join(span.label.split())
        for place, word in enumerate(_WORD.findall(text[span.start : span.end])):
            yield word, f"{'I' if place else 'B'}-{name}"
        at = span.end
    yield from ((word, "O") for word in _WORD.findall(text[at:]))
