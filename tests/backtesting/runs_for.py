"""Runs for whom a test needs to have some: computed here, as a worker would."""

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.processes.computing import compute
from abtpro_saas.backtesting.processes.tasks import Kind
from abtpro_saas.backtesting.runs.admission import hold_run
from abtpro_saas.backtesting.runs.beginning import begin
from abtpro_saas.backtesting.runs.ending import Outcome, complete, fail
from abtpro_saas.backtesting.runs.ordering import order_run
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction

MOST = 3
LEAST = {
    "strategy_name": "SMA_CROSS",
    "symbol": "BTC/USDT",
    "timeframe": "1h",
    "parameters": {"fast": 5, "slow": 20},
}


def order(engine, tenant_id, user_id, **members):
    """Put a run in the queue."""
    asked = LEAST | members
    if "symbols" in members:
        del asked["symbol"]
    with tenant_transaction(engine, tenant_id) as session:
        wanted = read_order(asked)
        return order_run(session, tenant_id, user_id, wanted, most=MOST, now=utc_now())


def start(engine, root, run):
    """Let a run begin, and return its task."""
    with tenant_transaction(engine, run.tenant_id) as session:
        held = hold_run(session, run.tenant_id, run.backtest_id)
        return begin(session, held, str(root), most=MOST, now=utc_now())


def finish(engine, root, run):
    """Compute a run to its end, and return it."""
    task = start(engine, root, run)
    reply = compute(task, lambda _percent: None)
    with tenant_transaction(engine, run.tenant_id) as session:
        held = hold_run(session, run.tenant_id, run.backtest_id)
        now = utc_now()
        if reply.kind is Kind.DONE:
            values = (reply.values[n] for n in ("metrics", "undefined", "certified"))
            complete(session, held, Outcome(*values), most=MOST, now=now)
        else:
            fail(session, held, reply.code, reply.message, most=MOST, now=now)
        return held


def found(engine, tenant_id, run_id):
    """Return a run by its id."""
    with tenant_transaction(engine, tenant_id) as session:
        return session.get_one(Backtest, (tenant_id, run_id))
