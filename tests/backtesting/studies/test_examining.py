"""A completed run is examined once, and graded by the trials that are counted then."""

import shutil
from functools import partial

import pytest

from abtpro_saas.backtesting.robustness.grade import TrialStats
from abtpro_saas.backtesting.runs.counting import count_trials
from abtpro_saas.backtesting.studies import examining, reading
from abtpro_saas.clock import utc_now
from tests.backtesting import runs_for, studies_for
from tests.backtesting.studies_for import held


@pytest.fixture
def completed(engine, root, order):
    """Return a function that runs a backtest to its end, without examining it."""
    return lambda **members: runs_for.finish(engine, root, order(**members))


@pytest.fixture
def task(engine, root):
    """Return a function that gives the task of a run's examination, if it has one."""

    def make(run):
        with held(engine, run) as (session, row):
            return examining.examination_task(session, row, str(root))

    return make


@pytest.fixture
def examine(engine, root):
    """Return a function that examines a run, as a worker does."""
    return partial(studies_for.examine, engine, root)


@pytest.fixture
def trust(open_, run_of):
    """Return a function that tells how far a run can be trusted now."""

    def read(run):
        with open_() as session:
            return reading.trust_of(session, run_of(run))

    return read


def test_a_run_is_graded_with_its_checks_failing_first(completed, examine, trust):
    found = trust(examine(completed(commission=0.001))).grade

    order = ["FAILED", "WARNED", "UNKNOWN", "PASSED"]
    verdicts = [check["verdict"] for check in found["checks"]]
    assert set(found) == {
        *("grade", "score", "trials", "deflated_sharpe_ratio", "checks")
    }
    assert (found["grade"] in "ABCDEF", found["trials"]) == (True, 1)
    assert verdicts[0] != "PASSED" or set(verdicts) == {"PASSED"}
    assert set(verdicts) <= set(order)
    assert all(check["text"]["en"] and check["text"]["th"] for check in found["checks"])


def test_the_same_run_again_is_examined_to_the_same_figures(completed, examine):
    assert examine(completed()).trust == examine(completed()).trust


def test_who_has_tried_more_trusts_less(completed, examine, trust, engine):
    run = examine(completed())
    before = trust(run).grade

    with held(engine, run) as (session, row):
        count_trials(session, row, TrialStats(500, 500, 5.0, 4.0), utc_now())

    after = trust(run).grade
    assert (before["trials"], after["trials"]) == (1, 501)
    assert after["deflated_sharpe_ratio"] <= before["deflated_sharpe_ratio"]


def test_a_run_is_examined_once(completed, examine, task, engine):
    run = examine(completed())
    kept = run.trust

    with held(engine, run) as (session, row):
        examining.note_refusal(session, row, "late")

    assert (task(run), row.trust) == (None, kept)


def test_only_what_has_completed_and_is_seen_is_examined(
    order, search, end, completed, remove, task
):
    removed = completed()
    remove(removed)

    for each in (order(), end(order(), "fail"), search(), removed):
        assert task(each) is None


def test_a_run_whose_candles_are_gone_cannot_be_examined(
    completed, candles, task, trust, root, series
):
    run = completed()
    candles(seed=9)
    shutil.rmtree(root / series.location)

    assert task(run) is None
    assert trust(run).reason == "not_examinable"
