"""JSON as people write it into templates: single quotes, bare names, commas too many, comments.

Reads what the elements in the browser read (`lenient` in tasks/static/crowd/base.js).
"""

import json
import re
from typing import Any

_TOKEN = re.compile(
    r"\s+|//[^\n]*|/\*.*?\*/|(?P<mark>[\[\]{},:])"
    r"|(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|(?P<bare>[^\s\[\]{},:\"']+)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}
_DEEPEST = 20


def strict(text: str) -> Any:
    """JSON and nothing else; a half of a surrogate pair, which no page or file can hold, becomes
    U+FFFD. Raises ValueError, for what is nested too deeply as well."""
    try:
        value = json.loads(text, parse_constant=_refused)
        if _HALF.search(text):
            whole = _in_whole_characters(json.dumps(value, ensure_ascii=False))
            value = json.loads(whole, parse_constant=_refused)
        return value
    except RecursionError:
        raise ValueError("This JSON is nested too deeply.") from None


def _in_whole_characters(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON.")


def read(text: str) -> Any:
    """The value. Raises ValueError."""
    try:
        return strict(text)
    except ValueError:
        tokens = _tokens(text)
        value, end = _value(tokens, 0, 0)
        if end != len(tokens):
            raise ValueError("There is more after the end of the JSON.") from None
        return value


_Token = tuple[str, str]


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"Not readable as JSON: {text[at : at + 40]}")
        at = match.end()
        if match.lastgroup == "text":
            words = _ESCAPE.sub(_unescaped, match["text"][1:-1])
            found.append(("text", _in_whole_characters(words)))
        elif match.lastgroup:
            found.append((match.lastgroup, match[match.lastgroup]))
    return found


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else _ESCAPES.get(match[2], match[2])


def _value(tokens: list[_Token], at: int, depth: int) -> tuple[Any, int]:
    if at >= len(tokens) or depth > _DEEPEST:
        raise ValueError("This JSON ends too early or is nested too deeply.")
    kind, word = tokens[at]
    if kind == "text":
        return word, at + 1
    if kind == "bare":
        return (_WORDS[word] if word in _WORDS else _number(word)), at + 1
    if word == "[":
        return _list(tokens, at + 1, depth + 1)
    if word == "{":
        return _members(tokens, at + 1, depth + 1)
    raise ValueError(f"Unexpected {word} in JSON.")


def _number(word: str) -> int | float:
    return int(word) if re.fullmatch(r"-?\d{1,15}", word) else float(word)


def _list(tokens: list[_Token], at: int, depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    while True:
        at, is_end = _next(tokens, at, "]")
        if is_end:
            return items, at
        item, at = _value(tokens, at, depth)
        items.append(item)
        _require_end_of_one(tokens, at, "]")


def _members(tokens: list[_Token], at: int, depth: int) -> tuple[dict[str, Any], int]:
    members: dict[str, Any] = {}
    while True:
        at, is_end = _next(tokens, at, "}")
        if is_end:
            return members, at
        kind, key = tokens[at]
        if kind == "mark" or tokens[at + 1 : at + 2] != [("mark", ":")]:
            raise ValueError("A member of an object needs a name and a colon.")
        members[key], at = _value(tokens, at + 2, depth)
        _require_end_of_one(tokens, at, "}")


def _next(tokens: list[_Token], at: int, closing: str) -> tuple[int, bool]:
    """The place of the next item, commas too many left out; or after the end, and True."""
    while at < len(tokens):
        if tokens[at] == ("mark", closing):
            return at + 1, True
        if tokens[at] != ("mark", ","):
            return at, False
        at += 1
    raise ValueError("This JSON ends too early.")


def _require_end_of_one(tokens: list[_Token], at: int, closing: str) -> None:
    if tokens[at : at + 1] not in ([("mark", ",")], [("mark", closing)]):
        raise ValueError("A comma is missing in this JSON.")
