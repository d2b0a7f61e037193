"""A run with finer candles: found when it is ordered, read when it is computed."""

import pytest

from abtpro_saas.backtesting.certificate import fingerprint_of
from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.backtesting.runs.matching import is_stale
from tests.backtesting import runs_for
from tests.backtesting.candles_for import give, walk


@pytest.fixture
def minutes(open_, tenant, tmp_path):
    """Keep quarters of hours from the tenth hour on, beside the hours."""

    def keep(bars=2_000, **of):
        with open_() as session:
            made = walk(bars, "15m", seed=2)
            return give(session, tenant, made, timeframe="15m", root=tmp_path, **of)

    return keep


@pytest.fixture
def hours(open_, tenant, tmp_path):
    with open_() as session:
        return give(session, tenant, walk(500), root=tmp_path)


def test_finer_candles_stand_beside_those_that_are_traded(order, series, minutes):
    finer = minutes()
    run = order(timeframe="4h", detail_timeframe="15m")

    assert [each["timeframe"] for each in run.series] == ["1h", "15m"]
    assert run.fingerprint == series.fingerprint
    assert run.series[1]["fingerprint"] == finer.fingerprint


def test_candles_that_are_not_there_are_refused(order, series):
    for timeframe in ("1m", "30m"):
        with pytest.raises(OrderError) as refusal:
            order(timeframe="4h", detail_timeframe=timeframe)
        assert refusal.value.field == "detail_timeframe"


def test_finer_candles_of_another_time_are_refused(order, series, minutes):
    minutes(10)

    with pytest.raises(OrderError, match="there are candles from") as refusal:
        order(timeframe="4h", detail_timeframe="15m", start_date="2023-01-10")
    assert refusal.value.field == "detail_timeframe"


def test_a_run_looks_within_its_candles(engine, tenant, owner, hours, tmp_path):
    asked = {"timeframe": "4h", "parameters": {"fast": 2, "slow": 9}}
    plain = runs_for.order(engine, tenant, owner, **asked)
    finer = runs_for.order(engine, tenant, owner, **asked, detail_timeframe="1h")
    plain = runs_for.finish(engine, tmp_path, plain)
    finer = runs_for.finish(engine, tmp_path, finer)

    assert (plain.status, finer.status) == ("COMPLETED", "COMPLETED")
    assert plain.metrics["coarse_return"] is None
    assert finer.metrics["coarse_return"] == pytest.approx(
        plain.metrics["total_return"]
    )
    assert finer.certified["data"] == fingerprint_of([hours.fingerprint] * 2)
    assert finer.certified["setup"]["detail_timeframe"] == "1h"
    assert plain.certified["data"] == hours.fingerprint == finer.fingerprint


def test_a_result_is_stale_once_its_finer_candles_have_changed(
    order, open_, tenant, series, minutes
):
    minutes()
    run = order(timeframe="4h", detail_timeframe="15m")
    minutes(1_900)

    with open_() as session:
        assert is_stale(session, tenant, run.series)


def test_funding_that_is_not_known_is_told_with_the_result(
    engine, tenant, owner, hours, tmp_path
):
    run = runs_for.order(engine, tenant, owner, funding={}, margin={"leverage": 3})
    run = runs_for.finish(engine, tmp_path, run)

    assert run.metrics["funding"] is None
    assert run.undefined["funding"] == "funding_unknown"
    assert run.metrics["max_leverage"] > 1
