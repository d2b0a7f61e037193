"""The trades of a record as rows to read, in one language."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import isnan

from abtpro_saas.backtesting.reporting.labels import LABELS, REASONS
from abtpro_saas.backtesting.reporting.writing import at_ms, in_language
from abtpro_saas.performance.record import Reason, Record


@dataclass(frozen=True)
class Trip:
    """One round trip; ``percent``, ``mae`` and ``mfe`` are of the entry's value.

    ``mae`` is positive, as the metric of that name is. ``funding`` is None where a rate
    is not known.
    """

    number: int
    symbol: str
    side: str
    entered: datetime
    exited: datetime
    entry_price: float
    exit_price: float
    size: float
    profit: float
    percent: float
    fees: float
    funding: float | None
    slippage: float
    mae: float
    mfe: float
    reason: str


def known(number: float) -> float | None:
    """Return a number, or None for what is not known."""
    return None if isnan(number) else number


def in_loss(mae: float) -> float:
    """Return a record's worst result, which is 0 or below, as a loss in percent."""
    return -100 * mae if mae else 0.0


def trips(record: Record, locale: str, first: int, last: int) -> Iterator[Trip]:
    """Yield the trades [first, last) in the order of their exits."""
    sides = {1: LABELS["long"], -1: LABELS["short"]}
    words = {each: in_language(text, locale) for each, text in REASONS.items()}
    trades = record.trades
    for row in range(first, min(last, len(trades))):
        entry_price, size = float(trades.entry_price[row]), float(trades.size[row])
        profit, value = float(trades.profit[row]), entry_price * size
        yield Trip(
            number=row + 1,
            symbol=record.symbols[int(trades.symbol[row])],
            side=in_language(sides[int(trades.side[row])], locale),
            entered=at_ms(int(record.time[trades.entry[row]])),
            exited=at_ms(int(record.time[trades.exit[row]])),
            entry_price=entry_price,
            exit_price=float(trades.exit_price[row]),
            size=size,
            profit=profit,
            percent=100 * profit / value if value else 0.0,
            fees=float(trades.fees[row]),
            funding=known(float(trades.funding[row])),
            slippage=float(trades.slippage[row]),
            mae=in_loss(float(trades.mae[row])),
            mfe=100 * float(trades.mfe[row]),
            reason=words[Reason(int(trades.reason[row]))],
        )
