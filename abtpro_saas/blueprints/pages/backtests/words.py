"""The words and figures of backtests, as pages write them in the reader's language."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.reporting import figures, writing
from abtpro_saas.backtesting.reporting.assumptions import assumptions
from abtpro_saas.backtesting.reporting.costs import (
    leverage_told,
    sizing_told,
    slippage_told,
    terms_told,
)
from abtpro_saas.backtesting.reporting.parameters import changed_of
from abtpro_saas.backtesting.reporting.writing import (
    NOTHING,
    at_ms,
    number,
    per_cent,
    percent,
    price,
    quote_of,
    rounded,
    signed,
)
from abtpro_saas.backtesting.runs.matching import any_brought
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import EngineName, RunKind, RunStatus
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.errors import InvalidError
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.performance.definitions import CATALOGUE
from abtpro_saas.performance.metric import Unit
from abtpro_saas.performance.record import Reason
from abtpro_saas.plugins.api.parameters import Text

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

KINDS = {
    RunKind.RUN: _l("Backtest"),
    RunKind.OPTIMISATION: _l("Optimisation"),
    RunKind.WALK_FORWARD: _l("Walk-forward"),
    RunKind.MONTE_CARLO: _l("Monte Carlo"),
    RunKind.RERUN: _l("Done again"),
}
"""What a row of the queue is."""

SLIPPAGE = {
    "none": _l("None"),
    "fixed": _l("A fixed part of the price"),
    "spread": _l("Half of a spread"),
    "volume_share": _l("By the share of the candle's volume"),
    "square_root": _l("By the square root of the share of volume"),
}

FUNDINGS = {
    "market": _l("The market's own rates"),
    "fixed": _l("Always the same rate"),
    "none": _l("None"),
}

FEES_IN = {
    "quote": _l("Money"),
    "base": _l("The coin that is bought"),
}

FAULTS = {
    "series_gone": _l("The candles that were ordered were removed meanwhile."),
    "series_changed": _l("Its candles were changed or removed: order it anew."),
    "candles_missing": _l("The candles that were ordered are not there any more."),
    "funding_missing": _l("The funding rates that were ordered were removed."),
    "unavailable": _l("The data could not be read for hours. Try again later."),
    "results_unavailable": _l("The data could not be read for hours. Try again later."),
    "out_of_memory": _l(
        "It needs more memory than there is: choose fewer candles or markets."
    ),
    "too_long": _l("It takes longer than it may: choose less to compute."),
    "strategy_failed": _l("The strategy itself has failed."),
    "unsupported": _l("The chosen engine cannot compute this."),
    "invalid_backtest": _l("The order does not fit the candles that there are."),
    "invalid_timeframe": _l("The candles that there are do not make up these."),
    "feature_needed": _l(
        "When its turn came, your contract did not include this any more."
    ),
    "no_trials": _l("No trial came to a result."),
}
"""What is said of a run or a study that failed, by its code."""

FILLS = {
    "next_open": _l("At the next candle's open"),
    "close": _l("At the close that gave the signal"),
}


def in_words(text: Text) -> str:
    """Return a text in the language of the page."""
    return writing.in_language(text, language())


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


def kind_words(kind: str) -> str:
    """Return what a row of the queue is."""
    return str(KINDS[RunKind(kind)])


def utc_day(milliseconds: float) -> str:
    """Write the UTC day of an instant."""
    return writing.utc_day(milliseconds, language())


def last_day(milliseconds: float) -> str:
    """Write the UTC day of the last instant before ``milliseconds``."""
    return utc_day(milliseconds - 1)


def metric(run: Backtest, key: str) -> str:
    """Write one of a run's metrics with its unit, ``--`` if it has no value."""
    value = (run.metrics or {}).get(key)
    if value is None:
        return NOTHING
    return measured(value, CATALOGUE[key].unit, quote_of(run.symbols[0]))


def measured(value: float, unit: Unit, currency: str) -> str:
    """Write a value in its unit."""
    return writing.measured(value, unit, currency, language())


def why_not(run: Backtest, key: str) -> str:
    """Return why one of a run's metrics has no value."""
    return figures.why_not(run, key, language())


def taken_for_granted(run: Backtest, order: Order) -> list[str]:
    """Return what a run or study takes for granted, the gravest first."""
    simulated = any(each["simulated"] for each in run.series)
    brought = any_brought(run.series)
    told = assumptions(order, simulated=simulated, brought=brought, metrics=run.metrics)
    return [in_words(each.text) for each in told]


def slippage_words(slippage: Any) -> str:  # noqa: ANN401 - of an order, or its JSON
    """Return which slippage was counted, and how much of the price in percent."""
    given = slippage if isinstance(slippage, Mapping) else asdict(slippage)
    return slippage_told(given["model"], given["value"], language())


def size_words(setup: Mapping[str, Any]) -> str:
    """Return how much each entry commits, of an order as JSON."""
    return sizing_told(setup, language())


def leverage_words(setup: Mapping[str, Any]) -> str:
    """Return the leverage of an order as JSON; nothing of a spot market."""
    return leverage_told(setup, language())


def term_words(setup: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the terms of a perpetual contract, each under its name."""
    return list(terms_told(setup, language()))


def changed(run: Backtest) -> list[tuple[str, str]]:
    """Return the parameters of a run that differ from their defaults."""
    return changed_of(run.strategy, run.ordered["parameters"], language())


def trade_reason(reason: Reason) -> str:
    """Return why a trade ended."""
    return str(REASONS[reason])


FILTERS: Mapping[str, Callable[..., Any]] = {
    "run_state": run_state,
    "kind_words": kind_words,
    "strategy_title": strategy_title,
    "quote_of": quote_of,
    "in_words": in_words,
    "signed_percent": percent,
    "figure": number,
    "per_cent": per_cent,
    "slippage_words": slippage_words,
    "size_words": size_words,
    "leverage_words": leverage_words,
    "term_words": term_words,
    "changed": changed,
    "price": price,
    "profit": signed,
    "rounded": rounded,
    "run_fault": FAULTS.get,
    "at_ms": at_ms,
    "utc_day": utc_day,
    "last_day": last_day,
    "trade_reason": trade_reason,
    "step": step_of,
}
