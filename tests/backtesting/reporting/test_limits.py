"""What long runs and hostile words do to a report's files."""

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.orders import order_json
from abtpro_saas.backtesting.reporting import paper, sheets
from abtpro_saas.backtesting.reporting.curves import kept_rows
from abtpro_saas.backtesting.reporting.report import Around, report_of
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.performance.charts import drawdown_curve
from abtpro_saas.performance.definitions import CATALOGUE
from tests.backtesting import records
from tests.backtesting.records import START

NOW = datetime(2026, 11, 1, tzinfo=UTC)
TRUST = {
    "grade": "D",
    "score": 31,
    "checks": [
        {
            "code": "costs",
            "verdict": "FAILED",
            "title": {"en": "Survives costs", "th": "ทนต้นทุน"},
            "text": {"en": "Costs take it", "th": "ต้นทุนกินหมด"},
        },
        {
            "code": "leaks",
            "verdict": "PASSED",
            "title": {"en": "No look-ahead", "th": "ไม่ใช้อนาคต"},
            "text": {"en": "No leak", "th": "ไม่แอบดู"},
        },
    ],
}


SERIES = {"symbol": "BTC/USDT", "timeframe": "1h", "exchange": "simulated"}


def record(bars=10, trades=2, **values):
    """Return a record whose trades can be told in words."""
    made = records.record(bars, trades, **values)
    one, none = np.ones(trades, np.int64), np.zeros(trades, np.int64)
    return replace(made, trades=replace(made.trades, side=one, symbol=none))


def report(
    made,
    locale="en",
    *,
    trust=TRUST,
    costs=None,
    simulated=False,
    series=SERIES,
    **changes,
):
    asked = {"strategy_name": "SMA_CROSS", "symbol": "BTC/USDT", "timeframe": "1h"}
    asked |= {"costs": costs} if costs else {}
    order = replace(
        read_order(asked), exchange="mine", start=START, end=int(made.time[-1])
    )
    run = Backtest(
        backtest_id=UUID(int=7),
        strategy="SMA_CROSS",
        symbols=["BTC/USDT"],
        timeframe="1h",
        engine="compiled",
        ordered=order_json(order),
        series=[series | {"simulated": simulated}],
        fingerprint="f" * 64,
        metrics=dict.fromkeys(CATALOGUE, 1.0),
        undefined={},
        certified={"engine_version": "1"},
        certificate="c" * 64,
        created_at=NOW,
        completed_at=NOW,
    )
    found = report_of(run, made, Around(stale=False, trials=1, trust=trust), locale)
    return replace(found, **changes)


def sheet(content, place):
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read(f"xl/worksheets/sheet{place}.xml").decode()


def printed(content):
    with pypdfium2.PdfDocument(content) as found:
        pages = [page.get_textpage().get_text_range() for page in found]
    return " ".join(" ".join(pages).split())


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 900), st.integers(8, 200), st.integers(0, 99))
def test_what_stands_for_all_lacks_no_extreme(bars, points, seed):
    made = record(bars, 0, seed=seed)

    rows = kept_rows(made, points)

    falls = drawdown_curve(made)
    assert len(rows) <= max(points, 1) or len(rows) == bars
    assert made.equity[rows].max() == made.equity.max()
    assert made.equity[rows].min() == made.equity.min()
    assert falls[rows].min() == falls.min()
    assert {0, bars - 1} <= set(rows.tolist())
    assert (np.diff(rows) > 0).all()


def test_the_deepest_drawdown_is_kept_where_equity_was_lower_before():
    levels = [10_000, 5_000, 20_000, 8_000, 15_000]
    made = replace(record(400, 0), equity=np.repeat(levels, 80).astype(float))

    rows = kept_rows(made, 8)

    assert drawdown_curve(made)[rows].min() == -60


@pytest.mark.parametrize("words", ["=1+1", "@SUM(A1)", "+1", "-1", "https://a.example"])
def test_no_text_of_a_sheet_is_calculated_or_followed(words):
    told = report(record(), title=words, assumptions=(words,), certificate=words)

    content = sheets.render(told)

    for place in range(1, 6):
        text = sheet(content, place)
        assert "<f>" not in text
        assert "hyperlink" not in text
    assert f">{words}</t>" in sheet(content, 1)


def test_long_runs_are_shortened_and_say_so():
    made = record(sheets.MOST_EQUITY + 5_000, paper.MOST_TRADES + 9)
    told = report(made)

    equity, pdf = sheet(sheets.render(told), 4), printed(paper.render(told))

    assert f"of {len(made.time):,} candles: the first, the last" in equity
    assert equity.count("<row") <= sheets.MOST_EQUITY + 2
    assert "The first 300 of 309 trades" in pdf


def test_a_grade_is_shown_failing_checks_first():
    told = report(record())

    for text in (printed(paper.render(told)), sheet(sheets.render(told), 1)):
        assert "Grade D · 31 of 100 points" in text
        assert text.index("Survives costs: Costs take it") < text.index("No leak")
    assert "ต้นทุนกินหมด" in printed(paper.render(report(record(), "th")))


def test_a_run_without_trades_or_movement_is_drawn():
    flat = record(5, 0)
    flat = replace(flat, equity=np.full(5, 10_000.0), benchmark=np.full(5, 3.0))

    assert "Drawdown, in percent" in printed(paper.render(report(flat)))


def test_the_present_is_no_part_of_a_file():
    told = report(record())

    assert paper.render(told) == paper.render(told)
    assert sheets.render(told) == sheets.render(told)
