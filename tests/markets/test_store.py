"""The store gives back what was written, whole, whoever writes or dies meanwhile."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import integers

from abtpro_saas.markets.store import (
    KEPT_MS,
    CandlesMissingError,
    CandleStore,
    fingerprint,
    joined,
    no_candles,
)
from abtpro_saas.plugins.api.candles import Candles
from tests.markets.conftest import DAY, HOUR, MINUTE, changed, made, rows

PLACE = "simulated/BTC-USDT"


def test_what_is_written_is_read(store):
    candles = made(1000)

    told = store.write(PLACE, candles)

    found = store.read(PLACE, "BTC/USDT", MINUTE)
    assert rows(found) == rows(candles)
    assert (found.symbol, found.step) == ("BTC/USDT", MINUTE)
    assert told == fingerprint(found) == store.fingerprint(PLACE, MINUTE)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=25,
    deadline=None,
)
@given(integers(-400, 1500), integers(-400, 1500))
def test_a_range_goes_across_years(store, first, last):
    candles = made(1200, step=DAY)
    if store.fingerprint(PLACE, DAY) is None:
        store.write(PLACE, candles)
    start, end = (int(candles.time[0]) + n * DAY for n in (first, last))

    expected = [row for row in rows(candles) if start <= row[0] < end]
    assert rows(store.read(PLACE, "BTC/USDT", DAY, start, end)) == expected


def test_each_year_is_a_file_of_its_own(store, tmp_path):
    store.write(PLACE, made(800, step=DAY))

    files = sorted(f.name for f in (tmp_path / "data").rglob("*.parquet"))
    assert files == ["2023.parquet", "2024.parquet", "2025.parquet"]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=25,
    deadline=None,
)
@given(integers(-400, 1500), integers(-400, 1500))
def test_the_parts_of_a_range_are_the_whole(store, first, last):
    candles = made(1200, step=DAY)
    store.write(PLACE, candles)
    start, end = (int(candles.time[0]) + each * DAY for each in (first, last))

    parts = list(store.parts(PLACE, "BTC/USDT", DAY, start, end))

    assert max([len(each) for each in parts], default=0) <= 366
    whole = store.read(PLACE, "BTC/USDT", DAY, start, end)
    assert rows(joined("BTC/USDT", DAY, parts)) == rows(whole)


def test_parts_of_what_was_removed_meanwhile_are_missing(store):
    candles = made(1200, step=DAY)
    store.write(PLACE, candles)
    begun, ended = int(candles.time[0]), int(candles.time[-1]) + DAY

    parts = store.parts(PLACE, "BTC/USDT", DAY, begun, ended)
    next(parts)
    store.remove(PLACE)

    with pytest.raises(CandlesMissingError):
        next(parts)
    with pytest.raises(CandlesMissingError):
        next(store.parts(PLACE, "BTC/USDT", DAY, begun, ended))


def test_time_frames_of_one_place_are_apart(store):
    store.write(PLACE, made(10))
    store.write(PLACE, made(20, step=HOUR))

    assert len(store.read(PLACE, "X", MINUTE)) == 10
    assert len(store.read(PLACE, "X", HOUR)) == 20


def test_writing_again_replaces_all(store):
    store.write(PLACE, made(1000, step=DAY))
    store.write(PLACE, made(10, step=DAY, seed=2))

    assert rows(store.read(PLACE, "X", DAY)) == rows(made(10, step=DAY, seed=2))


def test_no_candles_are_kept_too(store):
    store.write(PLACE, no_candles("X", MINUTE))

    assert len(store.read(PLACE, "X", MINUTE)) == 0


def test_where_nothing_was_written_nothing_is_read(store):
    assert store.fingerprint(PLACE, MINUTE) is None
    with pytest.raises(CandlesMissingError):
        store.read(PLACE, "X", MINUTE)


@pytest.mark.parametrize(
    "place", ["../x", "/etc", "a/../b", "a//b", "", "a/", ".hidden", "a b", "a\0b"]
)
def test_a_place_that_leads_elsewhere_is_refused(store, place):
    with pytest.raises(ValueError, match="no path of ours"):
        store.write(place, made(3))


def test_the_fingerprint_tells_any_change(store):
    candles = made(50)
    last = float(candles.volume[-1])
    others = [
        changed(candles, close={7: np.nextafter(candles.close[7], np.inf)}),
        changed(candles, volume={49: last + 1}),
        changed(candles, time={49: int(candles.time[49]) + MINUTE}),
        candles[:49],
        changed(candles, open={0: candles.open[1]}, high={0: candles.open[0]}),
    ]

    assert len({fingerprint(each) for each in [candles, *others]}) == 6


def test_the_fingerprint_is_of_the_values_alone():
    candles = made(50, places=3)
    strided = changed(candles)
    minus = changed(candles, volume={3: -0.0})

    assert fingerprint(strided) == fingerprint(candles)
    assert fingerprint(minus) == fingerprint(changed(candles, volume={3: 0.0}))


def test_the_fingerprint_never_changes_between_releases():
    time = np.array([0, MINUTE, 2 * MINUTE])
    values = np.array([0.1, 27_123.4, 1e-8])

    assert fingerprint(Candles("X", MINUTE, time, *[values] * 5)) == (
        "8160ce50b4f4cde6f6cf5f4d16854b6b336164a6e411f482113dc01c9de4295a"
    )


def test_a_reader_never_sees_half_of_a_change(store):
    versions = [made(3000, step=HOUR, seed=n) for n in range(2)]
    known = {fingerprint(each) for each in versions}
    store.write(PLACE, versions[0])
    done = threading.Event()

    def write():
        for n in range(12):
            store.write(PLACE, versions[n % 2])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(fingerprint(store.read(PLACE, "X", HOUR)))
    writer.join()

    assert seen <= known


WRITER = """
import sys
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.plugins.api.candles import Candles
from tests.markets.conftest import HOUR, made
store = CandleStore(sys.argv[1])
versions = [made(20_000, step=HOUR, seed=n) for n in range(2)]
print("ready", flush=True)
for n in range(10_000):
    store.write("x", versions[n % 2])
"""


def test_a_killed_writer_leaves_the_old_or_the_new(tmp_path):
    store = CandleStore(str(tmp_path))
    versions = [made(20_000, step=HOUR, seed=n) for n in range(2)]
    store.write("x", versions[0])
    known = {fingerprint(each) for each in versions}

    for pause in (0.02, 0.09, 0.17):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONPATH": "."},
        )
        child.stdout.readline()
        time.sleep(pause)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()

        assert fingerprint(store.read("x", "X", HOUR)) in known


def test_what_was_replaced_long_ago_is_removed(store, tmp_path):
    store.write(PLACE, made(10))
    folder = tmp_path / "data" / PLACE / "1m"
    (old,) = (each for each in folder.iterdir() if each.is_dir())
    long_ago = int(old.name[:12], 16) - KEPT_MS - 1
    old.rename(folder / f"{long_ago:012x}{old.name[12:]}")
    (folder / "not-ours").mkdir()

    store.write(PLACE, made(20))
    store.write(PLACE, made(30))

    names = [each.name for each in folder.iterdir() if each.is_dir()]
    assert len(names) == 3
    assert "not-ours" in names
    assert len(store.read(PLACE, "X", MINUTE)) == 30


def test_it_says_how_much_it_takes_and_forgets_a_place(store):
    store.write(PLACE, made(1000))
    assert 1000 < store.size(PLACE, MINUTE) < 48_000

    store.remove(PLACE)
    store.remove(PLACE)

    assert store.fingerprint(PLACE, MINUTE) is None


def test_any_file_system_will_do():
    store = CandleStore("memory://candles/here")

    store.write(PLACE, made(500))

    assert rows(store.read(PLACE, "X", MINUTE)) == rows(made(500))


def test_parts_are_joined_in_their_order():
    candles = made(100)

    whole = joined("BTC/USDT", MINUTE, [candles[:40], candles[40:40], candles[40:]])

    assert rows(whole) == rows(candles)
