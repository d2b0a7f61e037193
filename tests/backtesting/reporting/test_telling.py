"""What a report's files say first, in which units, times and language."""

from dataclasses import replace

import numpy as np
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.backtesting.reporting import paper, sheets
from abtpro_saas.backtesting.reporting.costs import slippage_told
from abtpro_saas.backtesting.reporting.trips import trips
from abtpro_saas.backtesting.reporting.writing import (
    at_ms,
    in_language,
    number,
    per_cent,
    percent,
)
from abtpro_saas.backtesting.studies.reading import NO_TRUST
from abtpro_saas.billing.invoices.layout import BOTTOM
from abtpro_saas.formats import NO_BREAK, format_instant
from tests.backtesting.reporting.test_limits import (
    SERIES,
    TRUST,
    printed,
    record,
    report,
    sheet,
)


def test_the_first_page_has_the_grade_and_what_speaks_against_it():
    with pypdfium2.PdfDocument(paper.render(report(record()))) as found:
        first = found[0].get_textpage().get_text_range()

    assert first.index("Grade D") < first.index("Equity and buy and hold")
    assert "Costs take it" in first
    everything = printed(paper.render(report(record())))
    assert everything.count("Costs take it") == everything.count("No leak") == 1


def test_where_nothing_speaks_against_it_the_page_says_so():
    sound = {**TRUST, "checks": TRUST["checks"][1:]}

    assert "No check speaks against it" in printed(
        paper.render(report(record(), trust=sound))
    )


@pytest.mark.parametrize(
    ("locale", "words"),
    [("en", "Grade -- It is not examined yet."), ("th", "เกรด -- ยังไม่ได้ตรวจสอบ")],
)
def test_where_there_is_no_grade_yet_the_page_says_why(locale, words):
    made = report(record(), locale, trust=None)
    told = replace(made, no_trust=in_language(NO_TRUST["not_examined"], locale))

    for text in (printed(paper.render(told)), sheet(sheets.render(told), 1)):
        assert words in text


SLIPPAGES = [
    ("none", 0.0, "None", "ไม่มี"),
    ("fixed", 0.0005, "A fixed part of the price · 0.05%", "สัดส่วนคงที่ของราคา · 0.05%"),
    ("spread", 0.001, "a spread of 0.10%", "สเปรด 0.10%"),
    ("volume_share", 0.1, "10.00% where it is all", "10.00% เมื่อเท่ากับ"),
    ("square_root", 0.0125, "1.25% where it is all", "1.25% เมื่อเท่ากับ"),
]


@pytest.mark.parametrize(("model", "value", "en", "th"), SLIPPAGES)
def test_slippage_is_told_in_percent(model, value, en, th):
    assert en in slippage_told(model, value, "en")
    assert th in slippage_told(model, value, "th")


@pytest.mark.parametrize(
    ("part", "told"),
    [(0.001, "0.10"), (0.00075, "0.075"), (0.0, "0.00"), (12.5, "1,250.00")],
)
def test_rates_are_as_fine_as_they_are(part, told):
    assert per_cent(part) == told


def test_costs_of_a_file_are_in_percent():
    fees = {"maker": 0.0002, "taker": 0.00075}
    told = report(
        record(), costs={**fees, "slippage": {"model": "fixed", "value": 0.0005}}
    )

    for text in (printed(paper.render(told)), sheet(sheets.render(told), 1)):
        assert "maker 0.02%, taker 0.075%" in text
        assert "A fixed part of the price · 0.05%" in text
        assert "0.0005" not in text


def test_what_people_read_is_in_bangkoks_time_and_columns_are_in_utc():
    made = record(30, 1)
    entered = at_ms(int(made.time[made.trades.entry[0]]))
    told = report(made)

    pdf, trades = printed(paper.render(told)), sheet(sheets.render(told), 3)

    assert format_instant(entered, "en").replace(NO_BREAK, " ") in pdf
    assert "In (Bangkok)" in pdf
    assert "UTC's" in pdf.partition("Times are Bangkok")[2]
    assert "In (UTC)" in trades
    assert "Bangkok" not in trades
    assert "Month (UTC)" in sheet(sheets.render(told), 5)
    assert "day and time (UTC)" in sheet(sheets.render(told), 2)


def test_simulated_prices_are_named_in_the_language_of_the_paper():
    thai = report(record(), "th", simulated=True)

    assert "ราคาจำลอง" in thai.market
    assert "simulated" not in printed(paper.render(thai))
    assert "แบบคอมไพล์" in printed(paper.render(thai))


@pytest.mark.parametrize(
    ("locale", "words", "rests"),
    [
        ("en", "binance, brought as a file", "nobody has compared them"),
        ("th", "binance, นำเข้าจากไฟล์", "ไม่มีใครเทียบกับราคาของตลาดนั้น"),
    ],
)
def test_prices_of_a_file_are_told_in_the_language_of_the_paper(locale, words, rests):
    brought = {**SERIES, "exchange": "binance", "brought": True}

    told = report(record(), locale, series=brought)

    assert told.market.endswith(words)
    assert any(rests in each for each in told.assumptions)
    assert words in sheet(sheets.render(told), 1)


def test_a_trades_worst_is_a_loss_as_the_metric_has_it():
    made = record(30, 2)
    made = replace(made, trades=replace(made.trades, mae=np.array([-0.034, -0.0])))

    assert [each.mae for each in trips(made, "en", 0, 2)] == [pytest.approx(3.4), 0.0]


def test_a_source_in_prose_is_in_the_language_of_the_paper():
    thai = printed(paper.render(report(record(), "th")))

    assert "บันทึกของการทดสอบนี้เอง" in thai
    assert "The record of the run itself" not in thai


@pytest.mark.parametrize("value", [2.675, -2.675, 1.005, 0.125, 0.375, 12.345, 10.004])
def test_a_figure_is_rounded_alike_wherever_it_stands(value):
    assert percent(value).removeprefix("+") == f"{number(value)}%"


@given(st.floats(-1e6, 1e6))
def test_any_figure_is_rounded_alike(value):
    assert percent(value, signed=False) == f"{number(value)}%"


@pytest.mark.parametrize("lines", range(6))
def test_nothing_is_printed_into_the_foot_of_a_page(lines):
    """Whatever stands before, a page ends where the foot begins."""
    made = record(200, 60, symbols=("1000SATS/USDT:USDT",))
    long = ["A line that goes on, and on, over more than the width of a page. " * 3]
    before = [("label", "text")] * lines
    asked = report(made, assumptions=long * 60, rests_on=before)

    foot = BOTTOM + 7
    with pypdfium2.PdfDocument(paper.render(asked)) as found:
        for page in found:
            text, height = page.get_textpage(), page.get_height()
            for place in range(text.count_rects()):
                _left, low, _right, high = text.get_rect(place)
                bottom, top = ((height - each) * 25.4 / 72 for each in (low, high))
                assert bottom <= BOTTOM or top >= foot
