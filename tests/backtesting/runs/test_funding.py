"""A perpetual's run charges what its market's holders paid each other."""

from dataclasses import replace

import numpy as np
import pytest

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.certificate import fingerprint_of
from abtpro_saas.backtesting.processes.computing import compute
from abtpro_saas.backtesting.processes.tasks import Kind
from abtpro_saas.backtesting.runs.matching import is_stale
from abtpro_saas.backtesting.runs.repeating import kept_sources
from abtpro_saas.markets.funding.rates import FundingRates
from tests.backtesting import funding_for, runs_for, studies_for
from tests.backtesting.candles_for import START, give, walk

PERPETUAL = {"funding": {}, "margin": {"leverage": 3}}
HELD = {"strategy_name": "BUY_AND_HOLD", "parameters": {}, "margin": {"leverage": 1}}


@pytest.fixture
def hours(open_, tenant, tmp_path):
    with open_() as session:
        return give(session, tenant, walk(600), root=tmp_path)


@pytest.fixture
def known(open_, tenant, tmp_path):
    """Return a function that keeps a history of funding."""

    def keep(rates=None, **of):
        with open_() as session:
            rates = funding_for.rates() if rates is None else rates
            return funding_for.give(session, tenant, tmp_path, rates, **of)

    return keep


@pytest.fixture
def run(engine, tenant, owner, tmp_path, hours):
    """Return a function that orders a run and computes it."""

    def make(**members):
        ordered = runs_for.order(engine, tenant, owner, **PERPETUAL | members)
        return runs_for.finish(engine, tmp_path, ordered)

    return make


def test_the_markets_own_rates_are_charged(run, known, hours):
    history = known()
    told, fixed = run(), run(funding={"rate": 0.0001})

    assert told.status == "COMPLETED"
    assert told.metrics["funding"] == pytest.approx(fixed.metrics["funding"], abs=1e-9)
    assert told.metrics["funding"] > 1
    assert [each["timeframe"] for each in told.series] == ["1h", "funding"]
    both = [hours.fingerprint, history.fingerprint]
    assert told.certified["data"] == fingerprint_of(both)
    assert told.fingerprint == hours.fingerprint


def test_a_fixed_rate_asks_for_no_history(run, known):
    known()

    assert len(run(funding={"rate": 0.0001}).series) == 1
    assert len(run(funding=None).series) == 1


@pytest.mark.parametrize(
    "rates",
    [
        pytest.param(funding_for.rates(40, start=START + 200 * 86_400_000), id="later"),
        pytest.param(funding_for.rates(3, start=START - 9 * 86_400_000), id="earlier"),
    ],
)
def test_a_history_of_another_time_tells_nothing(run, known, rates):
    known(rates)
    told = run()

    assert told.undefined["funding"] == "funding_unknown"
    assert len(told.series) == 1


def test_a_history_of_a_part_leaves_the_rest_unknown(run, known):
    known(funding_for.rates(10))
    told = run()

    assert told.undefined["funding"] == "funding_unknown"
    assert len(told.series) == 2


def every(hours, count, lacks=()):
    """Return the same rate each so many hours, without those at these places."""
    places = np.delete(np.arange(count), lacks)
    times = START + hours * 3_600_000 * places
    return FundingRates(times, np.full(len(times), 1e-4), np.full(len(times), np.nan))


@pytest.mark.parametrize("asked", [{}, {"interval_hours": 168}])
@pytest.mark.parametrize("lacks", [[31], [33, 61, 62]])
def test_a_rate_that_the_history_lacks_is_unknown_whatever_is_asked(
    run, known, asked, lacks
):
    known(every(4, 180, lacks))

    assert run(**HELD, funding=asked).undefined["funding"] == "funding_unknown"


@pytest.mark.parametrize("asked", [{}, {"interval_hours": 168}])
@pytest.mark.parametrize("change", [6, 30])
def test_a_history_without_gaps_is_known_though_its_interval_changes(
    run, known, asked, change
):
    slow, fast = every(8, change), every(4, 200)
    time = np.concatenate((slow.time, slow.time[-1] + fast.time[1:] - START))
    known(replace(fast, time=time, rate=np.full(len(time), 1e-4), mark=time * np.nan))

    assert "funding" not in run(**HELD, funding=asked).undefined


def test_a_run_that_starts_before_a_change_knows_what_was_usual(run, known):
    before = every(8, 30)
    fast = every(4, 200)
    moved = replace(before, time=before.time - 28 * 8 * 3_600_000)
    time = np.concatenate((moved.time, moved.time[-1] + fast.time[1:] - START))
    known(FundingRates(time, np.full(len(time), 1e-4), np.full(len(time), np.nan)))

    assert "funding" not in run(**HELD).undefined


def test_what_another_trader_or_exchange_has_is_not_taken(run, known, trader):
    known(owner_id=trader())
    known(exchange="binance")

    assert run().undefined["funding"] == "funding_unknown"


def test_ones_own_history_comes_before_the_tenants(run, known, owner):
    known(funding_for.rates(rate=0.001))
    own = known(funding_for.rates(rate=0.0002), owner_id=owner)

    assert run().series[1]["series_id"] == str(own.series_id)


def test_a_result_is_stale_once_its_funding_has_changed(open_, tenant, run, known):
    known()
    told = run()
    with open_() as session:
        assert not is_stale(session, tenant, told.series)

    known(funding_for.rates(91))

    with open_() as session:
        assert is_stale(session, tenant, told.series)


def test_a_history_that_was_removed_ends_who_waits_for_it(
    open_, engine, tenant, owner, tmp_path, hours, known
):
    history = known()
    ordered = runs_for.order(engine, tenant, owner, **PERPETUAL)
    with open_() as session:
        session.delete(session.merge(history))

    assert runs_for.start(engine, tmp_path, ordered) is None
    ended = runs_for.found(engine, tenant, ordered.backtest_id)
    assert (ended.status, ended.error_code) == ("FAILED", "series_gone")


def test_what_a_run_was_charged_by_is_found_again(
    open_, engine, tenant, owner, tmp_path, hours, known
):
    known()
    ordered = runs_for.order(engine, tenant, owner, **PERPETUAL)
    task = runs_for.start(engine, tmp_path, ordered)
    first = compute(task, lambda _percent: None)
    known(funding_for.rates(91, rate=0.003))

    with open_() as session:
        begun = runs_for.found(engine, tenant, ordered.backtest_id)
        sources = kept_sources(session, begun, str(tmp_path))

    again = compute(replace(task, sources=sources), lambda _percent: None)
    assert first.kind is again.kind is Kind.DONE
    assert first.values["certified"] == again.values["certified"]


def test_studies_charge_what_runs_do(engine, tenant, owner, tmp_path, hours, known):
    known(funding_for.rates(rate=0.002))
    order = read_order(runs_for.LEAST | PERPETUAL)
    search = studies_for.GRID | {"objective": "total_return"}

    def best(wanted):
        study = studies_for.order_search(engine, tenant, owner, wanted, search=search)
        return studies_for.finish(engine, tmp_path, study).findings["best"]

    def alone(values):
        ordered = runs_for.order(
            engine, tenant, owner, **PERPETUAL | {"parameters": values}
        )
        return runs_for.finish(engine, tmp_path, ordered).metrics["total_return"]

    charged = best(order)
    assert charged["score"] == pytest.approx(alone(charged["parameters"]))
    free = best(read_order(runs_for.LEAST | PERPETUAL | {"funding": {"rate": 0.0}}))
    assert charged["score"] < free["score"]


def test_rates_may_fall_between_candles(run, known):
    at_once = known(funding_for.rates())
    late = funding_for.rates()
    known(replace(late, time=late.time + np.int64(7)))

    told = run()
    assert told.metrics["funding"] > 1
    assert told.series[1]["fingerprint"] != at_once.fingerprint
