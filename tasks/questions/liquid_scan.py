"""A Liquid template cut into text and markup, in time that grows with its length.

The library's own lexer takes the square of it for a template that means harm; so each template is
looked through here first. Errors are told with their line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from marketplace.errors import InvalidInput

MAX_MARKUP = 4_000
MAX_BLANKS = 100

_OPENING = re.compile(r"\{[{%]")
_TAG = re.compile(r"\{%-?\s*(#|\w+)")
_BLANKS = re.compile(rf"\s{{{MAX_BLANKS + 1}}}")
_ENDS = {
    name: re.compile(rf"\{{%-?\s{{0,{MAX_BLANKS}}}end{name}\s{{0,{MAX_BLANKS}}}-?%\}}")
    for name in ("raw", "doc")
}


class LiquidRefused(InvalidInput):
    """A template that can't be taken or filled in; the sentence begins with its line."""

    def __init__(self, what: str, *, line: int | None = None) -> None:
        place = f"Line {line}: " if line else ""
        super().__init__(f"{place}{what}", field="layout")
        self.line = line


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a template; `tag` is the name of one, `body` what it has inside."""

    kind: str
    text: str
    start: int
    tag: str = ""
    body: str = ""


def line_at(source: str, index: int) -> int:
    """The line, 1 the first, on which a character stands."""
    return source.count("\n", 0, max(0, index)) + 1


_BLOCKS = frozenset({"if", "unless", "case", "for", "tablerow", "capture", "comment", "ifchanged"})


def check(source: str) -> None:
    """Raise LiquidRefused where markup isn't closed, or a block: with the line that opens it."""
    opened: list[Piece] = []
    for piece in pieces(source):
        if opened and opened[-1].tag == "comment" and piece.tag not in ("comment", "endcomment"):
            continue
        if piece.tag in _BLOCKS:
            opened.append(piece)
        elif opened and piece.tag == f"end{opened[-1].tag}":
            opened.pop()
    if opened:
        tag = opened[-1].tag
        raise LiquidRefused(
            f"{{% {tag} %}} has no {{% end{tag} %}}.", line=line_at(source, opened[-1].start)
        )


def pieces(source: str) -> Iterator[Piece]:
    """The parts, in order: `text`, `output`, `tag`, and `raw` whole. Raises LiquidRefused."""
    at = 0
    while opening := _OPENING.search(source, at):
        start = opening.start()
        if start > at:
            yield Piece("text", source[at:start], start=at)
        piece = _markup(source, start)
        yield piece
        at = start + len(piece.text)
    if at < len(source):
        yield Piece("text", source[at:], start=at)


def _markup(source: str, start: int) -> Piece:
    is_output = source.startswith("{{", start)
    closing = "}}" if is_output else "%}"
    end = source.find(closing, start + 2)
    if end < 0:
        raise LiquidRefused(
            f"{source[start : start + 2]} is opened and never closed with {closing}.",
            line=line_at(source, start),
        )
    text = source[start : end + 2]
    line = line_at(source, start)
    body = text[2:-2].strip("-").strip()
    if len(text) > MAX_MARKUP:
        raise LiquidRefused(
            f"There are {len(text):,} characters between {text[:2]} and {closing}; at most "
            f"{MAX_MARKUP:,} are possible.",
            line=line,
        )
    if _BLANKS.search(text):
        raise LiquidRefused(
            f"There are more than {MAX_BLANKS} blanks in a row within {text[:2]} {closing}.",
            line=line,
        )
    if not body:
        raise LiquidRefused(f"{text[:2]} {closing} has nothing in it.", line=line)
    if is_output:
        return Piece("output", text, start=start, body=body)
    tag = _TAG.match(text)
    if tag is None:
        raise LiquidRefused("{% is followed by the name of a tag.", line=line)
    if tag[1] in _ENDS:
        return _whole(source, start, end + 2, tag[1], line)
    return Piece("tag", text, start=start, tag=tag[1], body=body)


def _whole(source: str, start: int, inner: int, tag: str, line: int) -> Piece:
    """A block that is taken as it stands, up to its end."""
    end = _ENDS[tag].search(source, inner)
    if end is None:
        raise LiquidRefused(f"{{% {tag} %}} has no {{% end{tag} %}}.", line=line)
    body = source[inner : end.start()]
    return Piece(tag, source[start : end.end()], start=start, tag=tag, body=body)
