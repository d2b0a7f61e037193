"""A backtest's report as a file: each form says what the API says."""

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pypdfium2
import pytest

from abtpro_saas.backtesting.reporting.writing import measured, number, price
from abtpro_saas.performance.definitions import CATALOGUE
from tests.blueprints.backtest.conftest import RUNS
from tests.blueprints.backtest.test_results import walk

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
EPOCH = datetime(1899, 12, 30, tzinfo=UTC)


@pytest.fixture
def address(completed):
    return completed(commission=0.001)


@pytest.fixture
def file(trader, address):
    """Return a function that gets the report in a form."""

    def get(form, **headers):
        answer = trader.get(f"{address}/report?format={form}", headers=headers)
        assert answer.status_code == 200, answer.text
        assert f'.{form.partition("&")[0]}"' in answer.headers["Content-Disposition"]
        return answer

    return get


def sheets(content):
    """Return each sheet's rows of (value, style), read as another program would."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert not [name for name in book.namelist() if "external" in name.lower()]
        listed = tree(book.read("xl/workbook.xml")).iter(f"{SHEET}sheet")
        names = [each.attrib["name"] for each in listed]
        return {
            name: _rows(book.read(f"xl/worksheets/sheet{place}.xml"))
            for place, name in enumerate(names, 1)
        }


def tree(text):
    return ET.fromstring(text)  # noqa: S314 - what we have just made ourselves


def _rows(text):
    assert b"<f>" not in text  # no formula anywhere
    return [[_value(cell) for cell in row] for row in tree(text).iter(f"{SHEET}row")]


def _value(cell):
    if cell.attrib.get("t") == "inlineStr":
        return "".join(cell.itertext())
    return float(next(cell.iter(f"{SHEET}v")).text)


def pdf_text(content):
    with pypdfium2.PdfDocument(content) as found:
        pages = [page.get_textpage().get_text_range() for page in found]
    return " ".join(" ".join(pages).split())


def test_all_forms_have_the_same_figures(trader, address, file):
    run = trader.get(address).json
    results = run["results"]

    book = sheets(file("xlsx&locale=en").data)
    html, pdf = file("html&locale=en").text, pdf_text(file("pdf&locale=en").data)

    measures = {row[1]: row[2] for row in book["Metrics"] if len(row) > 2}
    for key, metric in CATALOGUE.items():
        value = results[key]
        if value is None or metric.unit.value == "date":
            continue
        assert measures[metric.title.en] == pytest.approx(value, rel=1e-15), key
        told = measured(value, metric.unit, "USDT", "en")
        assert f'data-metric="{key}"><td>' in html
        assert f'<td class="n">{told}' in html, key
        assert told in pdf, key


def test_a_sheet_has_every_trade_and_candle(trader, address, file):
    book = sheets(file("xlsx&locale=en").data)

    trades = walk(trader, f"{address}/trades", "trades", limit=500)
    rows = book["Trades"][1:]
    assert len(rows) == len(trades)
    profits = [each["profit"] for each in trades]
    assert [row[8] for row in rows] == pytest.approx(profits, rel=1e-14)
    entered = EPOCH + timedelta(days=rows[0][3])
    assert f"{entered:%Y-%m-%dT%H:%M}:00Z" == trades[0]["entry_time"]
    equity = trader.get(f"{address}/equity?limit=1000").json["equity"]
    values = [row["equity"] for row in equity]
    assert [row[1] for row in book["Equity"][1:]] == pytest.approx(values, rel=1e-14)


def test_the_months_grow_to_the_total_return(trader, address, file):
    months = file("json").json["months"]

    grown = 1.0
    for month in months:
        grown *= 1 + month["return_percent"] / 100
    total = trader.get(address).json["results"]["total_return"]
    assert 100 * (grown - 1) == pytest.approx(total)
    assert months[0]["month"] == "2023-01"


def test_the_json_has_the_lists_of_the_api(trader, address, file):
    report = file("json").json

    assert report["trades"] == walk(trader, f"{address}/trades", "trades", limit=500)
    equity = trader.get(f"{address}/equity?limit=1000").json["equity"]
    shown = [
        {k: v for k, v in row.items() if k != "drawdown_percent"}
        for row in report["equity"]
    ]
    assert shown == equity
    deepest = min(row["drawdown_percent"] for row in report["equity"])
    assert -deepest == pytest.approx(report["backtest"]["results"]["max_drawdown"])
    assert report["certified"]["strategy"] == "SMA_CROSS"


def test_the_figures_of_a_summary_are_numbers_in_their_units(trader, address, file):
    results = trader.get(address).json["results"]

    content = file("xlsx&locale=en").data
    lines = [row for row in sheets(content)["Summary"] if len(row) > 1]
    rows = {row[0]: row[1] for row in reversed(lines)}  # the first of a name counts

    for key in ("total_return", "max_drawdown", "fees", "final_capital"):
        assert rows[CATALOGUE[key].title.en] == pytest.approx(results[key])
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        formats = book.read("xl/styles.xml").decode()
    assert "0.00&quot;%&quot;" in formats
    assert "0.00 &quot;USDT&quot;" in formats


PERPETUAL = {"margin": {"leverage": 3}, "funding": {"rate": 0.0001}}


@pytest.fixture
def perpetual(trader, completed):
    """Return a function that gives a perpetual's report in a form, in English."""

    def get(form, **terms):
        path = completed(commission=0.001, **PERPETUAL | terms)
        return trader.get(f"{path}/report?format={form}&locale=en"), path

    return get


def test_the_price_and_the_costs_of_a_trade_are_in_each_file(trader, perpetual):
    pdf, path = perpetual("pdf")
    html = trader.get(f"{path}/report?format=html&locale=en").text
    first = trader.get(f"{path}/trades?limit=1").json["trades"][0]

    moved = first["exit_price"] - first["entry_price"]
    side = 1 if first["side"] == "LONG" else -1
    left = side * moved * first["size"] - first["fees"] - first["funding"]
    assert left == pytest.approx(first["profit"])
    for text in (pdf_text(pdf.data), html.partition('class="trades"')[2]):
        for name in ("entry_price", "exit_price", "size"):
            assert price(first[name]) in text, name
        for name in ("profit", "fees", "funding"):
            assert number(first[name]) in text, name
        assert "Funding" in text
    assert "Highest leverage" in html.partition("<h2")[0]


@pytest.mark.parametrize("form", ["html", "pdf", "xlsx"])
def test_each_file_says_leverage_size_and_funding(perpetual, form):
    answer, _path = perpetual(form, sizing={"fraction": 0.5})
    if form == "xlsx":
        rows = sheets(answer.data)["Summary"]
        text = " ".join(str(cell) for row in rows for cell in row)
    else:
        text = pdf_text(answer.data) if form == "pdf" else answer.text

    for told in ("3x leverage", "50.00% in each trade", "0.01% each 8 hours"):
        assert told in text


def test_a_spot_market_has_no_column_of_funding(file):
    html = file("html&locale=en").text

    assert "Funding" not in html.partition('class="trades"')[2].partition("</tr>")[0]
    assert "Highest leverage" not in html.partition("<h2")[0]


def test_a_result_that_lacks_funding_says_so_first(perpetual):
    unknown = {"funding": {}}
    for form, head in (("html", "<h2"), ("pdf", "How far it can be trusted")):
        answer, _path = perpetual(form, **unknown)
        text = pdf_text(answer.data) if form == "pdf" else answer.text
        assert "Funding unknown" in text.partition(head)[0]
    known, _path = perpetual("html")
    assert "Funding unknown" not in known.text


def test_a_page_of_html_needs_nothing_else(file):
    html = file("html").text

    assert not re.findall(r'(?:src|href)="', html)
    assert "@import" not in html
    assert "url(" not in html
    assert "<script" not in html
    assert html.count("<path") == 4  # equity, holding, drawdown and its area
    assert html.count("data-metric=") == len(CATALOGUE)


def test_the_certificate_and_what_it_rests_on_are_in_each(trader, address, file):
    certificate = trader.get(address).json["certificate"]
    book = sheets(file("xlsx&locale=en").data)
    summary = " ".join(str(cell) for row in book["Summary"] for cell in row)

    for text in (
        file("html&locale=en").text,
        pdf_text(file("pdf&locale=en").data),
        summary,
    ):
        assert certificate in text.replace(" ", "") or certificate in text
        assert "The candles are simulated" in text


@pytest.mark.parametrize(
    ("query", "header", "word"),
    [
        ("html", "en-GB,en;q=0.9", "Backtest report"),
        ("html", "th", "รายงานผลการทดสอบย้อนหลัง"),
        ("html&locale=th", "en", "รายงานผลการทดสอบย้อนหลัง"),
        ("html", "", "รายงานผลการทดสอบย้อนหลัง"),  # the account's own language
    ],
)
def test_a_file_is_in_the_language_that_is_asked_for(file, query, header, word):
    headers = {"Accept-Language": header} if header else {}
    assert word in file(query, **headers).text


@pytest.mark.parametrize("form", ["pdf", "html"])
def test_a_file_of_a_run_without_a_grade_says_so(file, form):
    answer = file(f"{form}&locale=en")
    text = pdf_text(answer.data) if form == "pdf" else answer.text

    assert "Grade -- It is not examined yet." in text


def test_a_pdf_can_be_read_in_thai(file):
    text = pdf_text(file("pdf&locale=th").data)

    assert "เส้นค่าเฉลี่ยธรรมดาตัดกัน" in text
    assert "เส้นค่าเฉลี่ยเร็ว 5" in text
    assert "?" not in text.replace("??", "?")[:200]


@pytest.mark.parametrize("form", ["pdf", "xlsx", "html", "json"])
def test_the_same_run_gives_the_same_bytes(file, form):
    assert file(form).data == file(form).data


@pytest.mark.parametrize("form", ["pdf", "xlsx", "html", "json"])
def test_a_stranger_gets_no_file(strangers, address, form):
    for stranger in strangers:
        assert stranger.get(f"{address}/report?format={form}").status_code == 404


@pytest.mark.parametrize("query", ["format=exe", "format=pdf&locale=fr"])
def test_another_form_is_refused(trader, address, query):
    assert trader.get(f"{address}/report?{query}").status_code == 422


def test_a_file_needs_a_result(trader, order):
    answer = trader.get(f"{RUNS}/{order()['backtest_id']}/report?format=pdf")
    assert answer.json["code"] == "backtest_not_completed"
