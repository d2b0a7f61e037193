"""The loop that knows venues leaves what the plain one leaves, to the last byte."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.engines.books import table_of
from abtpro_saas.backtesting.engines.loops.log import FILLS
from abtpro_saas.backtesting.engines.loops.signals import run_signals
from abtpro_saas.backtesting.engines.loops.venue import run_venue
from abtpro_saas.backtesting.engines.port import Funding, Setup
from abtpro_saas.backtesting.engines.rules import rules_of, terms_of
from abtpro_saas.backtesting.engines.venue import finer_of, instants_of
from abtpro_saas.backtesting.engines.wanted import fractions_of, wishes_of
from abtpro_saas.backtesting.indicators.compiling import fixed
from tests.backtesting.engines.worlds import all_signals, markets, noise, setups, walk


def both(candles, signals, setup, first):
    """Return what the two loops leave."""
    prices = *(each[0] for each in table_of([candles])), fixed(candles.volume)
    wanted = wishes_of(signals, len(candles)), fractions_of(signals, len(candles))
    rules = rules_of(setup)
    plain = run_signals(prices, *wanted, rules, first)
    instants, finer = instants_of(candles, None, None), finer_of(candles, None)
    rest = terms_of(setup), first, instants, finer
    return plain, run_venue(prices, *wanted, rules, *rest)


def assert_same_bytes(candles, signals, setup, first=0):
    (fills, counts, fault), (others, counted, paid, faulty) = both(
        candles, signals, setup, first
    )
    made = slice(0, counts[FILLS])
    assert others[: counted[FILLS]].tobytes() == fills[made].tobytes()
    assert counted.tolist() == counts.tolist()
    assert (faulty, len(paid)) == (fault, 0)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_venue_that_does_nothing_more_leaves_the_same_bytes(data):
    candles = data.draw(markets())
    signals = data.draw(all_signals(len(candles)))
    first = data.draw(st.integers(0, 9))
    assert_same_bytes(candles, signals, data.draw(setups()), first)


def test_so_it_does_on_long_walks():
    for seed in range(4):
        signals = noise(
            3_000, seed, shorts=True, stop_loss=0.02, take_profit=0.02, trailing=0.03
        )
        assert_same_bytes(walk(3_000, seed), signals, Setup(shorts=True))


def test_funding_needs_no_candles_of_its_own():
    candles = walk(3_000, 1)
    instants = instants_of(candles, Funding(0.0001), None)
    assert np.all(candles.time[instants.bar] % 28_800_000 == 0)
    assert len(instants.bar) == 1 + 3_000 // 480
