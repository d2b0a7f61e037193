"""Where curves and bands stand that go below zero: plain geometry, drawn as SVG."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

from abtpro_saas.blueprints.pages.figures.plots import HIGH, WIDE

TICKS = 4
EVEN = 1e-9
"""What values differ by, of the largest of them or of 1, without being others."""
LABELS = 6
"""How many words an axis has room for; a phone has room for three of them."""


@dataclass(frozen=True)
class Series:
    """A curve: a value for each place, None leaves a gap.

    ``places`` are where the values stand, from 0 to 1; evenly apart if there are none.
    """

    tone: str
    title: str
    values: Sequence[float | None]
    places: Sequence[float] = ()


@dataclass(frozen=True)
class Span:
    """A band between two curves of the same length."""

    tone: str
    title: str
    lows: Sequence[float]
    highs: Sequence[float]


@dataclass(frozen=True)
class Shape:
    """Points of a polyline or of a polygon, as SVG writes them."""

    tone: str
    title: str
    points: str


@dataclass(frozen=True)
class Mark:
    """Words below a chart, ``x`` in percent; a phone shows ``narrow`` ones alone."""

    x: float
    text: str
    narrow: bool

    @property
    def anchor(self) -> str:
        """Which part of the words stands at ``x``: none of them leaves the chart."""
        return {0.0: "start", 100.0: "end"}.get(self.x, "middle")


@dataclass(frozen=True)
class Curves:
    """A chart, ready to be drawn; ticks (y, words, is zero) from the top down."""

    ticks: tuple[tuple[float, str, bool], ...]
    labels: tuple[Mark, ...]
    bands: tuple[Shape, ...] = ()
    lines: tuple[Shape, ...] = ()
    marks: tuple[float, ...] = ()


def curves(
    series: Sequence[Series],
    write: Callable[[float], str],
    labels: Sequence[str],
    bands: Sequence[Span] = (),
    marks: Sequence[float] = (),
) -> Curves:
    """Return a chart of curves; ``write`` writes a tick, ``marks`` are lines down."""
    values = [value for each in series for value in each.values]
    values += [value for each in bands for value in (*each.lows, *each.highs)]
    amounts = ticks_of([each for each in values if each is not None])
    scale = _Scale(amounts)
    length = max([len(each.values) for each in series], default=0)
    length = max([length, *(len(each.lows) for each in bands)])
    return Curves(
        tuple((scale.y(each), write(each), each == 0) for each in reversed(amounts)),
        thinned(labels),
        tuple(_band(each, scale, length) for each in bands),
        tuple(shape for each in series for shape in _lines(each, scale, length)),
        tuple(round(WIDE * each, 1) for each in marks),
    )


def ticks_of(values: Sequence[float]) -> list[float]:
    """Return round amounts that reach from the least of values to the most."""
    known = [each for each in values if isfinite(each)] or [0.0]
    low, high = min(known), max(known)
    size = max(abs(low), abs(high))
    spread = high - low if high - low > EVEN * max(size, 1) else size
    step = _round(spread / TICKS if spread > EVEN else 1.0)
    first, last = floor(low / step), ceil(high / step)
    last = max(last, first + 1)
    return [round(number * step, 10) for number in range(first, last + 1)]


def thinned(labels: Sequence[str]) -> tuple[Mark, ...]:
    """Return as many labels as an axis has room for, each where its value stands."""
    last = len(labels) - 1
    if last < 1:
        return tuple(Mark(0, each, narrow=True) for each in labels)
    count = min(len(labels), LABELS)
    places = [round(n * last / (count - 1)) for n in range(count)]
    # A phone has no room for one beside the middle: it would touch the last.
    kept = {0, count - 1} | ({count // 2} if count % 2 else set())
    return tuple(
        Mark(round(100 * place / last, 2), labels[place], n in kept)
        for n, place in enumerate(places)
    )


def _lines(series: Series, scale: "_Scale", length: int) -> Iterable[Shape]:
    stretch: list[str] = []
    for place, value in enumerate((*series.values, None)):
        if value is not None:
            at = series.places[place] * WIDE if series.places else _x(place, length)
            stretch.append(f"{round(at, 1)},{scale.y(value)}")
            continue
        if stretch:
            yield Shape(series.tone, series.title, " ".join(stretch))
        stretch = []


def _band(span: Span, scale: "_Scale", length: int) -> Shape:
    there = [f"{_x(n, length)},{scale.y(v)}" for n, v in enumerate(span.highs)]
    back = [f"{_x(n, length)},{scale.y(v)}" for n, v in enumerate(span.lows)]
    return Shape(span.tone, span.title, " ".join((*there, *reversed(back))))


def _x(place: int, length: int) -> float:
    return round(WIDE * place / max(length - 1, 1), 1)


class _Scale:
    """From amounts to places, by the first and the last of ``amounts``."""

    def __init__(self, amounts: Sequence[float]) -> None:
        self._low, self._high = amounts[0], amounts[-1]

    def y(self, amount: float) -> float:
        """Return how far below the top an amount stands."""
        return round(HIGH * (self._high - amount) / (self._high - self._low), 1)


def _round(step: float) -> float:
    """Return 1, 2 or 5 times a power of ten, ``step`` or a little more."""
    size: float = 10.0 ** floor(log10(step))
    factor = next(each for each in (1, 2, 5, 10) if each * size >= step * (1 - 1e-9))
    return factor * size
