"""New candles and those that are there: what an import makes of a series."""

from dataclasses import dataclass

import numpy as np

from abtpro_saas.markets.columns import COLUMNS, NAMES
from abtpro_saas.plugins.api.candles import Candles


@dataclass(frozen=True)
class Merged:
    """All candles, oldest first; ``replaced`` were other before."""

    candles: Candles
    replaced: int


def merge(old: Candles, new: Candles) -> Merged:
    """Return old and new together; at the same time the new ones count."""
    _, ours, theirs = np.intersect1d(old.time, new.time, return_indices=True)
    differs = np.zeros(len(ours), dtype=np.bool_)
    for name in COLUMNS:
        differs |= getattr(old, name)[ours] != getattr(new, name)[theirs]
    stays = np.ones(len(old), dtype=np.bool_)
    stays[ours] = False
    time = np.concatenate([old.time[stays], new.time])
    order = np.argsort(time, kind="stable")
    columns = {
        name: np.concatenate([getattr(old, name)[stays], getattr(new, name)])[order]
        for name in NAMES
    }
    whole = Candles(new.symbol, new.step, **columns)
    return Merged(whole, int(np.count_nonzero(differs)))
