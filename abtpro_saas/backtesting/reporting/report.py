"""One backtest in words and figures of one language: what each of its files shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from abtpro_saas import formats
from abtpro_saas.backtesting.orders import Order, order_from
from abtpro_saas.backtesting.reporting import curves, figures
from abtpro_saas.backtesting.reporting.assumptions import TEXTS, assumptions
from abtpro_saas.backtesting.reporting.costs import (
    fees_told,
    leverage_told,
    sizing_told,
    slippage_told,
    terms_told,
)
from abtpro_saas.backtesting.reporting.figures import Line, Shelf, Year
from abtpro_saas.backtesting.reporting.labels import ENGINES, LABELS, VERDICTS
from abtpro_saas.backtesting.reporting.parameters import parameters_of
from abtpro_saas.backtesting.reporting.writing import (
    NOTHING,
    at_ms,
    in_language,
    number,
    percent,
    quote_of,
    utc_day,
)
from abtpro_saas.backtesting.runs.matching import any_brought
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.errors import InvalidError
from abtpro_saas.performance.definitions import CATALOGUE
from abtpro_saas.performance.record import Record
from abtpro_saas.performance.tables import PeriodRow
from abtpro_saas.plugins.api.parameters import Text

DASH = "\N{EN DASH}"
HEADLINE = (
    *("total_return", "buy_and_hold_return", "max_drawdown", "sharpe_ratio"),
    *("total_trades", "win_rate", "profit_factor", "fees", "slippage_paid"),
    "final_capital",
)


@dataclass(frozen=True)
class Check:
    """One check of how far a result can be trusted."""

    verdict: str
    title: str
    text: str


@dataclass(frozen=True)
class Trust:
    """The grade, and its checks: those that speak ``against`` a result, the others."""

    grade: str
    score: str
    against: tuple[Check, ...]
    others: tuple[Check, ...]


@dataclass(frozen=True)
class Around:
    """What is known of a run beside its row and its record.

    ``no_trust`` says why there is no grade.
    """

    stale: bool
    trials: int
    trust: Mapping[str, Any] | None = None
    no_trust: Text | None = None


@dataclass(frozen=True)
class Report:
    """All that a file of a backtest says, each figure as the page writes it.

    ``funded`` tells that trades have funding of their own.
    """

    locale: str
    run_id: str
    title: str
    market: str
    span: str
    currency: str
    completed_at: datetime
    warnings: tuple[str, ...]
    headline: tuple[Line, ...]
    rests_on: tuple[tuple[str, str], ...]
    assumptions: tuple[str, ...]
    trust: Trust | None
    no_trust: str
    shelves: Sequence[Shelf]
    years: Sequence[Year]
    months: Sequence[PeriodRow]
    charts: tuple[curves.Chart, curves.Chart]
    certificate: str
    fingerprint: str
    record: Record
    funded: bool

    @property
    def graded(self) -> str:
        """The grade in a line, or why there is none."""
        if self.trust is None:
            return f"{self.word('grade')} {NOTHING} {self.no_trust}".strip()
        points = self.word("of_points", score=self.trust.score)
        return f"{self.word('grade')} {self.trust.grade} · {points}"

    def word(self, name: str, **values: object) -> str:
        """Return one of the labels in the report's language."""
        return in_language(LABELS[name], self.locale).format(**values)

    def month_names(self) -> list[str]:
        """Return the twelve months as the head of a table names them."""
        days = [at_ms(0).date().replace(month=month) for month in range(1, 13)]
        return [formats.format_month_short(day, self.locale) for day in days]


def report_of(run: Backtest, record: Record, around: Around, locale: str) -> Report:
    """Return what the files of a completed run say in ``locale``."""
    order = order_from(run.ordered)
    simulated = any(each["simulated"] for each in run.series)
    brought = any_brought(run.series)
    told = assumptions(order, simulated=simulated, brought=brought, metrics=run.metrics)
    return Report(
        locale=locale,
        run_id=str(run.backtest_id),
        title=_title(run.strategy, locale),
        market=_market(run, locale),
        span=_span(order, locale),
        currency=quote_of(run.symbols[0]),
        completed_at=run.completed_at or run.created_at,
        warnings=tuple(_warnings(run, around, locale)),
        headline=tuple(_headline(run, locale)),
        rests_on=tuple(_rests_on(run, order, around, locale)),
        assumptions=tuple(in_language(each.text, locale) for each in told),
        trust=_trust(around.trust, locale),
        no_trust=in_language(around.no_trust, locale) if around.no_trust else "",
        shelves=figures.shelves(run, locale),
        years=figures.years(record, locale),
        months=figures.months(record),
        charts=(
            curves.equity_chart(record, _word("equity_chart", locale), locale),
            curves.drawdown_chart(record, _word("drawdown", locale), locale),
        ),
        certificate=run.certificate or "",
        fingerprint=(run.certified or {}).get("data") or run.fingerprint,
        record=record,
        funded=figures.is_funded(run),
    )


def _warnings(run: Backtest, around: Around, locale: str) -> Iterator[str]:
    if around.stale:
        yield _word("stale", locale)
    if figures.lacks_funding(run):
        yield in_language(TEXTS["funding_unknown"], locale)


def _market(run: Backtest, locale: str) -> str:
    leverage = leverage_told(run.ordered["setup"], locale)
    parts = ", ".join(run.symbols), run.timeframe, *_origins(run, locale), leverage
    return " · ".join(part for part in parts if part)


def _title(name: str, locale: str) -> str:
    try:
        return in_language(find_strategy(name).about.title, locale)
    except InvalidError:
        return name


def _word(name: str, locale: str) -> str:
    return in_language(LABELS[name], locale)


def _span(order: Order, locale: str) -> str:
    first, last = (
        utc_day(order.start or 0, locale),
        utc_day((order.end or 0) - 1, locale),
    )
    return f"{first} {DASH} {last}"


def _headline(run: Backtest, locale: str) -> Iterator[Line]:
    for key in (*HEADLINE, *figures.of_perpetual(run)):
        line = figures.line(run, CATALOGUE[key], locale)
        is_return = key.endswith("_return") and line.amount is not None
        yield replace(line, value=percent(line.amount or 0.0)) if is_return else line


def _rests_on(
    run: Backtest, order: Order, around: Around, locale: str
) -> Iterator[tuple[str, str]]:
    setup, quote = order.setup, quote_of(run.symbols[0])
    costs = setup.costs
    slipped = slippage_told(costs.slippage.model, costs.slippage.value, locale)
    capital = f"{number(setup.initial_capital)} {quote}"
    version = (run.certified or {}).get("engine_version", "")
    yield _word("strategy", locale), run.strategy
    yield _word("prices", locale), "\n".join(_sources(run, locale))
    named = parameters_of(run.strategy, order.parameters, locale)
    yield _word("parameters", locale), " · ".join(map(" ".join, named)) or NOTHING
    sized = sizing_told(run.ordered["setup"], locale)
    yield _word("capital", locale), f"{capital} · {sized}"
    yield _word("fees", locale), fees_told(costs.maker, costs.taker, locale)
    yield _word("slippage", locale), slipped
    yield from terms_told(run.ordered["setup"], locale)
    engine = in_language(ENGINES[run.engine], locale)
    yield _word("engine", locale), f"{engine} {version}".strip()
    yield _word("trials", locale), str(around.trials)


def _sources(run: Backtest, locale: str) -> Iterator[str]:
    for each in run.series:
        yield f"{each['symbol']} · {each['timeframe']} · {_origin(each, locale)}"


def _origins(run: Backtest, locale: str) -> Iterator[str]:
    """Yield each place that prices come from, once."""
    yield from dict.fromkeys(_origin(each, locale) for each in run.series)


def _origin(series: Mapping[str, Any], locale: str) -> str:
    is_simulated = series["simulated"]
    told = _word("simulated", locale) if is_simulated else str(series["exchange"])
    return f"{told}, {_word('brought', locale)}" if series.get("brought") else told


def _trust(told: Mapping[str, Any] | None, locale: str) -> Trust | None:
    if not told or not told.get("grade"):
        return None
    checks = told.get("checks", ())
    against, others = (
        tuple(_check(each, locale) for each in checks if _speaks(each) is against_it)
        for against_it in (True, False)
    )
    return Trust(str(told["grade"]), str(told.get("score", "")), against, others)


def _speaks(check: Mapping[str, Any]) -> bool:
    return check["verdict"] in {"FAILED", "WARNED"}


def _check(check: Mapping[str, Any], locale: str) -> Check:
    title, text = (
        in_language(Text(**check[name]), locale) for name in ("title", "text")
    )
    return Check(in_language(VERDICTS[check["verdict"]], locale), title, text)
