"""A backtest is ordered: checked first, so that nothing runs that could not succeed."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from abtpro_saas.backtesting.certificate import fingerprint_of
from abtpro_saas.backtesting.checking import check_span, check_strategy
from abtpro_saas.backtesting.orders import Order, order_json
from abtpro_saas.backtesting.runs.admission import (
    admit,
    hold_queue,
    open_runs,
    wake_pages,
)
from abtpro_saas.backtesting.runs.beginning import require_features
from abtpro_saas.backtesting.runs.matching import coverage_of, match, named
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.errors import ConflictError
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.markets.timeframes import step_of

MOST_OPEN = 1_000
"""Runs a user may have waiting and running: enough for anybody, too few to flood."""


class TooManyRunsError(ConflictError):
    """The user has many runs that have not ended."""

    code = "too_many_backtests"


def order_run(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    order: Order,
    *,
    most: int,
    now: datetime,
) -> Backtest:
    """Return a run that waits for its turn, or has it; at most ``most`` run at once.

    Raises:
        InvalidError: the order cannot be run; the field is named.
        FeatureNeededError: the contract does not give backtesting, or not the
            strategy's level.
        TooManyRunsError: the user has many runs that have not ended.
    """
    step_of(order.timeframe)
    checked = check_strategy(order)
    level = str(checked.strategy.about.level)
    require_features(session, tenant_id, user_id, level=level, now=now)
    series = match(session, tenant_id, user_id, checked.order)
    covered = [coverage_of(each) for each in series]
    order = check_span(checked.order, covered, checked.warm_up)
    order = replace(order, exchange=series[0].exchange)
    hold_queue(session, tenant_id, user_id)
    if open_runs(session, tenant_id, user_id) >= MOST_OPEN:
        raise TooManyRunsError(f"{MOST_OPEN:,} backtests wait or run: cancel some")
    run = Backtest(
        tenant_id=tenant_id,
        user_id=user_id,
        strategy=order.strategy,
        symbols=list(order.symbols),
        timeframe=order.timeframe,
        engine=order.engine,
        # A worker that only asks for the level need not load every strategy.
        ordered=order_json(order) | {"level": level},
        series=[named(each) for each in series],
        fingerprint=fingerprint_of([each.fingerprint for each in series]),
        created_at=now,
        seen_at=now,
    )
    session.add(run)
    session.flush()
    wake_pages(session, run)
    admit(session, tenant_id, user_id, most, now)
    return run
