"""A text with its spans, cut where any of them begins or ends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tasks.annotations.kinds import Span

HUES = 10
"""Colours that spans have in turn: .hue-0 to .hue-9 of the stylesheet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tag:
    """A span's label, where it begins."""

    label: str
    hue: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A part of the text. `opens` are the spans that begin here; `look` are the classes of what
    is marked: the hue of the shortest span that it lies in, and `shared` where there are more."""

    text: str
    look: str = ""
    opens: tuple[Tag, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Entity:
    """One span as a line of a list."""

    tag: Tag
    text: str
    start: int
    end: int


def hues_of(known: Iterable[str], used: Iterable[str]) -> dict[str, int]:
    """The colour of each label, in the task's order, then in the answer's."""
    return {
        label: place % HUES for place, label in enumerate(dict.fromkeys([*known, *sorted(used)]))
    }


def pieces_of(text: str, spans: Iterable[Span], hues: Mapping[str, int]) -> list[Piece]:
    """The whole text in pieces. Spans lie within it."""
    ordered = sorted(spans, key=lambda span: (span.start, -span.end, span.label))
    edges = sorted({0, len(text), *(at for span in ordered for at in (span.start, span.end))})
    found: list[Piece] = []
    here: list[Span] = []
    waiting = iter(ordered)
    following = next(waiting, None)
    for start, end in pairwise(edges):
        here = [span for span in here if span.end > start]
        opens = []
        while following is not None and following.start == start:
            here.append(following)
            opens.append(Tag(label=following.label, hue=hues[following.label]))
            following = next(waiting, None)
        found.append(Piece(text=text[start:end], look=_look(here, hues), opens=tuple(opens)))
    return found


def _look(here: Sequence[Span], hues: Mapping[str, int]) -> str:
    if not here:
        return ""
    shortest = min(here, key=lambda span: span.end - span.start)
    return f"hue-{hues[shortest.label]}{' shared' if len(here) > 1 else ''}"


def entities_of(text: str, spans: Iterable[Span], hues: Mapping[str, int]) -> list[Entity]:
    """The spans, in the text's order."""
    return [
        Entity(
            tag=Tag(label=span.label, hue=hues[span.label]),
            text=text[span.start : span.end],
            start=span.start,
            end=span.end,
        )
        for span in sorted(spans, key=lambda span: (span.start, span.end, span.label))
    ]
