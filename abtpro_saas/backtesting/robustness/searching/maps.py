"""Scores over the parameters: heat maps of two, lines of one; ready for JSON."""

from itertools import combinations as pairs_of
from typing import Any

import numpy as np

from abtpro_saas.backtesting.robustness.search import Range
from abtpro_saas.backtesting.robustness.searching.ground import Ground
from abtpro_saas.backtesting.robustness.searching.space import points
from abtpro_saas.performance.record import Floats, Integers
from abtpro_saas.plugins.api.candles import Flags
from abtpro_saas.plugins.api.parameters import Value

CELLS = 40
"""Of one side of a heat map, at most: more values share cells."""
DIGITS = 6
SIDES = 4
"""So many parameters are drawn against each other."""


def heat_maps(ground: Ground) -> list[dict[str, Any]]:
    """Return a map for each two of the first parameters, ready for JSON.

    ``scores`` has a row for each of ``ys``, and the median of the feasible trials'
    scores in each cell: over whatever the other parameters were. None is nowhere tried,
    or nowhere feasible.
    """
    names = list(ground.search.space)[:SIDES]
    sides = {name: _cells(ground, name) for name in names}
    return [_map(ground, (x, *sides[x]), (y, *sides[y])) for x, y in pairs_of(names, 2)]


def lines(ground: Ground) -> list[dict[str, Any]]:
    """Return for each parameter the median and the best score of each of its values."""
    found = []
    for name in ground.search.space:
        cells, labels = _cells(ground, name)
        groups = [_feasible(ground, cells == cell) for cell in range(len(labels))]
        found.append(
            {
                "parameter": name,
                "values": labels,
                "medians": [_middle(each) for each in groups],
                "best": [_best(ground, each) for each in groups],
            }
        )
    return found


def _cells(ground: Ground, name: str) -> tuple[Integers, list[Value]]:
    """Return the cell of each trial on an axis, and the cells' middle values."""
    dimension, places = ground.search.space[name], ground.places(name)
    values = points(dimension)
    if values is not None and len(values) <= CELLS:
        return places.astype(np.int64), list(values)
    if values is not None:
        cells = (places * CELLS / len(values)).astype(np.int64)
        middles = [int((cell + 0.5) * len(values) / CELLS) for cell in range(CELLS)]
        return cells, [values[at] for at in middles]
    if not isinstance(dimension, Range):
        raise TypeError("a list has an end")
    width = (dimension.high - dimension.low) / CELLS
    cells = np.minimum((places - dimension.low) // width, CELLS - 1).astype(np.int64)
    return cells, [dimension.low + (cell + 0.5) * width for cell in range(CELLS)]


def _map(
    ground: Ground,
    across: tuple[str, Integers, list[Value]],
    up: tuple[str, Integers, list[Value]],
) -> dict[str, Any]:
    (x, columns, xs), (y, rows, ys) = across, up
    places: dict[int, list[int]] = {}
    for row, cell in enumerate((rows * len(xs) + columns).tolist()):
        places.setdefault(cell, []).append(row)
    scores = [
        [_cell(ground, places.get(j * len(xs) + i)) for i in range(len(xs))]
        for j in range(len(ys))
    ]
    return {"x": x, "y": y, "xs": xs, "ys": ys, "scores": scores}


def _cell(ground: Ground, rows: list[int] | None) -> float | None:
    return None if rows is None else _middle(_feasible(ground, np.array(rows)))


def _feasible(ground: Ground, chosen: Flags | Integers) -> Floats:
    """Return the scores of the feasible trials among those chosen."""
    goods = ground.goods[chosen]
    return ground.sign * goods[np.isfinite(goods)]


def _middle(scores: Floats) -> float | None:
    return _shown(float(np.median(scores))) if len(scores) else None


def _best(ground: Ground, scores: Floats) -> float | None:
    if not len(scores):
        return None
    return _shown(float(ground.sign * (ground.sign * scores).max()))


def _shown(score: float) -> float:
    """Return a score as it is drawn: thousands of cells are stored."""
    return float(f"{score:.{DIGITS}g}")
