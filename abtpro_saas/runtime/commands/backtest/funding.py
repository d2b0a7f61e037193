"""A market's funding from a file that somebody brings."""

import csv
from collections.abc import Mapping
from math import isfinite, nan
from pathlib import Path

import numpy as np

from abtpro_saas.backtesting.asking import read_instant
from abtpro_saas.backtesting.canonical import digest
from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.errors import InvalidError
from abtpro_saas.markets.funding.rates import FundingRates

LARGEST_RATE = 0.5
"""Of a position's value: more is a percentage by mistake."""


def funding_from(file: Path) -> FundingRates:
    """Return the rates of a CSV file with the columns timestamp, rate and maybe mark.

    Times are milliseconds since 1970 (UTC), or ISO 8601, and rise.

    Raises:
        InvalidError: there is no such file, or a line of it cannot be read.
    """
    if not file.is_file():
        raise InvalidError(f"there is no file {file}")
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [
            _row(place, each) for place, each in enumerate(csv.DictReader(lines), 2)
        ]
    times = np.array([each[0] for each in rows], np.int64)
    if (np.diff(times) <= 0).any():
        raise InvalidError(f"the times of {file.name} must rise")
    rates, marks = (np.array([each[at] for each in rows], float) for at in (1, 2))
    return FundingRates(times, rates, marks)


def fingerprint_of_funding(funding: FundingRates) -> str:
    """Return the hash of what is known of a market's funding."""
    marks = [None if np.isnan(each) else each for each in funding.mark.tolist()]
    return digest([funding.time.tolist(), funding.rate.tolist(), marks])


def _row(line: int, row: Mapping[str, str | None]) -> tuple[int, float, float]:
    try:
        text = (row["timestamp"] or "").strip()
        time = int(text) if text.isdigit() else read_instant(text, "timestamp")
        rate, mark = float(row["rate"] or ""), float(row.get("mark") or nan)
    except (KeyError, ValueError, OrderError):
        raise InvalidError(
            f"line {line} of the funding is none: it has timestamp, rate and maybe mark"
        ) from None
    sound = time is not None and abs(rate) <= LARGEST_RATE and not mark <= 0.0
    if time is None or not sound or not isfinite(rate) or mark == float("inf"):
        raise InvalidError(f"line {line} of the funding cannot be true")
    return time, rate, mark
