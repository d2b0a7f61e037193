"""What befalls a task again and again: counted over all its tries, ended in words."""

import os
import signal
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.messages import PerformBacktest, PerformChunk
from abtpro_saas.backtesting.processes.calculators import Calculators
from abtpro_saas.backtesting.runs.ordering import order_run
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import UnavailableError
from abtpro_saas.workflows.activities.backtests import BacktestActivities
from abtpro_saas.workflows.activities.computing import (
    LONGEST_SILENCE,
    MOST_DEATHS,
    MOST_OVERRUNS,
    SILENT_SINCE,
    Setback,
    is_patient,
    times,
)
from abtpro_saas.workflows.activities.studies import StudyActivities
from tests.backtesting import runs_for, studies_for
from tests.workflows.backtests.conftest import LEAST

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Tries:
    """Tries an activity as often as it is asked to, telling what was noted before."""

    def __init__(self, noted=None):
        self.noted = [noted] if noted else []
        self.limit = timedelta(hours=6)

    def __call__(self, activity, *arguments):
        environment = ActivityEnvironment()
        environment.info = replace(
            environment.info,
            start_to_close_timeout=self.limit,
            heartbeat_details=self.noted,
        )
        environment.on_heartbeat = self._note
        return environment.run(activity, *arguments)

    def _note(self, *details):
        self.noted = list(details)


@pytest.fixture
def calculators():
    made = Calculators()
    yield made
    made.close()


@pytest.fixture
def stopped(calculators):
    """Return a function that lends a process which computes for ever."""

    def make():
        one = calculators.take()
        os.kill(one.process_id, signal.SIGSTOP)
        calculators.give_back(one)
        return one

    return make


@pytest.fixture
def runs(engine, home, calculators):
    return BacktestActivities(engine, home, calculators)


@pytest.fixture
def studies(engine, home, calculators):
    return StudyActivities(engine, home, calculators)


def perform(run):
    return PerformBacktest(str(run.tenant_id), str(run.backtest_id), utc_now())


def first_chunk(run):
    return PerformChunk(str(run.tenant_id), str(run.backtest_id), 0)


def test_setbacks_of_a_kind_are_counted_over_all_tries():
    tries = Tries()

    deaths = [tries(times, Setback.DEATH) for _ in range(3)]
    overruns = tries(times, Setback.OVERRUN)
    tries(is_patient, NOON)

    assert (deaths, overruns) == ([1, 2, 3], 1)
    assert tries(times, Setback.DEATH) == 4


def test_a_store_is_waited_for_from_its_first_silence_on():
    tries = Tries()

    assert tries(is_patient, NOON)
    assert tries(is_patient, NOON + LONGEST_SILENCE / 2)
    assert not tries(is_patient, NOON + LONGEST_SILENCE)


def test_a_task_that_runs_into_its_time_limit_is_ended(
    runs, stopped, trader, order, look
):
    run, tries = order(trader()), Tries()
    tries.limit = timedelta(seconds=1)
    for _ in range(MOST_OVERRUNS - 1):
        one = stopped()
        with pytest.raises(UnavailableError):
            tries(runs.run_backtest, perform(run))
        assert not one.lives
    assert look(run).status == "RUNNING"

    stopped()
    tries(runs.run_backtest, perform(run))

    assert (look(run).status, look(run).error_code) == ("FAILED", "too_long")
    assert "choose less" in look(run).error


def test_a_task_with_time_left_is_computed(runs, trader, order, look):
    run, tries = order(trader()), Tries({Setback.OVERRUN: MOST_OVERRUNS - 1})

    tries(runs.run_backtest, perform(run))

    assert look(run).status == "COMPLETED"


@pytest.fixture
def dying(stopped):
    """Return a function that lends a process which dies while it computes."""

    def make():
        one = stopped()
        threading.Timer(1, one.stop).start()

    return make


def test_deaths_alone_end_a_task_for_deaths(runs, dying, trader, order, look):
    last = MOST_DEATHS - 1
    alive, dead = order(trader()), order(trader())
    few, many = Tries({Setback.DEATH: last - 1}), Tries({Setback.DEATH: last})

    dying()
    with pytest.raises(UnavailableError):
        few(runs.run_backtest, perform(alive))
    dying()
    many(runs.run_backtest, perform(dead))

    assert few.noted == [{Setback.DEATH: last}]
    assert look(alive).status == "RUNNING"
    assert (look(dead).status, look(dead).error_code) == ("FAILED", "out_of_memory")


@pytest.fixture
def lost(home):
    """Return a function that takes away what runs, or candles, have in the store."""

    def now(place):
        root = Path(home.backtest_data_path)
        (root / place).rename(root / "elsewhere")
        (root / place).touch()  # nothing can be read there, nor written

    return now


LONG_SILENT = {SILENT_SINCE: (utc_now() - LONGEST_SILENCE).isoformat()}


def test_a_store_that_stays_away_fails_a_run_and_not_one_that_has_waited(
    runs, trader, look, lost, engine, tenant
):
    long_ago = utc_now() - 2 * LONGEST_SILENCE
    with tenant_transaction(engine, tenant) as session:
        asked = session, tenant, trader(), read_order(LEAST)
        run = order_run(*asked, most=3, now=long_ago)
    lost("candles")

    for tries in (Tries(), Tries()):
        with pytest.raises(UnavailableError):
            tries(runs.run_backtest, perform(run))
    assert look(run).status == "RUNNING"
    Tries(LONG_SILENT)(runs.run_backtest, perform(run))

    assert (look(run).status, look(run).error_code) == ("FAILED", "unavailable")


def test_a_store_that_stays_away_fails_a_study(
    studies, trader, look, lost, engine, tenant
):
    study = studies_for.order_search(engine, tenant, trader(), read_order(LEAST))
    studies_for.begin(engine, study)
    lost("candles")

    with pytest.raises(UnavailableError):
        Tries()(studies.run_chunk, first_chunk(study))
    assert look(study).status == "RUNNING"
    Tries(LONG_SILENT)(studies.run_chunk, first_chunk(study))

    assert look(study).status == "FAILED"


def test_findings_wait_no_longer_for_each_time_that_they_tell_of_themselves(
    studies, trader, look, lost, engine, tenant, home
):
    study = studies_for.order_search(engine, tenant, trader(), read_order(LEAST))
    studies_for.begin(engine, study)
    Tries()(studies.run_chunk, first_chunk(study))
    lost("results")

    with pytest.raises(UnavailableError):
        Tries()(studies.conclude_study, perform(study))
    Tries(LONG_SILENT)(studies.conclude_study, perform(study))

    assert (look(study).status, look(study).error_code) == ("FAILED", "unavailable")


@pytest.mark.parametrize("place", ["results", "candles"])
def test_a_run_whose_files_are_lost_is_not_examined_for_ever(
    studies, trader, order, look, lost, engine, home, place
):
    run = runs_for.finish(engine, home.backtest_data_path, order(trader()))
    lost(place)

    with pytest.raises(UnavailableError):
        Tries()(studies.examine_backtest, perform(run))
    assert look(run).trust is None
    Tries(LONG_SILENT)(studies.examine_backtest, perform(run))

    assert look(run).trust == {"refused": "unavailable"}
