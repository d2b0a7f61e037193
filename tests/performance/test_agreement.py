"""Every metric agrees with a second implementation."""

import empyrical
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.performance.metric import WHOLE
from abtpro_saas.performance.metrics import CATALOGUE, measure
from tests.performance.records import DAY, HOUR, random_record, record
from tests.performance.reference import reference

NUMBERS = st.floats(-500, 500).map(lambda x: round(x, 2))


def differences(given):
    """Return each key with both values, where they are not the same."""
    measured, expected = measure(given), reference(given)
    assert measured.keys() == expected.keys()
    return {
        key: (each, expected[key])
        for key, each in measured.items()
        if not _same(key, each.value, expected[key])
    }


def _same(key, value, expected):
    """Compare; what is rounded to whole numbers may be a half apart."""
    if value is None or expected is None:
        return value is expected
    slack = 0.500001 if CATALOGUE[key].unit in WHOLE else 1e-9
    return value == pytest.approx(expected, rel=1e-7, abs=slack)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("step", [HOUR, 4 * HOUR, DAY, 7 * DAY])
def test_wandering_accounts(seed, step):
    assert differences(random_record(seed, bars=300, step=step)) == {}


@st.composite
def small_records(draw):
    """Return short accounts of round figures: flat, ruined and jumping ones too."""
    bars = draw(st.integers(1, 12))
    levels = st.floats(0, 300).map(lambda x: round(x, 1))
    equity = draw(st.lists(levels, min_size=bars, max_size=bars))
    if 0 in equity:
        equity[equity.index(0) :] = [0.0] * (bars - equity.index(0))
    prices = st.floats(1, 300).map(lambda x: round(x, 1))
    row = st.fixed_dictionaries(
        {
            "side": st.sampled_from((1, -1)),
            "entry": st.integers(0, bars - 1),
            "profit": NUMBERS,
            "fees": NUMBERS.map(abs),
            "mae": st.floats(-1, 0).map(lambda x: round(x, 3)),
            "mfe": st.floats(0, 1).map(lambda x: round(x, 3)),
            "entry_price": prices,
            "exit_price": prices,
            "reason": st.integers(0, 7),
        }
    )
    rows = [each | {"exit": bars - 1} for each in draw(st.lists(row, max_size=6))]
    return record(
        equity,
        *rows,
        step=draw(st.sampled_from((HOUR, 8 * HOUR, DAY, 3 * DAY))),
        market=draw(st.lists(prices, min_size=bars, max_size=bars)),
        exposure=draw(st.lists(levels, min_size=bars, max_size=bars)),
    )


@given(small_records())
@settings(max_examples=150, deadline=None)
def test_accounts_of_all_kinds(given):
    assert differences(given) == {}


@pytest.fixture(scope="module")
def year():
    """Return a year of days, with its returns and the market's."""
    account = random_record(7, bars=365, step=DAY, drift=0.001)
    returns = np.diff(np.append(account.initial, account.equity)) / np.append(
        account.initial, account.equity[:-1]
    )
    market = np.append(0, np.diff(account.benchmark) / account.benchmark[:-1])
    return measure(account), returns, market


EMPYRICAL = {
    "sharpe_ratio": lambda r: empyrical.sharpe_ratio(r[0], annualization=365),
    "sortino_ratio": lambda r: empyrical.sortino_ratio(r[0], annualization=365),
    "calmar_ratio": lambda r: empyrical.calmar_ratio(r[0], annualization=365),
    "omega_ratio": lambda r: empyrical.omega_ratio(r[0]),
    "cagr": lambda r: 100 * empyrical.annual_return(r[0], annualization=365),
    "volatility": lambda r: 100 * empyrical.annual_volatility(r[0], annualization=365),
    "downside_deviation": lambda r: (
        100 * empyrical.downside_risk(r[0], annualization=365)
    ),
    "max_drawdown": lambda r: -100 * empyrical.max_drawdown(r[0]),
    "value_at_risk_95": lambda r: -100 * empyrical.value_at_risk(r[0]),
    "tail_ratio": lambda r: empyrical.tail_ratio(r[0]),
    "stability": lambda r: empyrical.stability_of_timeseries(r[0]),
    "beta": lambda r: empyrical.beta(*r),
    "information_ratio": lambda r: empyrical.excess_sharpe(*r) * 365**0.5,
    "total_return": lambda r: 100 * empyrical.cum_returns_final(r[0]),
    "best_day": lambda r: 100 * r[0].max(),
}


@pytest.mark.parametrize("key", EMPYRICAL)
def test_empyrical_says_the_same(year, key):
    measured, returns, market = year

    assert measured[key].value == pytest.approx(EMPYRICAL[key]((returns, market)))


def test_alpha_is_empyricals_before_it_is_compounded(year):
    measured, returns, market = year

    compounded = empyrical.alpha(returns, market, annualization=365)
    assert (1 + measured["alpha"].value / 36_500) ** 365 - 1 == pytest.approx(
        compounded
    )
