"""Histories of funding as values: put together, and told apart by their hash."""

import numpy as np
import pytest

from abtpro_saas.markets.funding.rates import (
    FundingRates,
    fingerprint,
    merged,
    no_rates,
    on_time,
)

HOUR = 3_600_000


def rates(*pairs):
    time, rate = zip(*pairs, strict=True)
    return FundingRates(
        np.array(time, np.int64), np.array(rate, float), np.full(len(pairs), np.nan)
    )


def pairs_of(history):
    return list(zip(history.time.tolist(), history.rate.tolist(), strict=True))


def test_a_new_rate_counts_at_the_same_time():
    old, new = (
        rates((0, 0.1), (8 * HOUR, 0.2)),
        rates((8 * HOUR, 0.3), (16 * HOUR, 0.4)),
    )

    told = [(0, 0.1), (8 * HOUR, 0.3), (16 * HOUR, 0.4)]
    assert pairs_of(merged(old, new)) == told


@pytest.mark.parametrize("late", [7, -7, 59_999])
def test_a_payment_that_was_written_a_little_later_is_the_same(late):
    old, new = rates((0, 0.1), (8 * HOUR, 0.2)), rates((8 * HOUR + late, 0.3))

    assert pairs_of(merged(old, new)) == [(0, 0.1), (8 * HOUR + late, 0.3)]


def test_payments_a_minute_apart_are_two():
    assert len(merged(rates((0, 0.1)), rates((60_000, 0.2)))) == 2


def test_of_payments_that_are_new_twice_the_first_is_kept():
    new = rates((8 * HOUR, 0.1), (8 * HOUR, 0.2), (8 * HOUR + 7, 0.3), (9 * HOUR, 0.4))

    told = [(8 * HOUR, 0.1), (9 * HOUR, 0.4)]
    assert pairs_of(merged(no_rates(), new)) == told
    assert pairs_of(merged(rates((8 * HOUR, 0.5)), new)) == told


def test_a_payment_is_due_at_its_minute():
    late = rates((8 * HOUR + 7, 0.1), (8 * HOUR + 9, 0.2), (16 * HOUR - 29_000, 0.3))

    assert pairs_of(on_time(late)) == [(8 * HOUR, 0.1), (16 * HOUR, 0.3)]
    assert len(on_time(no_rates())) == 0


def test_nothing_changes_nothing():
    some = rates((0, 0.1), (8 * HOUR, 0.2))

    for both in (merged(some, no_rates()), merged(no_rates(), some)):
        assert fingerprint(both) == fingerprint(some)


def test_the_hash_tells_every_value_and_no_sign_of_zero():
    some = rates((0, 0.0), (8 * HOUR, 0.2))

    assert fingerprint(some) == fingerprint(rates((0, -0.0), (8 * HOUR, 0.2)))
    assert fingerprint(some) != fingerprint(rates((0, 0.0), (8 * HOUR, 0.1)))
    assert fingerprint(some) != fingerprint(rates((1, 0.0), (8 * HOUR, 0.2)))
    assert fingerprint(some) != fingerprint(some[:1])
