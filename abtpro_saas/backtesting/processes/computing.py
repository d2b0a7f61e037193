"""One task, from the candles in the store to the result in the store."""

from typing import Any

from abtpro_saas.backtesting.calculating import Calculated, Say, calculate
from abtpro_saas.backtesting.certificate import certified_parts, fingerprint_of
from abtpro_saas.backtesting.engines.port import UnsupportedError
from abtpro_saas.backtesting.orders import Order, order_from
from abtpro_saas.backtesting.processes.candles import beside_of, market_of
from abtpro_saas.backtesting.processes.tasks import Kind, Reply, Task, Work
from abtpro_saas.backtesting.result_store import ResultStore
from abtpro_saas.backtesting.results import encode
from abtpro_saas.errors import DomainError, UnavailableError


def compute(task: Task, say: Say) -> Reply:
    """Return what became of a task; computed again, it leaves the same bytes."""
    try:
        return Reply(Kind.DONE, values=_done(task, say))
    except (UnavailableError, OSError) as error:
        return Reply(Kind.AWAY, code="unavailable", message=_words(error))
    except UnsupportedError as error:
        return Reply(Kind.REFUSED, code="unsupported", message=_words(error))
    except DomainError as error:
        return Reply(Kind.REFUSED, code=error.code, message=_words(error))
    except MemoryError:
        message = "the run needs more memory than there is: choose fewer candles"
        return Reply(Kind.REFUSED, code="out_of_memory", message=message)
    except Exception as error:  # noqa: BLE001 - a strategy may raise anything
        message = f"the strategy failed: {type(error).__name__}: {_words(error)}"
        return Reply(Kind.REFUSED, code="strategy_failed", message=message)


def _done(task: Task, say: Say) -> dict[str, Any]:
    if task.work in {Work.RUN, Work.RERUN}:
        return _run(task, say)
    # A search has libraries of its own: most processes never compute one.
    from abtpro_saas.backtesting.processes import studying  # noqa: PLC0415

    return studying.WORKS[Work(task.work)](task, say)


def _run(task: Task, say: Say) -> dict[str, Any]:
    order = order_from(task.order)
    say(5)
    market = market_of(task, order)
    say(10)
    done = calculate(order, market, say, beside_of(task, order))
    say(90)
    if task.work == Work.RUN:
        ResultStore(task.root).write(task.results, encode(done.record))
    return {
        "metrics": dict(done.metrics),
        "undefined": dict(done.undefined),
        "certified": _parts(task, order, done),
        "bars": len(done.record.time),
    }


def _parts(task: Task, order: Order, done: Calculated) -> dict[str, Any]:
    return certified_parts(
        order,
        fingerprint=fingerprint_of([each.fingerprint for each in task.sources]),
        strategy_version=done.strategy_version,
        engine_version=done.engine_version,
        result=done.result,
        brought=any(each.brought for each in task.sources),
    )


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:400]
