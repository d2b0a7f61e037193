"""One run of backtrader: a feed from arrays, a broker with our costs, and a witness."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from abtpro_saas.backtesting.engines.bt import Outcome
from abtpro_saas.backtesting.engines.cerebro.library import bt
from abtpro_saas.backtesting.engines.loops.fills import taker_price
from abtpro_saas.backtesting.engines.loops.log import AT_OPEN, WIDTH, WITHIN
from abtpro_saas.backtesting.engines.rules import Rules
from abtpro_saas.performance.record import Reason
from abtpro_saas.plugins.api.candles import Candles, Floats

DAY = 86_400_000
EPOCH = 719_163
"""The first of January 1970 in backtrader's days."""
MINUTE = 60_000


class Feed(bt.feed.DataBase):  # type: ignore[misc] # backtrader has no types
    """Candles as backtrader reads them."""

    params = (("candles", None),)

    def start(self) -> None:
        """Make lists: they are read one by one."""
        super().start()
        candles = self.p.candles
        times = EPOCH + candles.time / DAY
        columns = (candles.open, candles.high, candles.low, candles.close)
        lists = [np.asarray(c).tolist() for c in (times, *columns, candles.volume)]
        self._rows = zip(*lists, strict=True)

    def _load(self) -> bool:
        row = next(self._rows, None)
        if row is None:
            return False
        lines = self.lines
        lines.datetime[0], lines.open[0], lines.high[0], lines.low[0] = row[:4]
        lines.close[0], lines.volume[0] = row[4:]
        lines.openinterest[0] = 0.0
        return True


class Fees(bt.CommInfoBase):  # type: ignore[misc]
    """Maker's fee for limit orders, taker's for all others."""

    params = (
        ("rules", None),
        ("stocklike", True),
        ("commtype", bt.CommInfoBase.COMM_PERC),
        ("percabs", True),
    )
    making = False

    def _getcommission(self, size: float, price: float, pseudoexec: bool) -> float:
        rate = self.p.rules.maker if self.making else self.p.rules.taker
        return float(abs(size) * rate * price)


class Broker(bt.brokers.BackBroker):  # type: ignore[misc]
    """backtrader's broker with the fill prices of this house.

    Its own slippage stays within the candle, and touches limits that the open is
    beyond.
    """

    def __init__(self, rules: Rules, fees: Fees) -> None:
        super().__init__()
        self._rules, self._fees = rules, fees
        self.reference = 0.0
        """The last price before slippage."""
        self.references: dict[int, float] = {}
        self.setcash(rules.cash)
        self.addcommissioninfo(fees)
        # What an order costs is known when it is filled, not when it is sent.
        self.set_checksubmit(False)

    def _slip_up(
        self,
        pmax: float,
        price: float,
        doslip: bool = True,
        lim: bool = False,
    ) -> float:
        self.reference = price
        return price if lim else taker_price(price, 1, 0.0, 0.0, self._rules)

    def _slip_down(
        self,
        pmin: float,
        price: float,
        doslip: bool = True,
        lim: bool = False,
    ) -> float:
        self.reference = price
        return price if lim else taker_price(price, -1, 0.0, 0.0, self._rules)

    def _try_exec_limit(self, order: Any, *prices: float) -> None:
        self._fees.making = True
        super()._try_exec_limit(order, *prices)
        self._fees.making = False

    def _execute(self, order: Any, *given: Any, **named: Any) -> Any:
        if not self._fees.making:
            self.references[order.ref] = self.reference
        return super()._execute(order, *given, **named)


class Witness(bt.Analyzer):  # type: ignore[misc]
    """Writes down every fill, and the broker's value at every close."""

    def start(self) -> None:
        """Begin."""
        self.outcome = Outcome()
        self._places = {each: at for at, each in enumerate(self.strategy.datas)}

    def next(self) -> None:
        """Mark a close; backtrader calls this during the warm-up too."""
        self.outcome.equity.append(float(self.strategy.broker.getvalue()))

    def notify_order(self, order: Any) -> None:
        """Keep what was executed; what closes and what opens are two fills."""
        if order.status in {order.Margin, order.Rejected}:
            self.outcome.rejected += 1
        if order.status not in {order.Partial, order.Completed}:
            return
        reasons = getattr(self.strategy, "reasons", {})
        reason = int(reasons.get(order.ref, Reason.SIGNAL))
        for bit in order.executed.iterpending():
            if bit is None:
                break
            for units, fee in (
                (bit.closed, bit.closedcomm),
                (bit.opened, bit.openedcomm),
            ):
                if units:
                    self._keep(order, units, bit.price, fee, reason)

    def _keep(
        self,
        order: Any,
        units: float,
        price: float,
        fee: float,
        reason: int,
    ) -> None:
        references = self.strategy.broker.references
        worse = (price - references.get(order.ref, price)) * np.sign(units)
        bar = len(self.strategy.datas[0]) - 1
        when = AT_OPEN if order.exectype == order.Market else WITHIN
        slip = abs(units) * max(worse, 0.0)
        place = self._places[order.data]
        self.outcome.fills.append((bar, place, when, units, price, fee, slip, reason))


def run(
    market: Sequence[Candles],
    rules: Rules,
    kind: type[Any],
    params: Mapping[str, object],
    *,
    cheat: bool,
) -> Outcome:
    """Return what a run of backtrader leaves; with ``cheat`` orders see the open."""
    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=cheat)
    cerebro.broker = Broker(rules, Fees(rules=rules))
    cerebro.broker.set_coo(cheat)
    for candles in market:
        minutes = max(candles.step // MINUTE, 1)
        feed = Feed(
            candles=candles, timeframe=bt.TimeFrame.Minutes, compression=minutes
        )
        cerebro.adddata(feed, name=candles.symbol)
    cerebro.addanalyzer(Witness, _name="witness")
    cerebro.addstrategy(kind, **params)
    strategy = cerebro.run()[0]
    outcome: Outcome = strategy.analyzers.witness.outcome
    outcome.rejected += getattr(strategy, "rejected", 0)
    return outcome


def rows(outcome: Outcome) -> Floats:
    """Return the fills as a log has them."""
    return np.array(outcome.fills, np.float64).reshape(-1, WIDTH)
