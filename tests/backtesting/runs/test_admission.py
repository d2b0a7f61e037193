"""So many of a user's runs at once, exactly, whatever happens at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from abtpro_saas.backtesting.runs import admission
from abtpro_saas.backtesting.words import RunStatus
from abtpro_saas.clock import utc_now
from abtpro_saas.outbox import OutboxRow


@pytest.fixture
def messages(open_, tenant):
    """Return a function that gives the ids of the runs whose process was started."""

    def read():
        query = select(OutboxRow).where(OutboxRow.kind == "backtest.run")
        with open_() as session:
            rows = session.scalars(query.order_by(OutboxRow.outbox_id)).all()
        return [row.message["backtest_id"] for row in rows]

    return read


def test_the_first_ones_begin_and_the_others_wait(order, statuses):
    for _ in range(5):
        order()

    assert statuses() == ["ADMITTED"] * 3 + ["PENDING"] * 2


def test_each_admitted_run_has_one_message_in_the_same_commit(order, messages, tenant):
    runs = [order() for _ in range(4)]

    assert messages() == [str(run.backtest_id) for run in runs[:3]]


@pytest.mark.parametrize("how", ["complete", "fail"])
def test_an_end_lets_the_oldest_that_waits_begin(order, end, statuses, messages, how):
    runs = [order(most=1) for _ in range(3)]

    end(runs[0], how, most=1)

    assert statuses()[1:] == ["ADMITTED", "PENDING"]
    assert messages() == [str(run.backtest_id) for run in runs[:2]]


def test_a_cancellation_lets_the_next_begin(order, cancel, statuses):
    runs = [order(most=1) for _ in range(3)]

    cancel(runs[0], most=1)

    assert statuses() == ["CANCELLED", "ADMITTED", "PENDING"]


def test_one_that_was_cancelled_while_it_waited_never_begins(
    order, cancel, end, statuses
):
    runs = [order(most=1) for _ in range(3)]

    cancel(runs[1], most=1)
    end(runs[0], most=1)

    assert statuses() == ["COMPLETED", "CANCELLED", "ADMITTED"]


def test_a_second_end_admits_nobody(order, end, statuses):
    runs = [order(most=1) for _ in range(3)]

    end(runs[0], most=1)
    end(runs[0], "fail", most=1)

    assert statuses() == ["COMPLETED", "ADMITTED", "PENDING"]


def test_orders_at_one_instant_admit_no_more_than_may_run(order, statuses):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: order(), range(16)))

    assert sorted(statuses()) == ["ADMITTED"] * 3 + ["PENDING"] * 13


def test_ends_and_orders_at_one_instant_keep_the_number(order, end, statuses):
    running = [order() for _ in range(3)]
    for _ in range(6):
        order()

    with ThreadPoolExecutor(6) as pool:
        ended = pool.map(lambda run: end(run, "fail"), running)
        new = pool.map(lambda _: order(), range(3))
        list(ended), list(new)

    assert sorted(statuses()) == ["ADMITTED"] * 3 + ["FAILED"] * 3 + ["PENDING"] * 6


def test_all_of_a_queue_are_run_in_the_end(order, end, statuses, run_of, open_, tenant):
    runs = [order() for _ in range(8)]
    while set(statuses()) != {"COMPLETED"}:
        begun = [run for run in map(run_of, runs) if run.admitted_at]
        running = [run for run in begun if run.completed_at is None]
        assert 1 <= len(running) <= 3
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(end, running))

    assert all(run_of(run).status == RunStatus.COMPLETED for run in runs)


def test_a_users_queue_holds_up_nobody_else(order, trader, statuses):
    for _ in range(20):
        order()
    other = trader()

    order(other)

    assert statuses(other) == ["ADMITTED"]


def test_more_at_once_are_allowed_from_the_next_decision_on(
    order, open_, tenant, owner, statuses
):
    for _ in range(4):
        order(most=1)

    with open_() as session:
        assert admission.admit(session, tenant, owner, 3, utc_now()) == 2
    assert statuses() == ["ADMITTED"] * 3 + ["PENDING"]
