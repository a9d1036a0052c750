"""Regular expressions that requesters write and workers' texts are held against.

As browsers read them, as far as both do: a match anywhere counts. Whoever writes a pattern may
write one that takes for ever or all memory, so what it grows to is bounded before it is
compiled, and the time it may take is bounded when it is used.
"""

import re
import time

import regex

MAX_LENGTH = 2_000
"""Characters of one pattern."""
MAX_SIZE = 20_000
"""What a pattern grows to when its fixed repetitions, {1000} and the like, are written out."""

_FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL}
# Recursion, comments, conditions and the engine's own switches: no browser knows them.
_UNKNOWN = re.compile(r"\(\?(?!:|=|!|<|P<|P=|[ims]+[:)])|\(\*")
_TOKEN = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]?|\{(\d+)(?:,\d*)?\}|.", re.DOTALL)


def wrong_with(pattern: str, flags: str) -> str:
    """Why this can't be used as a pattern; empty where it can."""
    if len(pattern) > MAX_LENGTH:
        return f"it has over {MAX_LENGTH} characters"
    if _UNKNOWN.search(pattern):
        return "it uses an extension that browsers don't know"
    if _size(pattern) > MAX_SIZE:
        return "it repeats too much"
    try:
        _compiled(pattern, flags)
    except (regex.error, ValueError, OverflowError, RecursionError, MemoryError) as error:
        return str(error) or "it is nested too deep"
    return ""


def matches(pattern: str, flags: str, text: str, *, until: float) -> bool:
    """Whether the pattern is found in the text. What isn't decided when the monotonic clock
    shows `until` counts as found: the mistake is the pattern's, and must cost nobody work."""
    left = until - time.monotonic()
    if left <= 0:
        return True
    try:
        return _compiled(pattern, flags).search(text, timeout=left) is not None
    except (TimeoutError, regex.error, RecursionError, MemoryError):
        return True


def _compiled(pattern: str, flags: str) -> "regex.Pattern[str]":
    chosen = 0
    for letter in flags.lower():
        chosen |= _FLAGS.get(letter, 0)
    return regex.compile(pattern, chosen)


def _size(pattern: str) -> int:
    """How many single matchers the pattern has when its fixed repetitions are written out."""
    groups, latest = [0], 0
    for token in _TOKEN.finditer(pattern):
        text = token[0]
        if text == "(":
            groups.append(0)
        elif text == ")" and len(groups) > 1:
            latest = groups.pop()
            groups[-1] += latest
        elif token[1]:
            times = int(token[1][:9])
            groups[-1] += latest * (max(times, 1) - 1)
            latest *= times
        else:
            latest = 1
            groups[-1] += 1
        if max(groups[-1], latest) > MAX_SIZE:
            return groups[-1]
    return sum(groups)
