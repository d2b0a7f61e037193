"""Other people's engines, in an environment of their own: ``_peers`` talks to it.

Each line of standard input is a task as JSON, each line of standard output its answer:
CPU and wall seconds of the run alone, its trades, its final equity, and the peak memory
of this process. It imports nothing of ours.
"""

import json
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

CASH, FEE = 10_000.0, 0.001
BELOW, ABOVE = 0.02, 0.04
Made = tuple[float, int]
"""Final equity (of a sweep their sum), and trades."""


class Vectorbt:
    """Its own averages and crossings are computed; exact ones are then traded.

    Its averages are rounded at each step, which turns near-ties into other crossings,
    and other trades could not be compared. A sweep trades its own.
    """

    def __init__(self, engine: str) -> None:
        import vectorbt as vbt  # noqa: PLC0415 - a peer may be absent

        vbt.settings["engine"] = engine
        self._vbt = vbt

    def take(self, data: Any) -> None:
        """Take candles and signals, as it likes them: at the candle that fills."""
        index = pd.to_datetime(data["time"], unit="ms")
        names = ("open", "high", "low", "close")
        self._of = {name: pd.Series(data[name], index=index) for name in names}
        self._traded = {}
        works = {name.split("_")[0] for name in data.files if name.endswith("_up")}
        for work in works:
            both = (data[f"{work}_{way}"] for way in ("up", "down"))
            shifted = (np.concatenate(([False], each[:-1])) for each in both)
            self._traded[work] = [pd.Series(each, index=index) for each in shifted]

    def a(self) -> Made:
        return self._marked(self._cross())

    def c(self) -> Made:
        close = self._of["close"]
        line = self._vbt.RSI.run(close, window=14, ewm=True)
        line.rsi_crossed_below(30.0), line.rsi_crossed_above(70.0)
        levels = {name: self._of[name] for name in ("open", "high", "low")}
        stops = {"sl_stop": BELOW, "tp_stop": ABOVE, "stop_entry_price": "fillprice"}
        return self._marked(self._run(*self._traded["c"], **levels, **stops))

    def report(self) -> Made:
        made = self._cross()
        made.stats()
        return self._marked(made)

    def sweep(self, pairs: list[list[int]]) -> Made:
        close = self._of["close"]
        fast, slow = (
            self._vbt.MA.run(close, window=list(each), short_name=name)
            for name, each in zip(
                ("fast", "slow"), zip(*pairs, strict=True), strict=True
            )
        )
        enter, leave = fast.ma_crossed_above(slow), fast.ma_crossed_below(slow)
        shifted = (each.shift(1, fill_value=False) for each in (enter, leave))
        made = self._run(*shifted)
        return float(made.final_value().sum()), int(made.trades.count().sum())

    def _cross(self) -> Any:
        close = self._of["close"]
        fast, slow = (self._vbt.MA.run(close, window=n) for n in (20, 100))
        fast.ma_crossed_above(slow), fast.ma_crossed_below(slow)
        return self._run(*self._traded["a"])

    def _run(self, enter: Any, leave: Any, **more: Any) -> Any:
        return self._vbt.Portfolio.from_signals(
            self._of["close"],
            enter,
            leave,
            price=self._of["open"],
            fees=FEE,
            init_cash=CASH,
            direction="longonly",
            freq="1min",
            **more,
        )

    def _marked(self, made: Any) -> Made:
        return float(made.value().iloc[-1]), len(made.trades.records)


class BacktestingPy:
    """Exact signals are handed in; its statistics come with each run."""

    def take(self, data: Any) -> None:
        index = pd.to_datetime(data["time"], unit="ms")
        names = ("open", "high", "low", "close", "volume")
        columns = {name.capitalize(): data[name] for name in names}
        self._candles = pd.DataFrame(columns, index=index)
        self._data = {name: data[name] for name in data.files}

    def a(self) -> Made:
        return self._run("a", stops=False)

    def c(self) -> Made:
        return self._run("c", stops=True)

    def report(self) -> Made:
        return self.a()

    def _run(self, work: str, *, stops: bool) -> Made:
        from backtesting import Strategy  # noqa: PLC0415 - a peer may be absent
        from backtesting.lib import FractionalBacktest  # noqa: PLC0415 - the same

        up, down = self._data[f"{work}_up"], self._data[f"{work}_down"]

        class Given(Strategy):
            def init(self) -> None:
                pass

            def next(self) -> None:
                now = len(self.data) - 1
                if stops and self.trades and self.trades[-1].sl is None:
                    trade = self.trades[-1]
                    trade.sl = trade.entry_price * (1.0 - BELOW)
                    trade.tp = trade.entry_price * (1.0 + ABOVE)
                if up[now] and not self.position:
                    self.buy()
                elif down[now] and self.position:
                    self.position.close()

        made = FractionalBacktest(
            self._candles, Given, cash=CASH, commission=FEE, fractional_unit=1e-8
        ).run()
        return float(made["Equity Final [$]"]), int(made["# Trades"])


def peer_of(name: str) -> Any:
    """Return a peer by the name that ``_peers`` has for it."""
    return BacktestingPy() if name == "backtesting" else Vectorbt(name.split("-")[1])


def measured(run: Callable[[], Made], repeats: int) -> dict[str, Any]:
    """Return the best of some runs, and what the last one made."""
    taken = []
    for _ in range(repeats):
        cpu, wall = time.process_time(), time.perf_counter()
        equity, trades = run()
        taken.append((time.process_time() - cpu, time.perf_counter() - wall))
    cpu_s, wall_s = (min(each) for each in zip(*taken, strict=True))
    return {"cpu_s": cpu_s, "wall_s": wall_s, "equity": equity, "trades": trades}


def main() -> None:
    """Answer until nobody asks any more; what libraries print is no answer."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    peer = peer_of(sys.argv[1])
    for line in sys.stdin:
        task = json.loads(line)
        if "candles" in task:
            peer.take(np.load(task["candles"]))
            answer = {}
        else:
            work, given = getattr(peer, task["work"]), task.get("given", [])
            answer = measured(lambda: work(*given), task.get("repeats", 1))  # noqa: B023 - called at once
        answer["peak_kb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
