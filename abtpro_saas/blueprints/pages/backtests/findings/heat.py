"""A heat map of two parameters: a table whose cells carry colour, number and place."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

SHADES = 5
ROOMY = 16
"""Columns up to which cells have room; of more they are smaller."""

Writer = Callable[[float], str]
Namer = Callable[[str], str]
Axis = Callable[[str, Any], str]


@dataclass(frozen=True)
class Cell:
    """One combination; ``told`` says all of it in words, ``mark`` what is special."""

    text: str
    shade: str
    told: str
    mark: str = ""
    url: str = ""


@dataclass(frozen=True)
class Heat:
    """A map: ``columns`` are the values of ``x``, each row a value of ``y``."""

    x: str
    y: str
    x_title: str
    y_title: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    scale: tuple[str, str]
    pairs: Sequence[tuple[str, str]]

    @property
    def has_gaps(self) -> bool:
        """Tell whether there are combinations of which nothing counts."""
        return any(not cell.shade for _label, cells in self.rows for cell in cells)

    @property
    def is_dense(self) -> bool:
        """Tell whether its cells must be small."""
        return max(len(self.columns), len(self.rows)) > ROOMY


def chosen_map(
    maps: Sequence[Mapping[str, Any]], x: str | None, y: str | None
) -> Mapping[str, Any] | None:
    """Return the map of two parameters, turned if it lies the other way round."""
    for each in maps:
        if (each["x"], each["y"]) == (x, y):
            return each
        if (each["x"], each["y"]) == (y, x):
            turned = [list(column) for column in zip(*each["scores"], strict=True)]
            return {
                "x": each["y"],
                "y": each["x"],
                "xs": each["ys"],
                "ys": each["xs"],
                "scores": turned,
            }
    return maps[0] if maps else None


def heat_of(
    found: Mapping[str, Any],
    pairs: Sequence[tuple[str, str]],
    *,
    less: bool,
    write: Writer,
    title: Namer,
    axis: Axis,
    objective: str,
    marks: Sequence[tuple[str, Mapping[str, Any]]],
    link: Callable[[Mapping[str, Any]], str] | None,
) -> Heat:
    """Return a map as a table; ``marks`` name trials that stand out, best first."""
    xs, ys = found["xs"], found["ys"]
    known = [value for row in found["scores"] for value in row if value is not None]
    shades = _Shades(known, less=less)
    marked = {
        _place(found, values): name
        for name, values in reversed(marks)
        if {found["x"], found["y"]} <= set(values)
    }
    names = title(found["x"]), title(found["y"])
    columns = [axis(found["x"], each) for each in xs]
    rows = []
    for j, y in reversed(list(enumerate(ys))):
        cells = []
        for i, x in enumerate(xs):
            value = found["scores"][j][i]
            where = f"{names[0]} {columns[i]}, {names[1]} {axis(found['y'], y)}"
            if value is None:
                told = _("%(where)s: nothing that counts", where=where)
                cells.append(Cell("", "", told))
                continue
            mark = marked.get((i, j), "")
            told = f"{where}: {objective} {write(value)}"
            url = link({found["x"]: x, found["y"]: y}) if link else ""
            cells.append(Cell(write(value), shades.of(value), told, mark, url))
        rows.append((axis(found["y"], y), cells))
    ends = (write(min(known)), write(max(known))) if known else ("--", "--")
    return Heat(found["x"], found["y"], *names, columns, rows, ends, pairs)


class _Shades:
    """How strongly a score is coloured: by its rank, gains and losses apart.

    By rank, as one score far off would leave all others pale.
    """

    def __init__(self, known: Sequence[float], *, less: bool) -> None:
        self._less = less
        self._signed = not less and min(known, default=0.0) < 0
        self._all = sorted(known)
        self._up = [each for each in self._all if each >= 0]
        self._down = [-each for each in reversed(self._all) if each < 0]

    def of(self, value: float) -> str:
        """Return the class of a cell's colour."""
        if self._signed:
            if value >= 0:
                return f"heat-up-{_level(value, self._up)}"
            return f"heat-down-{_level(-value, self._down)}"
        level = _level(value, self._all)
        return f"heat-{SHADES + 1 - level if self._less else level}"


def _level(value: float, among: Sequence[float]) -> int:
    """Return in which fifth a value lies, from 1; a lone one is the strongest."""
    if len(among) <= 1:
        return SHADES
    rank = bisect_left(among, value) / (len(among) - 1)
    return min(SHADES, 1 + int(rank * SHADES))


def _place(found: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[int, int]:
    return (
        _nearest(found["xs"], values[found["x"]]),
        _nearest(found["ys"], values[found["y"]]),
    )


def _nearest(axis: Sequence[Any], value: object) -> int:
    """Return where a value lies on an axis whose cells may hold several."""
    if value in axis:
        return list(axis).index(value)
    if isinstance(value, str):
        return -1
    gaps = [abs(float(each) - float(value)) for each in axis]  # type: ignore[arg-type] # numbers, as the axis
    return gaps.index(min(gaps))
