"""What a process that only checks orders does without."""

import subprocess
import sys

CHECK = """
import sys
import abtpro_saas.app
from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.checking import check_strategy
from abtpro_saas.backtesting.strategies.catalogue import all_strategies

for strategy in all_strategies():
    names = [f"C{n}/USDT" for n in range(max(strategy.symbols[0], 1))]
    order = {"strategy_name": strategy.name, "timeframe": "1h", "symbols": names}
    assert check_strategy(read_order(order)).strategy.name == strategy.name
print(len(all_strategies()), *{"numba", "talib", "pandas", "scipy"} & set(sys.modules))
"""


def test_orders_of_every_strategy_are_checked_without_what_computes_them():
    """A web process would grow by 150 MB, and its first order take a second."""
    done = subprocess.run(
        [sys.executable, "-c", CHECK], capture_output=True, text=True, check=False
    )

    count, *loaded = done.stdout.split() or [done.stderr[-400:]]
    assert (loaded, int(count) > 10) == ([], True)
