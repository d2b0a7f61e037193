"""What holders of a perpetual contract paid each other, by time."""

import hashlib
from dataclasses import dataclass

import numpy as np

from abtpro_saas.plugins.api.candles import Floats, Integers

APART_MS = 60_000
"""Two payments lie further apart: no venue has them due each minute."""


@dataclass(frozen=True, slots=True)
class FundingRates:
    """Rates by time, oldest first; all arrays have one length.

    ``time`` is when each was due, in milliseconds since 1970 (UTC); ``rate`` the
    fraction of a position's value that longs paid to shorts, negative the other way
    round; ``mark`` the price at which positions were valued, NaN where not known.
    """

    time: Integers
    rate: Floats
    mark: Floats

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, those: slice) -> "FundingRates":
        """Return a part, without copying."""
        return FundingRates(self.time[those], self.rate[those], self.mark[those])


def no_rates() -> FundingRates:
    """Return rates of which there are none."""
    return FundingRates(np.empty(0, np.int64), np.empty(0), np.empty(0))


def merged(old: FundingRates, new: FundingRates) -> FundingRates:
    """Return both in the order of their times; at the same time ``new`` counts.

    Venues write the instant some milliseconds late, each of their files its own: what
    lies within ``APART_MS`` of a new rate is the same payment, and of new ones that lie
    so near to each other the first is.
    """
    first = np.searchsorted(new.time, old.time - APART_MS, side="right")
    last = np.searchsorted(new.time, old.time + APART_MS)
    kept = first == last
    time = np.concatenate((old.time[kept], new.time))
    order = np.argsort(time, kind="stable")
    rates = np.concatenate((old.rate[kept], new.rate))
    marks = np.concatenate((old.mark[kept], new.mark))
    return told_once(FundingRates(time[order], rates[order], marks[order]))


def told_once(rates: FundingRates) -> FundingRates:
    """Return the rates without those that follow another within ``APART_MS``."""
    kept = np.diff(rates.time, prepend=-(2**62)) >= APART_MS
    return FundingRates(rates.time[kept], rates.rate[kept], rates.mark[kept])


def on_time(rates: FundingRates) -> FundingRates:
    """Return each payment once, at the whole minute at which it was due."""
    once = told_once(rates)
    time = (once.time + APART_MS // 2) // APART_MS * APART_MS
    return FundingRates(time, once.rate, once.mark)


def fingerprint(rates: FundingRates) -> str:
    """Return the SHA-256, in hexadecimal, of all times and values and their order.

    Over the length, then each column, all as 8 bytes little-endian; a zero is positive,
    and each mark that is not known is the same NaN.
    """
    digest = hashlib.sha256(b"abtpro funding 1")
    digest.update(np.array([len(rates)], dtype="<i8").tobytes())
    digest.update(np.ascontiguousarray(rates.time, dtype="<i8").tobytes())
    for values in (rates.rate, rates.mark):
        plain = np.where(np.isnan(values), np.nan, values + 0.0)
        digest.update(np.ascontiguousarray(plain, dtype="<f8").tobytes())
    return digest.hexdigest()
