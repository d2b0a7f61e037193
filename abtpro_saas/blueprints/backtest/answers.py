"""What the API says of runs."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy.orm import Session

from abtpro_saas.backtesting.orders import Order, order_from
from abtpro_saas.backtesting.reporting.assumptions import assumptions
from abtpro_saas.backtesting.runs.counting import counted_trials
from abtpro_saas.backtesting.runs.matching import any_brought, is_stale
from abtpro_saas.backtesting.runs.rerunning import latest_rerun
from abtpro_saas.backtesting.studies.reading import NO_TRUST, time_left, trust_of
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.backtest.bodies.reruns import rerun_answer
from abtpro_saas.markets.service import instant
from abtpro_saas.performance.metrics import CATALOGUE
from abtpro_saas.performance.undefined import WORDS, Why
from abtpro_saas.plugins.api.parameters import Text


def listed(run: Backtest) -> dict[str, Any]:
    """Return what a list says of a run."""
    ordered = run.ordered
    return {
        "backtest_id": run.backtest_id,
        "kind": run.kind,
        "strategy_name": run.strategy,
        "symbol": run.symbols[0],
        "symbols": run.symbols,
        "exchange": ordered["exchange"],
        "timeframe": run.timeframe,
        "start_date": instant(ordered["start"]),
        "end_date": instant(ordered["end"]),
        "status": run.status,
        "progress": run.progress,
        "engine": run.engine,
        "simulated": is_simulated(run),
        "brought": any_brought(run.series),
        "created_at": run.created_at,
        "started_at": run.started_at,
        "completed_at": run.completed_at,
    }


def ordered_answer(run: Backtest) -> dict[str, Any]:
    """Return a run with all that was ordered."""
    order = order_from(run.ordered)
    return {
        **listed(run),
        "parent_id": run.parent_id,
        "study": run.studied,
        "parameters": dict(order.parameters),
        "initial_capital": order.setup.initial_capital,
        "costs": costs_answer(order),
        "sizing": {"fraction": order.setup.fraction, "shorts": order.setup.shorts},
        "margin": asdict(order.setup.margin) if order.setup.margin else None,
        "funding": asdict(order.setup.funding) if order.setup.funding else None,
        "detail_timeframe": order.setup.detail_timeframe,
        "universe": order.setup.universe,
        "fill_at": order.setup.fill_at,
        "gap_tolerance": order.gap_tolerance,
        "seed": order.seed,
        # What was remembered of before says nothing of files.
        "series": [{"brought": False} | each for each in run.series],
    }


def run_answer(
    session: Session, run: Backtest, now: datetime | None = None
) -> dict[str, Any]:
    """Return a run with what came out of it; with ``now``, how long it still takes."""
    order, simulated = order_from(run.ordered), is_simulated(run)
    brought = any_brought(run.series)
    rests_on = assumptions(
        order, simulated=simulated, brought=brought, metrics=run.metrics
    )
    trials = counted_trials(session, run).count
    left = time_left(session, run, now) if now else None
    trust = trust_of(session, run)
    why = trust.reason
    rerun = latest_rerun(session, run)
    return {
        **ordered_answer(run),
        "eta_seconds": None if left is None else ceil(left.total_seconds()),
        "results": None if run.metrics is None else in_order(run.metrics),
        "undefined": reasons(run.undefined or {}),
        "assumptions": [told(each.code, each.text) for each in rests_on],
        "trials": trials,
        "fingerprint": run.fingerprint,
        "stale": is_stale(session, run.tenant_id, run.series),
        "certificate": run.certificate,
        "findings": run.findings,
        "rerun": None if rerun is None else rerun_answer(rerun),
        "trust": trust.grade,
        "trust_reason": None if why is None else told(why, NO_TRUST[why]),
        "error": {"code": run.error_code, "detail": run.error} if run.error else None,
    }


def in_order(metrics: Mapping[str, float | None]) -> dict[str, float | None]:
    """Return metrics in the catalogue's order, which the database does not keep."""
    known = {key: metrics[key] for key in CATALOGUE if key in metrics}
    return known | dict(metrics)


def is_simulated(run: Backtest) -> bool:
    """Tell whether any candles of a run are the market model's."""
    return any(each["simulated"] for each in run.series)


def costs_answer(order: Order) -> dict[str, Any]:
    """Return the costs as they are asked for."""
    costs, market = order.setup.costs, order.setup.market
    return {
        "maker": costs.maker,
        "taker": costs.taker,
        "slippage": {"model": costs.slippage.model, "value": costs.slippage.value},
        "price_tick": market.price_tick,
        "size_step": market.size_step,
        "minimum_notional": market.least_value,
        "participation": market.participation,
        "fee_in": costs.fee_in,
    }


def reasons(undefined: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return why each metric has no value, in words."""
    return {key: told(why, _words(why)) for key, why in undefined.items()}


def told(code: str, text: Text) -> dict[str, str]:
    """Return a code with its words."""
    return {"code": code, "en": text.en, "th": text.th}


def _words(why: str) -> Text:
    known = why in set(Why)
    return WORDS[Why(why)] if known else Text(why, why)
