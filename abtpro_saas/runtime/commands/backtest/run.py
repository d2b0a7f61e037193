"""``abtpro backtest run``: a backtest on this machine, from a file or the store.

The same order, the same arithmetic and the same certificate as the service's; nothing
is queued, kept or counted.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.calculating import Calculated, calculate
from abtpro_saas.backtesting.certificate import (
    certificate_of,
    certified_parts,
    fingerprint_of,
)
from abtpro_saas.backtesting.checking import check_strategy
from abtpro_saas.backtesting.engines.port import (
    Beside,
    FillAt,
    UnsupportedError,
)
from abtpro_saas.backtesting.orders import Order, OrderError, order_json
from abtpro_saas.backtesting.reporting.assumptions import assumptions
from abtpro_saas.backtesting.words import EngineName
from abtpro_saas.errors import InvalidError
from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.funding.rates import fingerprint as fingerprint_of_funding
from abtpro_saas.markets.store import fingerprint
from abtpro_saas.runtime.commands.backtest.candles import Found, from_file, from_store
from abtpro_saas.runtime.commands.backtest.funding import funding_from
from abtpro_saas.runtime.commands.backtest.table import table_of

if TYPE_CHECKING:
    from abtpro_saas.runtime.commands.backtest.own import Own

WIDTH = 30
TERMS = ("costs", "margin", "funding", "detail_timeframe", "universe")
"""Members of an order that ``--terms`` takes."""


def main(arguments: Sequence[str]) -> None:
    """Run one backtest, and print what came out of it.

    Raises:
        InvalidError, NotFoundError: the order, the file or the candles cannot be used.
    """
    asked = _told_apart(_parser().parse_args(arguments))
    order = read_order(_members(asked))
    own = _own(asked)
    if own is not None and own.engine and asked.engine is None:
        order = replace(order, engine=own.engine)
    strategy = own.strategy if own else None
    order = check_strategy(order, strategy).order
    if asked.file:
        found = from_file(asked.file, order, asked.detail_file)
    else:
        found = from_store(asked, order)
    order = _bounded(order, found)
    funding = found.funding
    if asked.funding_file:
        funding = funding_from(asked.funding_file)
        found = replace(found, brought=not asked.file)
    bar = _Bar(show=sys.stderr.isatty() and not asked.json)
    try:
        beside = Beside(found.detail, funding)
        done = calculate(order, found.market, bar.show, beside, own=strategy)
    except UnsupportedError as error:
        raise OrderError(str(error), "engine") from None
    finally:
        bar.close()
    parts = certified_parts(
        order,
        fingerprint=_fingerprint(found, funding),
        strategy_version=done.strategy_version,
        engine_version=done.engine_version,
        result=done.result,
        brought=found.brought,
    )
    told = _told(order, found, done, parts)
    if asked.json:
        shown = json.dumps(told, indent=2)
    else:
        origin = _origin(asked, found)
        shown = table_of(told, order, origin, whole=asked.all)
    print(shown)  # noqa: T201 - what the command is for


def _origin(asked: argparse.Namespace, found: Found) -> str:
    """Return where the prices are from."""
    if asked.file:
        return f"the file {asked.file.name}"
    return "simulated prices" if found.simulated else found.exchange


def _told_apart(asked: argparse.Namespace) -> argparse.Namespace:
    """Return the arguments with a strategy among the files as what it is."""
    given = [asked.strategy_file] if asked.strategy_file else []
    scripts = given + [each for each in asked.file if each.suffix == ".py"]
    candles = [each for each in asked.file if each.suffix != ".py"]
    if len(scripts) > 1 or len(candles) > 1:
        raise InvalidError("give one file of candles, and one strategy", "file")
    asked.strategy_file = scripts[0] if scripts else None
    asked.file = candles[0] if candles else None
    return asked


def _fingerprint(found: Found, funding: FundingRates | None) -> str:
    parts = [fingerprint(each) for each in found.candles]
    if funding is not None:
        parts.append(fingerprint_of_funding(funding))
    return fingerprint_of(parts)


def _own(asked: argparse.Namespace) -> "Own | None":
    """Return the caller's own strategy, if one is asked for."""
    if asked.strategy_file is None:
        if asked.strategy is None:
            raise InvalidError("name a strategy, or give --strategy-file", "strategy")
        return None
    # It brings engines along, which nobody else waits for.
    from abtpro_saas.runtime.commands.backtest.own import own_strategy  # noqa: PLC0415

    return own_strategy(asked.strategy_file, asked.strategy)


def _members(asked: argparse.Namespace) -> dict[str, Any]:
    """Return the members that a request to the API would have."""
    symbols = [each.strip() for each in asked.symbol.split(",")]
    return {
        "strategy_name": asked.strategy or "",
        "symbol": symbols[0] if len(symbols) == 1 else None,
        "symbols": symbols if len(symbols) > 1 else None,
        "exchange": asked.exchange,
        "timeframe": asked.timeframe,
        "start_date": asked.start,
        "end_date": asked.end,
        "initial_capital": asked.capital,
        "commission": asked.commission,
        "slippage": asked.slippage,
        "parameters": dict(map(_parameter, asked.parameter)),
        "sizing": {"fraction": asked.fraction, "shorts": asked.shorts},
        "fill_at": asked.fill_at,
        "engine": asked.engine,
        "gap_tolerance": asked.gap_tolerance,
        **_terms(asked.terms),
    }


def _terms(text: str | None) -> dict[str, Any]:
    """Return the members of an order that are given as the API takes them."""
    try:
        terms = json.loads(text or "{}")
    except ValueError:
        terms = None
    if not isinstance(terms, dict) or set(terms) - set(TERMS):
        said = f"a JSON object, with no members but {', '.join(TERMS)}"
        raise OrderError(f"write {said}", "terms")
    return terms


def _parameter(text: str) -> tuple[str, Any]:
    name, mark, value = text.partition("=")
    if not mark:
        raise OrderError(f"write a parameter as fast=10, not {text!r}", "parameters")
    for read in (int, float):
        try:
            return name, read(value)
        except ValueError:
            continue
    return name, value


def _bounded(order: Order, found: Found) -> Order:
    """Say from when to when the candles are that are run over, as the service does."""
    first, last = found.market[0].time[0], found.market[0].time[-1]
    start = int(first) if order.start is None else order.start
    end = int(last) + found.market[0].step if order.end is None else order.end
    return replace(order, exchange=found.exchange, start=start, end=end)


def _told(
    order: Order, found: Found, done: Calculated, parts: Mapping[str, Any]
) -> dict[str, Any]:
    rests_on = assumptions(
        order,
        simulated=found.simulated,
        brought=found.brought,
        metrics=done.metrics,
    )
    return {
        "order": order_json(order),
        "candles": [len(each) for each in found.market],
        "results": dict(done.metrics),
        "undefined": dict(done.undefined),
        "assumptions": [each.text.en for each in rests_on],
        "certified": dict(parts),
        "certificate": certificate_of(dict(parts)),
    }


class _Bar:
    """A bar of how far the work is, on standard error."""

    def __init__(self, *, show: bool) -> None:
        self._shown = show

    def show(self, percent: int) -> None:
        if self._shown:
            done = "#" * (percent * WIDTH // 100)
            sys.stderr.write(f"\r[{done:<{WIDTH}}] {percent:3} %")
            sys.stderr.flush()

    def close(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="abtpro backtest")
    actions = parser.add_subparsers(dest="action", required=True)
    run = actions.add_parser("run", help="run a strategy over candles")
    run.add_argument("strategy", nargs="?", help="such as SMA_CROSS")
    run.add_argument(
        "--strategy-file",
        type=Path,
        help="a Python file with a strategy of yours, run as you: trust it first",
    )
    run.add_argument("--symbol", required=True, help="BTC/USDT; several with commas")
    run.add_argument("--timeframe", required=True, help="such as 1h")
    run.add_argument(
        "--file",
        type=Path,
        action="append",
        default=[],
        help="candles as CSV or Parquet; what ends with .py is a strategy of yours",
    )
    run.add_argument("--exchange", help="whose candles, from this installation's store")
    run.add_argument("--tenant", default="main", help="whose shared candles")
    run.add_argument("--start", help="2023-01-01, or an instant")
    run.add_argument("--end", help="a day is included")
    run.add_argument("--capital", type=float, default=10_000.0)
    run.add_argument("--commission", type=float, help="a fraction: 0.001 is 0.1 %%")
    run.add_argument("--slippage", type=float, help="a fraction")
    run.add_argument(
        "--terms",
        metavar="JSON",
        help=f"{', '.join(TERMS)} of an order, as the API takes them",
    )
    run.add_argument("--detail-file", type=Path, help="finer candles, as --file")
    run.add_argument(
        "--funding-file",
        type=Path,
        help="the market's funding, CSV or Parquet: timestamp, rate and maybe mark",
    )
    run.add_argument("--fraction", type=float, help="of the equity, for each entry")
    run.add_argument("--shorts", action="store_true")
    run.add_argument("--fill-at", choices=list(FillAt))
    run.add_argument("--engine", choices=list(EngineName))
    run.add_argument("--gap-tolerance", type=float, help="0.01 unless told otherwise")
    run.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE")
    run.add_argument("--all", action="store_true", help="print every metric")
    run.add_argument("--json", action="store_true", help="print JSON")
    return parser
