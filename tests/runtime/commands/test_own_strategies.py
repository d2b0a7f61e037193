"""A strategy of one's own, run from a terminal; the service refuses it."""

import json

import pytest

from abtpro_saas.backtesting.asking import SandboxUnavailableError, read_order
from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.errors import InvalidError
from abtpro_saas.runtime.commands.backtest.run import main
from tests.backtesting import candles_for

NATIVE = """
import backtrader as bt


class Turn(bt.Strategy):
    params = (("fast", 5), ("slow", 20), ("share", 0.9))

    def __init__(self):
        fast = bt.ind.SMA(period=self.p.fast)
        self.cross = bt.ind.CrossOver(fast, bt.ind.SMA(period=self.p.slow))

    def next(self):
        if self.cross > 0:
            units = self.p.share * self.broker.get_cash() / self.data.close[0]
            self.buy(size=units)
        elif self.cross < 0 and self.position:
            self.close()
"""
OURS = """
from abtpro_saas.plugins.api.parameters import Integer, Text
from abtpro_saas.plugins.api.strategies import Signals, SignalStrategy


class Rising(SignalStrategy):
    parameters = (Integer("bars", 3, 1, 50, Text("How many.", "กี่แท่ง")),)

    def warm_up(self, values):
        return values["bars"] + 1

    def signals(self, candles, values):
        up = candles.close > candles.open
        return Signals(up, ~up)
"""


@pytest.fixture
def candles(tmp_path):
    made = candles_for.walk()
    names = ("time", "open", "high", "low", "close", "volume")
    columns = [getattr(made, name).tolist() for name in names]
    rows = [",".join(map(repr, row)) for row in zip(*columns, strict=True)]
    path = tmp_path / "candles.csv"
    path.write_text("\n".join(["timestamp,open,high,low,close,volume", *rows]))
    return path


@pytest.fixture
def run(candles, tmp_path, capsys):
    """Return a function that runs the strategies of a source, and gives the JSON."""

    def now(source, *arguments):
        file = tmp_path / "mine.py"
        file.write_text(source)
        market = ("--symbol", "BTC/USDT", "--timeframe", "1h", "--file", str(candles))
        main(["run", "--strategy-file", str(file), "--json", *market, *arguments])
        return json.loads(capsys.readouterr().out)

    return now


def test_a_native_class_runs_unmodified(run):
    told = run(NATIVE, "--commission", "0.001")

    assert told["results"]["total_trades"] > 3
    assert told["results"]["fees"] > 0
    assert told["order"]["engine"] == "backtrader"
    assert told["order"]["strategy"] == "Turn"


def test_a_file_that_is_python_is_a_strategy(candles, tmp_path, capsys):
    script = tmp_path / "mine.py"
    script.write_text(NATIVE)
    market = ("--symbol", "BTC/USDT", "--timeframe", "1h", "--file", str(candles))

    main(["run", "--file", str(script), "--json", *market])

    assert json.loads(capsys.readouterr().out)["order"]["strategy"] == "Turn"
    with pytest.raises(InvalidError) as refusal:
        main(["run", "SMA_CROSS", *market, "--file", str(candles)])
    assert refusal.value.field == "file"


def test_numbers_of_a_native_class_are_parameters(run):
    first = run(NATIVE)
    second = run(NATIVE, "--parameter", "fast=10", "--parameter", "share=0.5")

    assert first["results"]["total_trades"] != second["results"]["total_trades"]
    with pytest.raises(OrderError) as refusal:
        run(NATIVE, "--parameter", "speed=1")
    assert refusal.value.field == "parameters.speed"


def test_a_strategy_of_our_contract_runs_on_either_engine(run):
    fast = run(OURS)
    slow = run(OURS, "--engine", "backtrader")

    assert fast["order"]["strategy"] == "Rising"
    assert fast["results"]["total_trades"] == slow["results"]["total_trades"] > 10
    final = fast["results"]["final_capital"]
    assert slow["results"]["final_capital"] == pytest.approx(final, rel=1e-9)


def test_a_certificate_tells_two_states_of_a_file_apart(run):
    before = run(OURS)["certified"]
    after = run(OURS + "\n# the same, but for this line\n")["certified"]

    assert before["strategy_version"].startswith("file:")
    assert before["strategy_version"] != after["strategy_version"]
    assert before["result"] == after["result"]


def test_of_several_one_is_named(run):
    both = NATIVE + OURS
    assert run(both, "rising")["order"]["strategy"] == "Rising"
    with pytest.raises(InvalidError, match="name one of RISING, TURN"):
        run(both)
    with pytest.raises(InvalidError, match="there are: RISING, TURN"):
        run(both, "SMA_CROSS")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = 1", "defines no strategy"),
        ("def broken(:", "cannot be run: SyntaxError"),
        ("raise OSError('no')", "cannot be run: OSError: no"),
        ("from abtpro_saas.plugins.api.strategies import *", "defines no strategy"),
    ],
)
def test_a_file_without_a_strategy_is_refused(run, source, words):
    with pytest.raises(InvalidError, match=words):
        run(source)


def test_a_native_class_needs_the_engine_that_can_run_it(run):
    with pytest.raises(OrderError) as refusal:
        run(NATIVE, "--engine", "compiled")
    assert refusal.value.field == "engine"


def test_a_command_without_a_strategy_says_so(candles):
    with pytest.raises(InvalidError, match="name a strategy"):
        main(["run", "--symbol", "BTC/USDT", "--timeframe", "1h"])


def test_an_order_for_the_service_brings_no_code():
    asked = {"strategy_name": "MINE", "symbol": "BTC/USDT", "timeframe": "1h"}
    with pytest.raises(SandboxUnavailableError):
        read_order(asked | {"strategy_code": OURS})
