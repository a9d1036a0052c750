"""Answers as far as they can be read, for people to look at: one bad shape hides no other.

What an export leaves out whole (kinds.py) is shown here in part, with what is wrong beside it.
"""

from collections import Counter
from dataclasses import replace
from typing import Any

from tasks.annotations import elements, kinds
from tasks.annotations.elements import Element
from tasks.annotations.kinds import Clip, Drawing, Given, Segment, Shape, Span, Spans, Unfit

NO_LABEL = "–"
"""Stands for a label that an answer doesn't have."""
MOST_PROBLEMS = 5
_MEMBERS = {**elements.SHAPES, elements.ENTITIES: "entities", elements.SEGMENTS: "segments"}

Thing = Shape | Span | Segment


def read(element: Element, value: object) -> tuple[Given | None, list[str]]:
    """What the element's worker said, None where nothing of it can be read; and what is wrong."""
    try:
        return kinds.read(element, value), []
    except Unfit as why:
        member = _MEMBERS.get(element.tag)
        things = value.get(member) if isinstance(value, dict) and member else None
        if not isinstance(value, dict) or not isinstance(things, list):
            return _with_any_label(element, value, str(why))
        return _one_by_one(element, value, str(member), things)


def _with_any_label(element: Element, value: object, why: str) -> tuple[Given | None, list[str]]:
    """The answer with labels that the task doesn't have, if that is all that is wrong."""
    try:
        return kinds.read(replace(element, attributes={}), value), [why]
    except Unfit:
        return None, [why]


def _one_by_one(
    element: Element, value: dict[str, Any], member: str, things: list[Any]
) -> tuple[Given | None, list[str]]:
    known = {label.name for label in element.labels}
    unlabelled = replace(element, attributes={})  # takes any label
    try:
        frame = kinds.read(unlabelled, {**value, member: []})
    except Unfit as why:
        return None, [str(why)]
    kept: list[Thing] = []
    wrong: Counter[str] = Counter()
    strange: Counter[str] = Counter()
    points = 0
    for thing in things[: kinds.MAX_SHAPES]:
        try:
            found = kinds.read(unlabelled, {**value, member: [_labelled(thing)]})
        except Unfit as why:
            wrong[str(why)] += 1
            continue
        [one] = _things_of(found)
        points += len(one.points) if isinstance(one, Shape) else 0
        if points > kinds.MAX_POINTS:
            wrong[f"There are more than {kinds.MAX_POINTS:,} points."] += 1
            continue
        if known and one.label not in known:
            strange[one.label] += 1
        kept.append(one)
    if len(things) > kinds.MAX_SHAPES:
        wrong[f"There are {len(things):,}; the first {kinds.MAX_SHAPES:,} are shown."] += 1
    if strange:
        some = ", ".join(f"“{label[:60]}”" for label in list(strange)[:MOST_PROBLEMS])
        more = ", …" if len(strange) > MOST_PROBLEMS else "."
        wrong[f"The task doesn't have these labels: {some}{more}"] = sum(strange.values())
    problems = [f"{why} (×{n})" if n > 1 else why for why, n in wrong.most_common(MOST_PROBLEMS)]
    return _with_things(frame, kept), problems


def _things_of(found: Given) -> tuple[Thing, ...]:
    if isinstance(found, Drawing):
        return found.shapes
    if isinstance(found, Clip):
        return found.segments
    return found.spans if isinstance(found, Spans) else ()


def _with_things(frame: Given, kept: list[Thing]) -> Given:
    if isinstance(frame, Drawing):
        return replace(frame, shapes=tuple(one for one in kept if isinstance(one, Shape)))
    if isinstance(frame, Clip):
        return replace(frame, segments=tuple(one for one in kept if isinstance(one, Segment)))
    spans = {one for one in kept if isinstance(one, Span)}
    return Spans(spans=tuple(sorted(spans, key=lambda s: (s.start, s.end, s.label))))


def _labelled(thing: object) -> object:
    """The same with a label that can be read: what is marked matters more than its name."""
    if not isinstance(thing, dict):
        return thing
    label = thing.get("label")
    text = "" if label is None or isinstance(label, dict | list) else str(label)
    return {**thing, "label": text.strip()[: kinds.MAX_LABEL] or NO_LABEL}
