"""A certified run computed again by a worker, in its owner's queue."""

from abtpro_saas.backtesting.runs.counting import counted_trials
from abtpro_saas.backtesting.runs.rerunning import order_rerun
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction


def test_a_rerun_is_computed_and_compared(
    serving, trader, order, until, engine, tenant
):
    owner = trader()
    run = order(owner, commission=0.001)

    def played():
        until(run, "COMPLETED")
        with tenant_transaction(engine, tenant) as session:
            where = session, tenant, run.backtest_id, owner
            rerun = order_rerun(*where, most=3, now=utc_now())
        return until(rerun, "COMPLETED", "FAILED")

    done = serving(played)

    assert (done.status, done.error) == ("COMPLETED", None)
    assert done.findings == {"verdict": "MATCHES", "differs": []}
    assert done.trust is None
    with tenant_transaction(engine, tenant) as session:
        assert counted_trials(session, done).count == 1
