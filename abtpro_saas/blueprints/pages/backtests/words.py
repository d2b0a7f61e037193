"""The words and figures of backtests, as pages write them in the reader's language."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from abtpro_saas import formats
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import EngineName, RunStatus
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.errors import InvalidError
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.performance.definitions import CATALOGUE
from abtpro_saas.performance.metric import Unit
from abtpro_saas.performance.record import Reason
from abtpro_saas.performance.undefined import WORDS, Why
from abtpro_saas.plugins.api.parameters import Text

NOTHING = "--"
_CLOSE = 1_000
"""From this on, amounts are written with two decimals."""

REASONS = {
    Reason.OPEN: _l("Still open"),
    Reason.SIGNAL: _l("Signal"),
    Reason.STOP_LOSS: _l("Stop loss"),
    Reason.TAKE_PROFIT: _l("Take profit"),
    Reason.TRAILING_STOP: _l("Trailing stop"),
    Reason.LIQUIDATION: _l("Liquidation"),
    Reason.REBALANCED: _l("Rebalanced"),
    Reason.REVERSED: _l("Reversed"),
}
"""Why a trade ended."""

ENGINES = {
    EngineName.COMPILED: _l("Compiled (fast)"),
    EngineName.BACKTRADER: _l("backtrader (reference)"),
}

SLIPPAGE = {
    "none": _l("None"),
    "fixed": _l("A fixed part of the price"),
    "spread": _l("Half of a spread"),
    "volume_share": _l("By the share of the candle's volume"),
    "square_root": _l("By the square root of the share of volume"),
}

FILLS = {
    "next_open": _l("At the next candle's open"),
    "close": _l("At the close that gave the signal"),
}


def in_words(text: Text) -> str:
    """Return a text in the language of the page."""
    return text.th if language() == "th" else text.en


def run_state(run: Backtest) -> str:
    """Return how a run stands: one that waits says for what."""
    if run.status == RunStatus.PENDING:
        waits = gettext("Starting") if run.admitted_at else gettext("In the queue")
        return str(waits)
    words = {
        RunStatus.RUNNING: gettext("Running"),
        RunStatus.COMPLETED: gettext("Completed"),
        RunStatus.FAILED: gettext("Failed"),
        RunStatus.CANCELLED: gettext("Cancelled"),
    }
    return str(words[RunStatus(run.status)])


def strategy_title(name: str) -> str:
    """Return a strategy's title, or its name if it is gone."""
    try:
        return in_words(find_strategy(name).about.title)
    except InvalidError:
        return name


def quote_of(symbol: str) -> str:
    """Return the currency that a symbol is priced in: ``USDT`` of ``BTC/USDT``."""
    return symbol.partition("/")[2].partition(":")[0]


def percent(value: float, *, signed: bool = True) -> str:
    """Write 12.345 as ``+12.35%``."""
    return formats.format_percent(round(value * 100), signed=signed)


def number(value: float, *, digits: int = 2) -> str:
    """Write a figure with separators and a true minus sign."""
    text = f"{abs(value):,.{digits}f}"
    is_nothing = not text.strip("0.,")
    return text if value >= 0 or is_nothing else formats.MINUS + text


def price(value: float) -> str:
    """Write a price or a quantity with the digits that tell it apart."""
    size = abs(value)
    digits = 2 if size >= _CLOSE else 4 if size >= 1 else 8
    return number(value, digits=digits)


def signed(value: float, currency: str = "") -> str:
    """Write a profit or a loss with its sign."""
    text = number(value)
    return f"{'+' if value > 0 else ''}{text} {currency}".strip()


def at_ms(milliseconds: float) -> datetime:
    """Return milliseconds since 1970 as an instant."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def utc_day(milliseconds: float) -> str:
    """Write the UTC day of an instant."""
    return formats.format_day(at_ms(milliseconds).date(), language())


def last_day(milliseconds: float) -> str:
    """Write the UTC day of the last instant before ``milliseconds``."""
    return utc_day(milliseconds - 1)


def lasting(seconds: float) -> str:
    """Write how long something took."""
    return formats.format_lasting(timedelta(seconds=seconds), language())


def metric(run: Backtest, key: str) -> str:
    """Write one of a run's metrics with its unit, ``--`` if it has no value."""
    value = (run.metrics or {}).get(key)
    if value is None:
        return NOTHING
    return measured(value, CATALOGUE[key].unit, quote_of(run.symbols[0]))


def measured(value: float, unit: Unit, currency: str) -> str:
    """Write a value in its unit."""
    writers: Mapping[Unit, Callable[[], str]] = {
        Unit.PERCENT: lambda: f"{number(value)}%",
        Unit.QUOTE: lambda: f"{number(value)} {currency}",
        Unit.RATIO: lambda: number(value),
        Unit.BARS: lambda: number(value, digits=1 if value % 1 else 0),
        Unit.SECONDS: lambda: lasting(value),
        Unit.COUNT: lambda: number(value, digits=0),
        Unit.DATE: lambda: formats.format_instant(at_ms(value), language()),
    }
    return writers[unit]()


def why_not(run: Backtest, key: str) -> str:
    """Return why one of a run's metrics has no value."""
    reason = (run.undefined or {}).get(key)
    try:
        return in_words(WORDS[Why(str(reason))])
    except ValueError:
        return ""


def trade_reason(reason: Reason) -> str:
    """Return why a trade ended."""
    return str(REASONS[reason])


FILTERS: Mapping[str, Callable[..., Any]] = {
    "run_state": run_state,
    "strategy_title": strategy_title,
    "quote_of": quote_of,
    "in_words": in_words,
    "signed_percent": percent,
    "figure": number,
    "price": price,
    "profit": signed,
    "at_ms": at_ms,
    "utc_day": utc_day,
    "last_day": last_day,
    "trade_reason": trade_reason,
    "step": step_of,
}
