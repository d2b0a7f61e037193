"""Studies for whom a test needs to have some: computed here, as a worker would."""

from contextlib import contextmanager

from abtpro_saas.backtesting.processes.computing import compute
from abtpro_saas.backtesting.processes.tasks import Kind
from abtpro_saas.backtesting.robustness.grade import TrialStats
from abtpro_saas.backtesting.robustness.search import search_from
from abtpro_saas.backtesting.robustness.walking import walk_from
from abtpro_saas.backtesting.runs.admission import hold_run
from abtpro_saas.backtesting.studies import chunks, ending, examining, ordering
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction

MOST = 3
GRID = {
    "method": "grid",
    "space": {"fast": {"low": 3, "high": 5}, "slow": [15, 20, 25]},
    "seed": 7,
}
BAYESIAN = GRID | {"method": "bayesian", "trials": 25}
BAYESIAN["space"] = {"fast": {"low": 2, "high": 9}, "slow": {"low": 12, "high": 60}}
WALK = {"windows": 3}


def order_search(engine, tenant_id, user_id, order, *, search=GRID, most=MOST):
    """Put a search in the queue."""
    with tenant_transaction(engine, tenant_id) as session:
        return ordering.order_optimisation(
            session,
            tenant_id,
            user_id,
            order,
            search_from(search),
            most=most,
            now=utc_now(),
        )


def order_walk(engine, tenant_id, user_id, order, *, walk=WALK, most=MOST):
    """Put a walk forward in the queue."""
    asked = search_from(GRID), walk_from(walk)
    with tenant_transaction(engine, tenant_id) as session:
        return ordering.order_walk_forward(
            session, tenant_id, user_id, order, asked, most=most, now=utc_now()
        )


@contextmanager
def held(engine, study):
    """Open a transaction that holds a study."""
    with tenant_transaction(engine, study.tenant_id) as session:
        yield session, hold_run(session, study.tenant_id, study.backtest_id)


def begin(engine, study, **limits):
    """Let a study begin, or go on; return how it stands."""
    with held(engine, study) as (session, run):
        return chunks.begin_study(session, run, most=MOST, now=utc_now(), **limits)


def answer(engine, root, study, number):
    """Compute a chunk, unless it is not wanted; return what came of it."""
    with held(engine, study) as (session, run):
        where = session, run, number, str(root)
        task = chunks.chunk_task(*where, most=MOST, now=utc_now())
    return None if task is None else compute(task, lambda _percent: None)


def note(engine, study, number, reply):
    """Write that a chunk is done."""
    assert reply.kind is Kind.DONE, reply
    tried = TrialStats(**reply.values["tried"])
    done = chunks.Done(number, reply.values["digest"], tried)
    with held(engine, study) as (session, run):
        chunks.note_chunk(session, run, done, utc_now())


def conclude(engine, root, study):
    """Compute what all chunks come to, and return the study as it is then."""
    with held(engine, study) as (session, run):
        task = ending.findings_task(session, run, str(root), most=MOST, now=utc_now())
    if task is not None:
        reply = compute(task, lambda _percent: None)
        assert reply.kind is Kind.DONE, reply
        with held(engine, study) as (session, run):
            found = reply.values["findings"]
            ending.complete_study(session, run, found, most=MOST, now=utc_now())
    with held(engine, study) as (_session, run):
        return run


def finish(engine, root, study):
    """Compute a study to its end."""
    for number in begin(engine, study).chunks:
        note(engine, study, number, answer(engine, root, study, number))
    return conclude(engine, root, study)


def examine(engine, root, run):
    """Examine a completed run, and return it as it is then."""
    with held(engine, run) as (session, row):
        task = examining.examination_task(session, row, str(root))
    reply = compute(task, lambda _percent: None)
    assert reply.kind is Kind.DONE, reply
    with held(engine, run) as (session, row):
        examining.note_examination(session, row, reply.values["examination"])
        return row
