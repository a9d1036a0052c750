"""Layouts from the one language into the other: `${x}` to Liquid, and back where it can be said.

Into Liquid the page stays what it was for every row: a value goes in raw, so it is marked as not
to be escaped. Back, values that were escaped go in raw, which is noted, and what `${variables}`
have no words for, such as a loop, is told with its line.
"""

import re
from dataclasses import dataclass, field

from marketplace.errors import InvalidInput
from tasks.models import Language
from tasks.questions import liquid, liquid_scan
from tasks.questions.layout import VARIABLE
from tasks.questions.liquid_scan import LiquidRefused, Piece, line_at

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
# What Liquid reads as something else than a name.
_WORDS = frozenset(
    {"true", "false", "nil", "null", "empty", "blank", "and", "or", "contains", "not", "in"}
    | {"offset", "limit", "reversed", "cols", "continue", "with", "for", "as", "if", "else"}
    | {"required", "size", "first", "last"}
)
# An opening brace before a value, or two together, would be read as Liquid.
_BRACES = re.compile(r"\{[{%]|\{\Z")

_PATH = re.compile(
    r"(?:task\.input\.(?P<name>[\w-]+)|task\.input\[\s*(?P<quote>[\"'])(?P<quoted>.*?)(?P=quote)\s*\]"
    r"|(?P<bare>[A-Za-z_][\w-]*))"
    r"(?P<filters>(?:\s*\|\s*(?:skip_autoescape|safe|escape|escape_once|grant_read_access))*)",
    re.DOTALL,
)
_TEXT = re.compile(r"(?P<quote>[\"'])(?P<text>.*?)(?P=quote)", re.DOTALL)
_NOT_COLUMNS = frozenset({"task", "forloop", "tablerowloop", "now", "today"}) | _WORDS


@dataclass(frozen=True, kw_only=True, slots=True)
class Converted:
    """The layout in the other language; with problems, there is none. Notes say what differs."""

    text: str = ""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def convert(source: str, to: str) -> Converted:
    """A layout of the other language, in this one."""
    return to_liquid(source) if to == Language.LIQUID else to_variables(source)


def to_liquid(source: str) -> Converted:
    """A layout with ${variables} as Liquid, which shows the same page for every row."""
    parts, problems, at = [], [], 0
    for match in VARIABLE.finditer(source):
        parts.append(_as_text(source[at : match.start()]))
        at = match.end()
        name = match[1].strip()
        if '"' in name and "'" in name:
            line = line_at(source, match.start())
            problems.append(f"Line {line}: the name {name[:60]} has both kinds of quotes in it.")
        elif name:
            parts.append(f"{{{{ {_path(name)} | skip_autoescape }}}}")
    # A brace at the very end stands before nothing.
    tail = source[at:]
    parts.append(_as_text(tail[:-1]) + "{" if tail.endswith("{") else _as_text(tail))
    text = "".join(parts)
    if not problems:
        try:
            liquid.check(text)
        except LiquidRefused as error:
            problems.append(f"As Liquid it can't be used. {error.message}")
    return Converted(text="" if problems else text, problems=problems)


def _as_text(text: str) -> str:
    return _BRACES.sub(lambda match: f"{{{{ '{match[0]}' }}}}", text)


def _path(name: str) -> str:
    if _PLAIN_NAME.fullmatch(name) and name not in _WORDS:
        return f"task.input.{name}"
    quote = "'" if '"' in name else '"'
    return f"task.input[{quote}{name}{quote}]"


def to_variables(source: str) -> Converted:
    """A Liquid template with ${variables}; each thing that can't be said so is a problem."""
    try:
        liquid.check(source)
    except InvalidInput as error:
        return Converted(problems=[error.message])
    back = _Back(source)
    for piece in liquid_scan.pieces(source):
        back.take(piece)
    if back.problems:
        return Converted(problems=back.problems)
    notes = []
    if back.escaped:
        lines = ", ".join(str(line) for line in sorted(set(back.escaped))[:20])
        notes.append(
            f"Values that Liquid escaped for HTML now go in as they are (line {lines}): a value "
            "with < or & in it is read as HTML."
        )
    return Converted(text="".join(back.parts), notes=notes)


class _Back:
    """What has been said again so far, and what couldn't be."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.parts: list[str] = []
        self.problems: list[str] = []
        self.escaped: list[int] = []
        self._comments = 0
        self._is_trimmed = False

    def take(self, piece: Piece) -> None:
        """One more piece of the template."""
        if self._comments:
            self._comments += {"comment": 1, "endcomment": -1}.get(piece.tag, 0)
            self._is_trimmed = piece.text.endswith("-%}")
            return
        if piece.kind == "text":
            self._say(piece.text.lstrip() if self._is_trimmed else piece.text, piece)
            self._is_trimmed = False
            return
        if piece.text.startswith(("{{-", "{%-")) and self.parts:
            self.parts[-1] = self.parts[-1].rstrip()
        if piece.kind == "raw":
            self._say(piece.body, piece)
        elif piece.kind == "output":
            self._output(piece)
        elif piece.tag == "comment":
            self._comments = 1
        elif piece.kind == "tag" and piece.tag != "#":
            self._tag(piece)
        self._is_trimmed = piece.text.endswith(("-}}", "-%}"))

    def _say(self, text: str, piece: Piece) -> None:
        if match := VARIABLE.search(text):
            self._cannot(piece, f"the text {match[0][:60]} would become a variable")
        self.parts.append(text)

    def _output(self, piece: Piece) -> None:
        if text := _TEXT.fullmatch(piece.body):
            self.parts.append(text["text"])
            return
        path = _PATH.fullmatch(piece.body)
        name = (path["name"] or path["quoted"] or path["bare"]) if path else None
        if not path or not name or path["bare"] in _NOT_COLUMNS:
            self._cannot(piece, f"{piece.text[:60]} can't be said with ${{variables}}")
        elif name == liquid.OBJECT:
            self._cannot(piece, f"write which column {name} is: source or source-ref")
        elif name != name.strip() or set(name) & set("{}"):
            self._cannot(piece, f"“{name[:60]}” can't be the name of a ${{variable}}")
        else:
            self.parts.append(f"${{{name}}}")
            if not {"skip_autoescape", "safe"} & set(re.findall(r"\w+", path["filters"])):
                self.escaped.append(line_at(self._source, piece.start))

    def _tag(self, piece: Piece) -> None:
        if not piece.tag.startswith("end") and piece.tag not in ("else", "elsif", "when"):
            self._cannot(piece, f"{{% {piece.tag} %}} can't be said with ${{variables}}")

    def _cannot(self, piece: Piece, what: str) -> None:
        self.problems.append(f"Line {line_at(self._source, piece.start)}: {what}.")
