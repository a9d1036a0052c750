"""How far several answers to one HIT say the same, at a glance: for a reviewer, not for results
(tasks/annotations/consolidate.py makes those)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tasks.annotations import consolidate, elements, masks
from tasks.annotations.kinds import Drawing, Mask, Spans, Unfit
from tasks.results.shown.parts import Part

MOST_THINGS = 1000
"""Shapes or spans of all answers together that are compared one by one."""
SMALL = 256
"""Pixels of the longer side at which masks are compared."""
MOST_PIXELS = 60_000_000
SAID = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """`degree` is good (all say the same), warn (some) or bad (none)."""

    name: str
    title: str
    degree: str
    words: str


def agreements(answers: Sequence[Sequence[Part]]) -> list[Agreement]:
    """One for each name that any of the answers has, in the first's order; of one answer none."""
    if len(answers) < 2:
        return []
    by_name: dict[str, list[Part]] = {}
    for parts in answers:
        for part in parts:
            by_name.setdefault(part.name, []).append(part)
    return [_agreement(parts, len(answers)) for parts in by_name.values()]


def _agreement(parts: list[Part], answers: int) -> Agreement:
    said = [part.given for part in parts]
    share: float | None = None
    if len(parts) == answers:
        if all(isinstance(one, Drawing) for one in said):
            share = _of_drawings([one for one in said if isinstance(one, Drawing)])
        elif all(isinstance(one, Spans) for one in said):
            share = _of_spans([one for one in said if isinstance(one, Spans)])
        elif all(isinstance(one, Mask) for one in said):
            share = _of_masks(parts)
    degree, words = _by_words(parts, answers) if share is None else _by_share(share, answers)
    return Agreement(name=parts[0].name, title=parts[0].title, degree=degree, words=words)


def _by_words(parts: list[Part], answers: int) -> tuple[str, str]:
    counts = Counter(" ".join(part.brief.split()).casefold() for part in parts)
    key, most = counts.most_common(1)[0]
    same = next(p.brief for p in parts if " ".join(p.brief.split()).casefold() == key)
    shown = same if len(same) <= SAID else f"{same[:SAID]}…"
    if most == answers:
        return "good", _("All %(n)d the same: %(said)s") % {"n": answers, "said": shown or "–"}
    if len(parts) < answers and most == len(parts):
        values = {"most": most, "n": answers, "said": shown or "–"}
        return "warn", _("Only %(most)d of %(n)d: %(said)s") % values
    if most > 1:
        values = {"most": most, "n": answers, "said": shown or "–"}
        return "warn", _("%(most)d of %(n)d: %(said)s") % values
    return "bad", _("All %(n)d different") % {"n": answers}


def _by_share(share: float, answers: int) -> tuple[str, str]:
    percent = int(100 * share)
    if share == 1:
        return "good", _("All %(n)d the same") % {"n": answers}
    degree = "good" if share >= 0.9 else "warn" if share >= 0.5 else "bad"
    return degree, _("%(percent)d %% the same") % {"percent": percent}


def _of_drawings(drawings: list[Drawing]) -> float | None:
    if sum(len(drawing.shapes) for drawing in drawings) > MOST_THINGS:
        return None
    return consolidate.agreement(consolidate.shape_clusters(drawings), len(drawings))


def _of_spans(given: list[Spans]) -> float | None:
    if sum(len(one.spans) for one in given) > MOST_THINGS:
        return None
    return consolidate.agreement(consolidate.span_clusters(given), len(given))


def _of_masks(parts: list[Part]) -> float | None:
    """Of classes the share of pixels; instances are told apart by colours that mean nothing."""
    given = [part.given for part in parts if isinstance(part.given, Mask)]
    first = given[0]
    is_classes = all(part.element and part.element.tag == elements.SEMANTIC for part in parts)
    if not is_classes or any((m.width, m.height) != (first.width, first.height) for m in given):
        return None
    if first.width * first.height * len(given) > MOST_PIXELS:
        return None
    numbers: dict[str, int] = {}
    votes: masks.Votes | None = None
    for mask in given:
        try:
            plane = masks.plane_of(mask, within=SMALL)
        except Unfit:
            return None
        for label, _color in mask.colors:
            numbers.setdefault(label, len(numbers) + 1)
        if len(numbers) > 255:
            return None
        own = {place: numbers[label] for place, (label, _c) in enumerate(mask.colors, start=1)}
        votes = votes or masks.Votes(plane.size)
        votes.add(masks.relabelled(plane, own))
    return votes.result()[1] if votes else None
