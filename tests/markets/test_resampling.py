"""Higher time frames against an independent computation, candle by candle."""

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers, lists, sampled_from, sets, tuples

from abtpro_saas.errors import InvalidError
from abtpro_saas.markets.resampling import candles_of_trades, resample, resampled
from abtpro_saas.markets.store import joined
from abtpro_saas.markets.timeframes import STEPS, TimeframeError
from abtpro_saas.plugins.api.candles import Candles
from tests.markets.conftest import (
    DAY,
    HOUR,
    MINUTE,
    NEW_YEAR_2023,
    changed,
    chosen,
    made,
    rows,
)


def bucket_start(time, step):
    """Return a bucket's start the calendar's way."""
    instant = datetime.fromtimestamp(time / 1000, UTC)
    if step == STEPS["1w"]:
        monday = instant.date() - timedelta(days=instant.weekday())
        return (
            int(datetime(monday.year, monday.month, monday.day, tzinfo=UTC).timestamp())
            * 1000
        )
    return time - time % step


def by_hand(candles, step):
    """Return the whole buckets in plain Python."""
    buckets = {}
    for row in rows(candles):
        buckets.setdefault(bucket_start(row[0], step), []).append(row)
    made_up = []
    for start, inside in sorted(buckets.items()):
        if len(inside) == step // candles.step:
            volume = float(sum(Decimal(repr(row[5])) for row in inside))
            highest = max(row[2] for row in inside)
            lowest = min(row[3] for row in inside)
            made_up.append(
                (start, inside[0][1], highest, lowest, inside[-1][4], volume)
            )
    return made_up


HIGHER = sampled_from([name for name in STEPS if name not in {"1m", "3d", "1w"}])


@given(HIGHER, integers(0, 4000), sets(integers(0, 3999), max_size=5), integers(0, 999))
def test_minutes_make_the_buckets_that_are_whole(name, count, missing, shift):
    start = NEW_YEAR_2023 + shift * MINUTE
    there = [n for n in range(count) if n not in missing]
    candles = chosen(made(count, start=start), there)

    assert rows(resample(candles, STEPS[name])) == by_hand(candles, STEPS[name])


@given(sampled_from(["3d", "1w"]), integers(0, 60), sets(integers(0, 59), max_size=3))
def test_days_make_weeks_from_monday(name, count, missing):
    there = [n for n in range(count) if n not in missing]
    candles = chosen(made(count, step=DAY), there)

    assert rows(resample(candles, STEPS[name])) == by_hand(candles, STEPS[name])


def test_it_does_not_matter_through_which_steps_it_goes():
    minutes = made(4 * 1440, places=3)

    straight = resample(minutes, DAY)

    assert rows(resample(resample(minutes, HOUR), DAY)) == rows(straight)
    assert len(straight) == 4


def test_volumes_that_are_no_decimals_are_added_in_their_order():
    minutes = made(60)
    odd = changed(minutes, volume=dict(enumerate((minutes.volume / 3).tolist())))

    volume = 0.0
    for each in odd.volume.tolist():
        volume += each
    assert resample(odd, HOUR).volume.tolist() == [volume]


def test_the_same_step_changes_nothing():
    candles = made(10)

    assert resample(candles, MINUTE) is candles


@pytest.mark.parametrize(
    ("there", "wanted"), [("1h", "1m"), ("2h", "3d"), ("3d", "1w")]
)
def test_what_does_not_divide_is_refused(there, wanted):
    candles = made(10, step=STEPS[there])
    if STEPS[wanted] % STEPS[there] == 0:
        assert resample(candles, STEPS[wanted]) is not None
        return

    with pytest.raises(TimeframeError, match=f"{wanted} cannot be made of {there}"):
        resample(candles, STEPS[wanted])


TRADES = lists(
    tuples(integers(0, 20 * MINUTE), floats(0.01, 1e6), floats(1e-6, 1e3)), max_size=60
)


@given(TRADES, integers(0, 5 * MINUTE), integers(10 * MINUTE, 20 * MINUTE))
def test_trades_make_the_buckets_that_are_covered(trades, start, end):
    trades = sorted(trades, key=lambda trade: trade[0])
    columns = list(zip(*trades, strict=True)) or [(), (), ()]
    found = candles_of_trades(
        "BTC/USDT",
        3 * MINUTE,
        np.array(columns[0], dtype=np.int64),
        np.array(columns[1], dtype=np.float64),
        np.array(columns[2], dtype=np.float64),
        start_ms=start,
        end_ms=end,
    )

    expected = []
    for begin in range(0, 21 * MINUTE, 3 * MINUTE):
        inside = [t for t in trades if begin <= t[0] < begin + 3 * MINUTE]
        if inside and start <= begin and begin + 3 * MINUTE <= end:
            prices = [price for _, price, _ in inside]
            volume = 0.0
            for _, _, amount in inside:
                volume += amount
            expected.append(
                (begin, prices[0], max(prices), min(prices), prices[-1], volume)
            )
    assert rows(found) == expected


@pytest.mark.parametrize(
    ("time", "price", "amount", "told"),
    [
        ([2, 1], [1.0, 1.0], [1.0, 1.0], "trade 2 is older"),
        ([1, 2], [1.0, 0.0], [1.0, 1.0], "trade 2: the price"),
        ([1, 2], [1.0, 1.0], [np.nan, 1.0], "trade 1: the amount"),
    ],
)
def test_trades_that_cannot_be_are_refused(time, price, amount, told):
    with pytest.raises(InvalidError, match=told):
        candles_of_trades(
            "X",
            MINUTE,
            np.array(time),
            np.array(price),
            np.array(amount),
            start_ms=0,
            end_ms=MINUTE,
        )


def test_real_hours_make_whole_days_and_show_their_gap():
    folder = os.environ.get("ABTPRO_TEST_CANDLES")
    if not folder or not Path(folder).is_dir():
        pytest.skip("ABTPRO_TEST_CANDLES names no folder of real candles")
    table = np.loadtxt(
        Path(folder) / "binance_BTCUSDT_1h.csv", delimiter=",", skiprows=1
    )
    time, *values = table.T.copy()
    hours = Candles("BTC/USDT", HOUR, time.astype(np.int64), *values)

    days = resample(hours, DAY)

    assert rows(days) == by_hand(hours, DAY)
    assert len(days) == 60  # of 61 whole days, one has the gap


@given(sets(integers(1, 2999), max_size=5), sets(integers(0, 2999), max_size=4))
def test_candles_in_parts_become_the_same_ones(cuts, missing):
    candles = made(3000, keep=[n for n in range(3000) if n not in missing])
    bounds = [0, *sorted(cuts), len(candles)]
    parts = (candles[low:high] for low, high in pairwise(bounds))

    found = joined("BTC/USDT", 4 * HOUR, list(resampled(parts, 4 * HOUR)))

    assert rows(found) == rows(resample(candles, 4 * HOUR))
