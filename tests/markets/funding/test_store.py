"""The store gives funding back as it was written, whole, to the bit."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import integers

from abtpro_saas.markets.funding.rates import FundingRates, fingerprint, no_rates
from abtpro_saas.markets.funding.store import FundingMissingError, FundingStore
from tests.markets.conftest import NEW_YEAR_2023
from tests.markets.funding.conftest import EIGHT_HOURS, made, rows

PLACE = "simulated/BTC-USDT"


@pytest.fixture
def histories(tmp_path):
    return FundingStore(str(tmp_path / "data"))


def test_what_is_written_is_read(histories):
    rates = made(1000)

    told = histories.write(PLACE, rates)

    found = histories.read(PLACE)
    assert rows(found) == rows(rates)
    assert [array.dtype for array in (found.time, found.rate, found.mark)] == [
        np.int64,
        np.float64,
        np.float64,
    ]
    assert told == fingerprint(found) == histories.fingerprint(PLACE)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=25,
    deadline=None,
)
@given(integers(-4, 24), integers(-4, 24), integers(-1, 1))
def test_a_span_takes_its_start_and_leaves_out_its_end(histories, first, last, off):
    rates = made(20)
    histories.write(PLACE, rates)
    start, end = (NEW_YEAR_2023 + n * EIGHT_HOURS + off for n in (first, last))

    expected = [row for row in rows(rates) if start <= row[0] < end]
    assert rows(histories.read(PLACE, start, end)) == expected


def test_writing_again_replaces_all_and_leaves_one_file(histories, tmp_path):
    histories.write(PLACE, made(1000))
    histories.write(PLACE, made(10, seed=2))

    assert rows(histories.read(PLACE)) == rows(made(10, seed=2))
    assert len([f for f in tmp_path.rglob("*") if f.is_file()]) == 1


def test_a_write_that_fails_leaves_what_was_there(histories, tmp_path):
    histories.write(PLACE, made(10))
    uneven = FundingRates(np.arange(2), np.zeros(3), np.zeros(2))

    with pytest.raises(ValueError, match="length"):
        histories.write(PLACE, uneven)

    assert rows(histories.read(PLACE)) == rows(made(10))
    assert len([f for f in tmp_path.rglob("*") if f.is_file()]) == 1


def test_no_rates_are_kept_too(histories):
    histories.write(PLACE, no_rates())

    assert len(histories.read(PLACE)) == 0


def test_where_nothing_was_written_nothing_is_read(histories):
    assert histories.fingerprint(PLACE) is None
    with pytest.raises(FundingMissingError):
        histories.read(PLACE)


def test_what_is_removed_is_gone_and_may_be_removed_again(histories):
    histories.write(PLACE, made(10))

    histories.remove(PLACE)
    histories.remove(PLACE)

    assert histories.fingerprint(PLACE) is None
