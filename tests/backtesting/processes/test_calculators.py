"""Processes that compute: lent, kept, killed; nothing secret comes with them."""

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.orders import order_json
from abtpro_saas.backtesting.processes.calculators import WARM, Calculators, DiedError
from abtpro_saas.backtesting.processes.tasks import Kind, Source, Task
from abtpro_saas.markets.store import CandleStore
from tests.backtesting.candles_for import walk

ORDER = {"strategy_name": "SMA_CROSS", "symbol": "BTC/USDT", "timeframe": "1h"}
PLACE = "candles/one"


@pytest.fixture
def task(tmp_path):
    """Return a function that makes a task over 600 hours."""
    fingerprint = CandleStore(str(tmp_path)).write(PLACE, walk())

    def make(location=PLACE, **members):
        order = order_json(read_order(ORDER | members))
        source = Source(location, "BTC/USDT", "1h", fingerprint)
        return Task(str(tmp_path), order, [source], "results/one/two")

    return make


@pytest.fixture
def calculators():
    made = Calculators()
    yield made
    made.close()


@pytest.fixture
def ask(calculators):
    """Return a function that has a task computed, and gives all that is said of it."""

    def now(task):
        calculator = calculators.take()
        calculator.give(task)
        said = [calculator.hear(60)]
        while said[-1].kind is Kind.PROGRESS:
            said.append(calculator.hear(60))
        calculators.give_back(calculator)
        return said, calculator.process_id

    return now


def test_a_process_tells_how_far_it_is_and_serves_the_next_task(ask, task, tmp_path):
    first, one = ask(task())
    second, other = ask(task())

    percents = [reply.percent for reply in first[:-1]]
    assert percents == sorted(percents)
    assert first[-1].kind is Kind.DONE
    assert second[-1].values == first[-1].values
    assert one == other
    kept = sorted(path.name for path in (tmp_path / "results/one/two").iterdir())
    assert kept == ["equity.parquet", "trades.parquet"]


def warming():
    """Return the ids of our processes that load what they need."""
    found = set()
    for each in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_ours = int((each / "stat").read_text().rpartition(")")[2].split()[1])
            words = (each / "cmdline").read_bytes().decode().split("\0")
            if WARM in words and is_ours == os.getpid():
                found.add(int(each.name))
    return found


def test_one_is_prepared_before_it_is_needed(calculators, ask, task):
    calculators.prepare()
    (prepared,) = warming()
    calculators.prepare()

    said, process = ask(task())

    assert said[-1].kind is Kind.DONE
    assert warming() == {process} == {prepared}


def test_one_that_is_not_ready_in_time_answers_no_task(calculators, ask, task):
    calculators.prepare(patience_s=0)

    assert warming() == set()
    assert ask(task())[0][-1].values["metrics"]


def test_what_is_said_of_another_task_is_never_taken_for_an_answer(calculators, task):
    calculator = calculators.take()
    for _ in range(2):
        calculator.give(task())

    with pytest.raises(DiedError):
        calculator.hear(60)
    calculator.kill()


def test_one_that_is_being_prepared_ends_with_the_others(calculators):
    preparing = threading.Thread(target=calculators.prepare)
    preparing.start()
    while not warming():
        preparing.join(0.01)

    calculators.close()

    preparing.join(30)
    assert not preparing.is_alive()
    assert warming() == set()


def test_what_can_never_be_done_is_refused_in_words(ask, task):
    said, _ = ask(task(parameters={"fast": 0}))
    nothing, _ = ask(task(start_date="2030-01-01"))

    assert (said[-1].kind, said[-1].code) == (Kind.REFUSED, "invalid_backtest")
    assert "fast" in said[-1].message
    assert (nothing[-1].kind, nothing[-1].message) == (
        Kind.REFUSED,
        "there are no candles in this time",
    )


def test_a_process_that_was_killed_is_known_to_be_gone(calculators, task):
    calculator = calculators.take()
    calculator.give(task())
    os.kill(calculator.process_id, signal.SIGKILL)

    with pytest.raises(DiedError):
        calculator.hear(60)
    calculator.kill()


def test_a_process_may_not_take_all_memory(calculators, ask, task):
    ask(task())
    calculator = calculators.take()

    limits = Path(f"/proc/{calculator.process_id}/limits").read_text()

    (line,) = (line for line in limits.splitlines() if line.startswith("Max data size"))
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert int(line.split()[3]) < max(there, 4 << 30)
    calculators.give_back(calculator)


def test_one_that_died_idle_is_replaced(calculators, task):
    calculator = calculators.take()
    calculators.give_back(calculator)
    os.kill(calculator.process_id, signal.SIGKILL)
    os.waitid(os.P_PID, calculator.process_id, os.WEXITED | os.WNOWAIT)

    other = calculators.take()

    assert other.process_id != calculator.process_id
    other.kill()


def test_a_process_knows_no_secret_of_the_worker(calculators, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:secret@127.0.0.1/x")
    monkeypatch.setenv("ABTPRO_SEALING_KEYS", "k1:secret")
    calculator = calculators.take()

    environ = Path(f"/proc/{calculator.process_id}/environ")
    while not (told := environ.read_text()):  # until it has become our program
        time.sleep(0.01)

    assert "secret" not in told
    assert "PATH=" in told
    calculator.kill()
