"""Where the bars and lines of a chart stand: plain geometry, drawn as SVG.

A plot is ``WIDE`` by ``HIGH`` units, stretched to the room that it gets; what is
written around it is HTML, so letters keep their size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

WIDE, HIGH = 1200, 240
TICKS = 4
_BAR = 0.62
"""How much of its place a column fills."""


class Part(NamedTuple):
    """A piece of a column; below zero it hangs. ``tone`` says what it stands for."""

    amount: int
    tone: str
    title: str


class Point(NamedTuple):
    """A place of a line; None leaves a gap."""

    amount: int | None
    title: str


@dataclass(frozen=True)
class Bar:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    title: str


@dataclass(frozen=True)
class Dot:
    """A place on a line."""

    x: float
    y: float
    title: str


@dataclass(frozen=True)
class Line:
    """Stretches of dots that follow one another without a gap."""

    tone: str
    stretches: tuple[tuple[Dot, ...], ...]


@dataclass(frozen=True)
class Tick:
    """A line across, and the amount that it stands for; ``y`` from the top."""

    y: float
    amount: int


@dataclass(frozen=True)
class Plot:
    """A chart, ready to be drawn; ticks from the top to the bottom."""

    ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()


def ticks_for(least: int, most: int, unit: int = 1) -> list[int]:
    """Return round amounts that reach from ``least`` to ``most`` and hold zero.

    They are two at least, and ``unit`` apart or more.
    """
    low, high = min(least, 0), max(most, 0)
    step = _round_step(high - low, unit)
    first = low // step
    last = max(-(-high // step), first + 1)
    return [number * step for number in range(first, last + 1)]


def columns(stacks: Sequence[Sequence[Part]], unit: int = 1) -> Plot:
    """Return a plot of a column for each stack: gains above zero, losses below."""
    tops = [sum(max(part.amount, 0) for part in stack) for stack in stacks]
    depths = [sum(min(part.amount, 0) for part in stack) for stack in stacks]
    least, most = min(depths, default=0), max(tops, default=0)
    scale = _Scale(ticks_for(least, most, unit))
    place = WIDE / max(len(stacks), 1)
    bars = []
    for number, stack in enumerate(stacks):
        x = round(place * (number + (1 - _BAR) / 2), 1)
        up = down = 0
        for part in stack:
            start = up if part.amount >= 0 else down
            end = start + part.amount
            top, bottom = scale.y(max(start, end)), scale.y(min(start, end))
            if part.amount:
                width, height = round(place * _BAR, 1), round(bottom - top, 1)
                bars.append(Bar(x, top, width, height, part.tone, part.title))
            up, down = (end, down) if part.amount >= 0 else (up, end)
    return Plot(scale.ticks, bars=tuple(bars))


def lines(most: int, named: Mapping[str, Sequence[Point]]) -> Plot:
    """Return a plot of a line for each tone, from zero to ``most``."""
    scale = _Scale(ticks_for(0, most))
    drawn = tuple(Line(tone, _stretches(of, scale)) for tone, of in named.items())
    return Plot(scale.ticks, lines=drawn)


def _stretches(points: Sequence[Point], scale: "_Scale") -> tuple[tuple[Dot, ...], ...]:
    place = WIDE / max(len(points), 1)
    found: list[list[Dot]] = [[]]
    for number, point in enumerate(points):
        if point.amount is None:
            found.append([])
            continue
        x = round(place * (number + 0.5), 1)
        found[-1].append(Dot(x, scale.y(point.amount), point.title))
    return tuple(tuple(stretch) for stretch in found if stretch)


class _Scale:
    """From amounts to places, by the first and the last of ``amounts``."""

    def __init__(self, amounts: Sequence[int]) -> None:
        self._low, self._high = amounts[0], amounts[-1]
        self.ticks = tuple(Tick(self.y(each), each) for each in reversed(amounts))

    def y(self, amount: int) -> float:
        """Return how far below the top an amount stands."""
        return round(HIGH * (self._high - amount) / (self._high - self._low), 1)


def _round_step(span: int, unit: int) -> int:
    """Return 1, 2 or 5 times a power of ten, in units: few steps make ``span``."""
    size = unit
    while True:
        for factor in (1, 2, 5):
            if factor * size * TICKS >= span:
                return factor * size
        size *= 10
