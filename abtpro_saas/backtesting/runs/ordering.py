"""A backtest is ordered: checked first, so that nothing runs that could not succeed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from abtpro_saas.backtesting.certificate import fingerprint_of
from abtpro_saas.backtesting.checking import (
    Checked,
    check_detail,
    check_span,
    check_strategy,
)
from abtpro_saas.backtesting.orders import Order, order_json
from abtpro_saas.backtesting.runs.admission import (
    admit,
    hold_queue,
    open_runs,
    wake_pages,
)
from abtpro_saas.backtesting.runs.beginning import require_features
from abtpro_saas.backtesting.runs.matching import (
    coverage_of,
    match,
    match_detail,
    match_funding,
    named,
)
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import RunKind
from abtpro_saas.errors import ConflictError, Faults, InvalidError
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.markets.tables import Series
from abtpro_saas.markets.timeframes import step_of

MOST_OPEN = 1_000
"""Runs a user may have waiting and running: enough for anybody, too few to flood."""


class TooManyRunsError(ConflictError):
    """The user has many runs that have not ended."""

    code = "too_many_backtests"


@dataclass(frozen=True)
class Ready:
    """An order in full, with the series that it reads and the feature it asks for.

    First come the series of its symbols, then those of their finer candles, then the
    history of its funding. ``gaps`` are those of its symbols, where they matter.
    """

    order: Order
    series: Sequence[Mapping[str, Any]]
    level: str
    gaps: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Study:
    """What is wanted beyond a run: ``asked`` in full, computed in ``chunks``."""

    kind: RunKind = RunKind.RUN
    asked: Mapping[str, Any] | None = None
    chunks: int = 0
    parent_id: UUID | None = None


RUN = Study()


def order_run(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    order: Order,
    *,
    most: int,
    now: datetime,
    faults: Faults | None = None,
) -> Backtest:
    """Return a run that waits for its turn, or has it; at most ``most`` run at once.

    ``faults`` are those that were found when the order was read.

    Raises:
        InvalidError: the order cannot be run; the field is named.
        FeatureNeededError: the contract does not give backtesting, or not the
            strategy's level.
        TooManyRunsError: the user has many runs that have not ended.
    """
    ready = prepare(session, tenant_id, user_id, order, now=now, faults=faults)
    return put(session, tenant_id, user_id, ready, most=most, now=now)


def prepare(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    order: Order,
    *,
    now: datetime,
    faults: Faults | None = None,
) -> Ready:
    """Return an order in full, held against what there is.

    Raises:
        InvalidError, FeatureNeededError: as ``order_run``.
    """
    noted = Faults() if faults is None else faults
    checked = _checked(order, noted)
    level = str(checked.strategy.about.level)
    require_features(session, tenant_id, user_id, level=level, now=now)
    with noted.noted():
        order, series = _matched(session, tenant_id, user_id, checked, noted)
    noted.tell()
    order = replace(order, exchange=series[0].exchange)
    detail = match_detail(session, tenant_id, user_id, order)
    for each in detail:
        check_detail(order, coverage_of(each))
    funding = match_funding(session, tenant_id, user_id, order)
    found = [named(each) for each in (*series, *detail, *funding)]
    gaps = [gap for each in series for gap in coverage_of(each).gaps]
    return Ready(order, found, level, gaps)


def _checked(order: Order, faults: Faults) -> Checked:
    with faults.noted():
        step_of(order.timeframe)
    try:
        return check_strategy(order, faults=faults)
    except InvalidError as error:
        faults.note(error)
        faults.tell()
        raise


def _matched(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    checked: Checked,
    faults: Faults,
) -> tuple[Order, Sequence[Series]]:
    """Return the order with its time in full, and the series of its symbols.

    What is at fault already is not looked up.
    """
    order = checked.order
    if faults.at("symbol", "symbols", "exchange", "timeframe"):
        faults.tell()
    series = match(session, tenant_id, user_id, order)
    if faults.at("start_date", "end_date"):
        faults.tell()
    covered = [coverage_of(each) for each in series]
    return check_span(order, covered, checked.warm_up), series


def put(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    ready: Ready,
    study: Study = RUN,
    *,
    most: int,
    now: datetime,
) -> Backtest:
    """Put a run or a study in the user's queue; ``most`` of them go on at once.

    Raises:
        TooManyRunsError: the user has many that have not ended.
    """
    hold_queue(session, tenant_id, user_id)
    if open_runs(session, tenant_id, user_id) >= MOST_OPEN:
        raise TooManyRunsError(f"{MOST_OPEN:,} backtests wait or run: cancel some")
    order, traded = ready.order, ready.series[: len(ready.order.symbols)]
    run = Backtest(
        tenant_id=tenant_id,
        user_id=user_id,
        kind=study.kind,
        parent_id=study.parent_id,
        studied=study.asked,
        chunks=study.chunks,
        strategy=order.strategy,
        symbols=list(order.symbols),
        timeframe=order.timeframe,
        engine=order.engine,
        # A worker that only asks for the level need not load every strategy.
        ordered=order_json(order) | {"level": ready.level},
        series=list(ready.series),
        fingerprint=fingerprint_of([each["fingerprint"] for each in traded]),
        created_at=now,
        seen_at=now,
    )
    session.add(run)
    session.flush()
    wake_pages(session, run)
    admit(session, tenant_id, user_id, most, now)
    return run
