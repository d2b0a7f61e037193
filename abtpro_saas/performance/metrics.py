"""Measures a record: every metric of the catalogue, or the reason why it has no value.

Sums are taken in a fixed order and without the processor's own libraries, so the same
record gives the same bytes on any machine.
"""

from collections.abc import Collection
from dataclasses import dataclass
from math import isfinite

import numpy as np

from abtpro_saas.errors import InvalidError
from abtpro_saas.performance.arithmetic.sheet import Sheet
from abtpro_saas.performance.definitions import CATALOGUE
from abtpro_saas.performance.metric import WHOLE, Metric
from abtpro_saas.performance.record import Record
from abtpro_saas.performance.undefined import UndefinedError, Why

__all__ = ["CATALOGUE", "Measured", "measure"]

_ROUNDING = 1e-9
"""Less than this part of the capital below zero is zero."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric's value in its unit, or None and the code of the reason (``Why``)."""

    value: float | None
    reason: str | None = None


def measure(
    record: Record, keys: Collection[str] = CATALOGUE.keys()
) -> dict[str, Measured]:
    """Return a value or a reason for each metric, in the order of ``keys``.

    Counts, seconds and dates are whole numbers. A few keys take a small part of the
    time of all: a search measures thousands of records.

    Raises:
        InvalidError: the record has no bars, numbers that are not finite, prices or a
            capital that are not above zero, or equity below zero.
    """
    _check(record)
    sheet = Sheet(record)
    with np.errstate(over="ignore", invalid="ignore"):  # is told as too large
        return {key: _measured(CATALOGUE[key], sheet) for key in keys}


def _measured(metric: Metric, sheet: Sheet) -> Measured:
    try:
        value = float(metric.of(sheet)) + 0.0  # no negative zero
    except UndefinedError as error:
        return Measured(None, error.why.value)
    except ArithmeticError:  # beyond what a float holds: squares of 1e200, of 1e-200
        return Measured(None, Why.TOO_LARGE.value)
    if not isfinite(value):
        return Measured(None, Why.TOO_LARGE.value)
    return Measured(round(value) if metric.unit in WHOLE else value)


def _check(record: Record) -> None:
    if not len(record.time):
        raise InvalidError("a record without candles cannot be measured")
    if not 0 < record.initial < np.inf:
        raise InvalidError("the capital must be above zero", "initial_capital")
    for series in (record.equity, record.exposure, record.benchmark):
        if len(series) != len(record.time):
            raise InvalidError("a record's series must have one length")
        if not np.isfinite(series).all():
            raise InvalidError("a record's series must be finite")
    if record.benchmark.min() <= 0:
        raise InvalidError("prices must be above zero")
    if record.equity.min() < -_ROUNDING * record.initial:
        raise InvalidError(
            "equity fell below zero: a position lost more than the account had, "
            "and should have been liquidated before"
        )
