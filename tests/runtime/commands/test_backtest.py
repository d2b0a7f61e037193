"""A backtest from a terminal: the same arithmetic as the service's, on a file."""

import json
import re

import pytest

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.calculating import calculate
from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.errors import InvalidError
from abtpro_saas.runtime.commands.backtest.run import main
from tests.backtesting import candles_for

MARKET = ("--symbol", "BTC/USDT", "--timeframe", "1h")


@pytest.fixture
def file(tmp_path):
    """600 hours as CSV."""
    path = tmp_path / "candles.csv"
    write(path, candles_for.walk())
    return path


def write(path, candles):
    names = ("time", "open", "high", "low", "close", "volume")
    columns = [getattr(candles, name).tolist() for name in names]
    rows = [",".join(map(repr, row)) for row in zip(*columns, strict=True)]
    path.write_text("\n".join(["timestamp,open,high,low,close,volume", *rows]))


@pytest.fixture
def run(file, capsys):
    """Return a function that runs the command on the file, and gives what it prints."""

    def now(*arguments, strategy="SMA_CROSS", on=file):
        main(["run", strategy, "--file", str(on), *MARKET, *arguments])
        return capsys.readouterr()

    return now


def test_it_computes_what_the_service_computes(run):
    told = json.loads(
        run("--json", "--commission", "0.001", "--parameter", "fast=5").out
    )

    order = {"strategy_name": "SMA_CROSS", "symbol": "BTC/USDT", "timeframe": "1h"}
    asked = order | {"commission": 0.001, "parameters": {"fast": 5}}
    same = calculate(read_order(asked), [candles_for.walk()], lambda _percent: None)
    assert told["results"] == same.metrics
    assert told["certified"]["result"] == same.result
    assert told["candles"] == [600]


def test_it_prints_a_table_and_what_it_rests_on(run):
    shown = run().out

    assert "Total return" in shown
    assert "Trading is free of fees." in shown
    assert "Certificate " in shown


def test_a_table_says_what_was_run_and_over_which_time(run):
    asked = "--start", "2023-01-05", "--end", "2023-01-14", "--commission", "0.001"
    shown = run(*asked, "--parameter", "fast=5").out
    said = " ".join(shown.split())

    for told in (
        "Strategy SMA_CROSS",
        "Fast average 5",
        "Market BTC/USDT, 1h, the file candles.csv",
        "Time 2023-01-05 to 2023-01-14 (UTC), 10 days",
        "Capital 10,000.00 USDT, 100.00% in each trade, long only",
        "Fees maker 0.10%, taker 0.10%",
        "the service grades",
    ):
        assert told in said, told
    for title in ("Fees", "Slippage paid", "Buy and hold"):
        assert re.search(rf"^{title} .*\d", shown, re.MULTILINE), title
    assert "Perpetual" not in shown


def test_a_table_has_units_that_people_write(run):
    lines = [line.split() for line in run("--all").out.splitlines()]

    units = {line[-1] for line in lines if len(line) > 1}
    assert {"%", "USDT", "bars", "seconds", "UTC"} <= units
    assert not units & {"quote", "percent", "ratio", "count", "date"}


def test_a_perpetuals_table_has_its_terms_and_what_they_cost(run):
    terms = {"margin": {"leverage": 3}, "funding": {"rate": 0.0001}}
    said = " ".join(run("--terms", json.dumps(terms)).out.split())

    assert "candles.csv, 3x leverage" in said
    assert "Funding 0.01% each 8 hours" in said
    assert "Highest leverage" in said
    assert "Liquidations 0" in said


def test_it_prints_every_metric_on_demand(run):
    assert len(run("--all").out.splitlines()) > 100


def test_a_metric_without_a_value_says_why(run):
    shown = run("--all").out

    assert "-- no closed short trades" in " ".join(shown.split())


def test_a_part_of_the_file_is_run_over(run):
    told = json.loads(run("--json", "--start", "2023-01-05", "--end", "2023-01-14").out)

    assert told["candles"] == [240]


def test_a_venue_s_terms_are_taken_as_the_api_takes_them(run, tmp_path):
    file = tmp_path / "quarters.csv"
    write(file, candles_for.walk(2_400, "15m", seed=2))
    terms = {
        "margin": {"leverage": 3},
        "funding": {},
        "detail_timeframe": "15m",
    }
    told = json.loads(
        run("--json", "--terms", json.dumps(terms), "--detail-file", str(file)).out
    )

    assert told["order"]["setup"]["margin"]["leverage"] == 3
    assert told["undefined"]["funding"] == "funding_unknown"
    assert told["results"]["coarse_return"] is not None


@pytest.fixture
def funding(tmp_path):
    """Return a function that writes a file of funding."""

    def write_(*rows, head="timestamp,rate,mark"):
        path = tmp_path / "funding.csv"
        path.write_text("\n".join([head, *rows]))
        return str(path)

    return write_


def test_funding_is_read_from_a_file(run, funding):
    start, hours = candles_for.START, 8 * 3_600_000
    rates = [f"{start + n * hours},0.0001," for n in range(80)]
    asked = "--json", "--terms", '{"funding": {}}', "--funding-file"
    known = json.loads(run(*asked, funding(*rates)).out)
    fixed = json.loads(run("--json", "--terms", '{"funding": {"rate": 0.0001}}').out)
    partly = json.loads(run(*asked, funding(*rates[:9])).out)

    assert known["results"]["funding"] == fixed["results"]["funding"] > 0
    assert partly["undefined"]["funding"] == "funding_unknown"
    assert known["certified"]["data"] != fixed["certified"]["data"]


def test_rates_that_cannot_be_true_are_put_aside_and_told(run, funding):
    start, hours = candles_for.START, 8 * 3_600_000
    rates = [f"{start + n * hours},0.0001," for n in range(80)]
    asked = "--json", "--terms", '{"funding": {}}', "--funding-file"
    clean = run(*asked, funding(*rates))

    dirty = run(*asked, funding(*reversed(rates), f"{start},5,", f"{start + 1},1,-3"))

    told = "1 rates put aside: not_positive", "1 rates put aside: rate_too_large"
    assert "put aside" not in clean.err
    assert all(each in dirty.err for each in told)
    assert json.loads(dirty.out)["certified"] == json.loads(clean.out)["certified"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("yesterday,0.0001,", "row 1, column timestamp: 'yesterday' is no time"),
        ("1672531200000,much,", "row 1, column rate: 'much' is no number"),
        ("1672531200000,5,", "funding.csv has no rate that can be kept"),
        ("1672531200000,nan,", "funding.csv has no rate that can be kept"),
    ],
)
def test_funding_without_a_rate_is_refused(run, funding, row, told):
    with pytest.raises(InvalidError, match=told):
        run("--terms", '{"funding": {}}', "--funding-file", funding(row))


def test_a_file_of_funding_that_is_not_there_is_refused(run, tmp_path):
    with pytest.raises(InvalidError, match="there is no file") as refused:
        run("--funding-file", str(tmp_path / "none.csv"))

    assert refused.value.field == "funding_file"


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ("margin", "terms"),
        ("[1]", "terms"),
        ('{"seed": 1}', "terms"),
        ('{"margin": 3}', "margin"),
        ('{"margin": {"leverage": 0}}', "margin.leverage"),
        ('{"detail_timeframe": "15m"}', "detail_timeframe"),
    ],
)
def test_terms_that_cannot_be_used_are_refused(run, terms, field):
    with pytest.raises(OrderError) as refusal:
        run("--terms", terms)

    assert refusal.value.field == field


def test_rows_that_cannot_be_true_are_told_and_put_aside(run, file):
    first, *rest = file.read_text().splitlines()
    spoilt = rest[5].split(",")
    spoilt[2] = "1.0"  # a high below the low
    file.write_text("\n".join([first, *rest[:5], ",".join(spoilt), *rest[6:]]))

    shown = run("--json")

    assert "1 rows put aside: high_too_low" in shown.err
    assert json.loads(shown.out)["candles"] == [599]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--parameter", "fast=0"], "parameters.fast"),
        (["--parameter", "fast"], "parameters"),
        (["--start", "2030-01-01"], "start_date"),
        (["--commission", "5"], "commission"),
    ],
)
def test_what_cannot_be_run_is_refused_by_its_name(run, arguments, field):
    with pytest.raises(OrderError) as refusal:
        run(*arguments)

    assert refusal.value.field == field


def test_a_file_that_is_not_there_is_named(run, tmp_path):
    with pytest.raises(InvalidError, match="there is no file"):
        run(on=tmp_path / "nothing.csv")
