"""Charts as SVG: the numbers become coordinates here, the template draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

LEFT, RIGHT, TOP, BOTTOM = 44, 630, 20, 155
LABEL = 32
_STEPS = (1, 2, 5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """Paths, the lines behind them with their labels, and labels below."""

    line: str
    area: str
    rules: Sequence[tuple[float, str]]
    labels: Sequence[tuple[float, datetime]]
    most: int
    peak_at: datetime


def area_chart(points: Sequence[tuple[datetime, int]]) -> Chart:
    """A chart of counts over time; with one point only, a flat line."""
    top = _round_up(max(value for _at, value in points))
    width = (RIGHT - LEFT) / max(1, len(points) - 1)
    places = [
        (round(LEFT + width * place, 1), _height(value, top))
        for place, (_at, value) in enumerate(points)
    ]
    if len(places) == 1:
        places.append((RIGHT, places[0][1]))
    line = "M" + " L".join(f"{x} {y}" for x, y in places)
    every = max(1, -(-len(points) // 6))
    peak = max(points, key=lambda point: point[1])
    rules = sorted({top, top // 2, 0})
    return Chart(
        line=line,
        area=f"M{LEFT} {BOTTOM} L{line[1:]} L{places[-1][0]} {BOTTOM}Z",
        rules=[(_height(value, top), f"{value:,}") for value in rules],
        labels=[
            (min(round(LEFT + width * place, 1), RIGHT - LABEL), at)
            for place, (at, _value) in enumerate(points)
            if place % every == 0
        ],
        most=peak[1],
        peak_at=peak[0],
    )


def _height(value: int, top: int) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * value / top, 1)


def _round_up(most: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50, … that isn't below."""
    size = 1
    while True:
        for step in _STEPS:
            if step * size >= most:
                return step * size
        size *= 10
