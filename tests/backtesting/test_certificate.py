"""A certificate follows from all that decides a result, and from nothing else."""

from dataclasses import replace

import pytest

from abtpro_saas.backtesting.certificate import (
    certificate_of,
    certified_parts,
    fingerprint_of,
)
from abtpro_saas.backtesting.engines.port import Costs, Funding, Margin, Setup
from abtpro_saas.backtesting.orders import Order, order_from, order_json

ORDER = Order(
    "SMA_CROSS",
    ("BTC/USDT",),
    "1h",
    exchange="binance",
    start=1,
    end=2,
    parameters={"fast": 20, "slow": 100},
    setup=Setup(costs=Costs(taker=0.001)),
)
GIVEN = {
    "fingerprint": "f1",
    "strategy_version": "1",
    "engine_version": "2",
    "result": "r",
}


def certificate(order=ORDER, **changes):
    return certificate_of(certified_parts(order, **GIVEN | changes))


def test_equal_runs_have_one_certificate_wherever_they_were_made():
    again = order_from(order_json(ORDER))

    assert certificate(again) == certificate()
    assert len(certificate()) == 64


def test_a_certificate_of_an_earlier_release_is_the_same_today():
    assert certificate() == (
        "e74e455da45c535eb2d2c391547fa30da4553a3628de37bd2869cba7b5af8cf8"
    )


OTHERS = [
    {"order": replace(ORDER, parameters={"fast": 21, "slow": 100})},
    {"order": replace(ORDER, setup=replace(ORDER.setup, costs=Costs(taker=0.002)))},
    {"order": replace(ORDER, setup=replace(ORDER.setup, margin=Margin()))},
    {"order": replace(ORDER, setup=replace(ORDER.setup, funding=Funding()))},
    {"order": replace(ORDER, setup=replace(ORDER.setup, detail_timeframe="1m"))},
    {"order": replace(ORDER, seed=1)},
    {"order": replace(ORDER, start=0)},
    {"order": replace(ORDER, strategy="EMA_CROSS")},
    {"order": replace(ORDER, engine="backtrader")},
    {"brought": True},
    {"fingerprint": "f2"},
    {"strategy_version": "2"},
    {"engine_version": "3"},
    {"result": "s"},
]


@pytest.mark.parametrize("other", OTHERS, ids=", ".join)
def test_whatever_decides_a_result_decides_its_certificate(other):
    assert certificate(**other) != certificate()


def test_what_somebody_brought_as_a_file_passes_for_no_exchanges():
    assert certified_parts(ORDER, **GIVEN)["exchange"] == "binance"
    assert certified_parts(ORDER, **GIVEN, brought=True)["exchange"] == "file:binance"


def test_what_only_lets_a_run_begin_decides_nothing():
    assert certificate(replace(ORDER, gap_tolerance=0.5)) == certificate()


def test_parameters_are_certified_and_not_told():
    parts = certified_parts(ORDER, **GIVEN)

    assert "fast" not in str(parts)
    assert len(parts["parameters"]) == 64


def test_one_series_is_its_own_fingerprint_and_several_are_another():
    assert fingerprint_of(["a"]) == "a"
    assert fingerprint_of(["a", "b"]) != fingerprint_of(["b", "a"])
