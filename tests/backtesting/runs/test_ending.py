"""How a run ends: once, for good, and with what its owner is told."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from abtpro_saas.backtesting.certificate import certificate_of
from abtpro_saas.backtesting.runs import finding
from abtpro_saas.backtesting.runs.counting import counted_trials
from abtpro_saas.backtesting.runs.ending import RunEndedError
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.errors import NotFoundError


@pytest.fixture
def trials(open_, tenant, owner, series):
    """Return a function that tells how many trials somebody made of the market."""

    def read(user_id=None, symbol=None):
        of = Backtest(
            tenant_id=tenant,
            user_id=user_id or owner,
            symbols=[symbol or series.symbol],
        )
        with open_() as session:
            return counted_trials(session, of).count

    return read


def test_a_result_is_written_with_its_certificate(order, end, run_of):
    run = end(order())

    found = run_of(run)
    assert (found.status, found.progress) == ("COMPLETED", 100)
    assert found.metrics == {"total_return": 1.5}
    assert found.undefined == {"sortino_ratio": "no_loss"}
    assert found.certificate == certificate_of({"a": 1})
    assert found.completed_at is not None


def test_an_error_is_written_in_words(order, end, run_of):
    found = run_of(end(order(), "fail"))

    assert (found.status, found.error_code) == ("FAILED", "strategy_failed")
    assert found.error == "the strategy failed"
    assert found.certificate is None


@pytest.mark.parametrize(
    ("first", "second"), [("complete", "fail"), ("fail", "complete")]
)
def test_the_first_end_stands(order, end, run_of, first, second):
    run = end(order(), first)
    before = run_of(run)

    end(run, second)

    after = run_of(run)
    assert (after.status, after.completed_at) == (before.status, before.completed_at)


def test_a_cancelled_run_takes_no_result(order, cancel, end, run_of, trials):
    run = order()
    cancel(run)

    end(run)

    assert run_of(run).status == "CANCELLED"
    assert run_of(run).certificate is None
    assert trials() == 0


def test_a_cancellation_again_changes_nothing(order, cancel, run_of):
    run = order()

    first, again = cancel(run), cancel(run)

    assert first.completed_at == again.completed_at


def test_what_has_ended_cannot_be_cancelled(order, end, cancel):
    run = end(order())

    with pytest.raises(RunEndedError):
        cancel(run)


def test_each_result_is_a_trial_once_and_errors_are_none(order, end, trials):
    runs = [order() for _ in range(3)]
    end(runs[0])
    end(runs[0])
    end(runs[1])
    end(runs[2], "fail")

    assert trials() == 2


def test_trials_at_one_instant_are_all_counted(order, end, trials):
    runs = [order() for _ in range(6)]

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(end, runs))

    assert trials() == 6


def test_trials_are_counted_for_each_user_and_each_market(order, end, trials, trader):
    other = trader()
    end(order())
    end(order(other))

    assert (trials(), trials(other), trials(symbol="ETH/USDT")) == (1, 1, 0)


def test_a_removed_run_is_gone_from_view_and_stays_counted(
    order, end, remove, statuses, trials, run_of
):
    run = end(order())

    remove(run)

    assert statuses() == []
    assert trials() == 1
    assert run_of(run).removed_at is not None
    with pytest.raises(NotFoundError):
        remove(run)


def test_a_run_that_is_removed_runs_no_more(order, remove, run_of, statuses):
    run, waiting = order(most=1), order(most=1)

    remove(run)

    assert run_of(run).status == "CANCELLED"
    assert run_of(waiting).admitted_at is not None


def test_strangers_neither_see_nor_end_a_run(
    order, cancel, remove, trader, new_tenant, open_, tenant
):
    run, stranger = order(), trader()
    elsewhere = new_tenant()
    foreigner = trader(tenant_id=elsewhere)

    for who, where in ((stranger, tenant), (foreigner, elsewhere)):
        with pytest.raises(NotFoundError):
            cancel(run, who, tenant_id=where)
        with pytest.raises(NotFoundError):
            remove(run, who, tenant_id=where)
        with open_(where) as session, pytest.raises(NotFoundError):
            finding.get_run(session, where, run.backtest_id, who)


def test_runs_are_listed_newest_first_by_pages(order, open_, tenant, owner):
    runs = [order() for _ in range(5)]

    with open_() as session:
        first = finding.list_runs(session, tenant, owner, limit=2)
        rest = finding.list_runs(
            session, tenant, owner, limit=9, before=first[-1].backtest_id
        )

    shown = [run.backtest_id for run in (*first, *rest)]
    assert shown == [run.backtest_id for run in reversed(runs)]


def test_runs_are_listed_by_status_and_strategy(order, end, open_, tenant, owner):
    end(order())
    order(strategy_name="ema_cross")

    with open_() as session:
        done = finding.list_runs(session, tenant, owner, status="COMPLETED")
        ema = finding.list_runs(session, tenant, owner, strategy="EMA_CROSS")

    assert [run.strategy for run in done] == ["SMA_CROSS"]
    assert [run.status for run in ema] == ["PENDING"]
