"""What must hold whatever the record."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.performance.metrics import CATALOGUE, measure
from abtpro_saas.performance.record import Record
from tests.performance.records import DAY, HOUR, random_record

SEEDS = st.integers(0, 10**6)
MONEY = ("profit", "fees", "funding", "slippage", "size")


def grown(record, factor):
    """Return the same run with other money: sizes grow, prices stay."""
    trades = {name: getattr(record.trades, name) * factor for name in MONEY}
    return replace(
        record,
        initial=record.initial * factor,
        equity=record.equity * factor,
        exposure=record.exposure * factor,
        trades=replace(record.trades, **trades),
    )


def moved(record, milliseconds):
    return replace(record, time=record.time + milliseconds)


@given(SEEDS, st.floats(1e-4, 1e6))
@settings(max_examples=25, deadline=None)
def test_more_money_changes_amounts_alone(seed, factor):
    account = random_record(seed, bars=200, count=20)
    before, after = measure(account), measure(grown(account, factor))

    for key, metric in CATALOGUE.items():
        scale = factor if metric.unit == "quote" else 1
        assert after[key].reason == before[key].reason
        if before[key].value is not None:
            expected = pytest.approx(before[key].value * scale, rel=1e-6)
            assert after[key].value == expected


@given(SEEDS)
@settings(max_examples=10, deadline=None)
def test_another_year_changes_dates_alone(seed):
    account = random_record(seed, bars=200, count=20)
    days = 365 * 4 + 1  # from 2023 to 2027, so that months are as long
    before, after = measure(account), measure(moved(account, days * DAY))

    for key, metric in CATALOGUE.items():
        if metric.unit == "date" and before[key].value is not None:
            assert after[key].value == before[key].value + days * DAY
        else:
            assert after[key] == before[key]


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_parts_sum_to_wholes(seed):
    value = {
        key: each.value for key, each in measure(random_record(seed, 200, 20)).items()
    }

    decided = value["winning_trades"] + value["losing_trades"] + value["even_trades"]
    assert decided == value["total_trades"]
    assert value["long_trades"] + value["short_trades"] == value["total_trades"]
    assert value["gross_profit"] - value["gross_loss"] == pytest.approx(
        value["realised_profit"]
    )
    exits = ("signal", "stop", "trailing", "target")
    ended = value["liquidations"] + sum(value[f"{each}_exits"] for each in exits)
    assert ended == value["total_trades"]


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_what_cannot_be_passed(seed):
    value = {
        key: each.value for key, each in measure(random_record(seed, 200, 20)).items()
    }

    assert 0 <= value["pain_index"] <= value["ulcer_index"] <= value["max_drawdown"]
    assert value["average_drawdown"] <= value["max_drawdown"] <= 100
    assert value["expected_shortfall_95"] >= value["value_at_risk_95"]
    assert value["value_at_risk_99"] >= value["value_at_risk_95"]
    assert -1 <= value["correlation"] <= 1
    assert value["r2_end_balance"] <= 1
    assert 0 <= value["probabilistic_sharpe_ratio"] <= 100
    assert value["lowest_equity"] <= value["final_capital"] <= value["peak_equity"]


def test_bars_that_repeat_the_last_equity_leave_daily_figures_alone():
    days = random_record(3, bars=90, step=DAY)
    hours = Record(
        days.symbols,
        HOUR,
        days.time[0] + HOUR * np.arange(90 * 24),
        days.initial,
        *(
            np.repeat(series, 24)
            for series in (days.equity, days.exposure, days.benchmark)
        ),
        random_record(3, bars=90 * 24).trades,
    )

    before, after = measure(days), measure(hours)
    for key in ("sharpe_ratio", "volatility", "beta", "max_drawdown", "best_month"):
        assert after[key].value == pytest.approx(before[key].value)


def test_the_same_record_gives_the_same_bytes():
    assert repr(measure(random_record(5))) == repr(measure(random_record(5)))


def test_measuring_changes_nothing():
    account = random_record(6)
    for column in fields(account.trades):
        getattr(account.trades, column.name).flags.writeable = False
    for series in (account.time, account.equity, account.exposure, account.benchmark):
        series.flags.writeable = False

    assert measure(account) == measure(random_record(6))
