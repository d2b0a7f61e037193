"""What a series remembers of where it comes from, over all of its imports."""

import json

import pytest
from sqlalchemy import select

from abtpro_saas.database import tenant_transaction
from abtpro_saas.markets.imports import provenance
from abtpro_saas.markets.imports.provenance import is_brought, origins_of
from abtpro_saas.markets.tables import Series
from tests.markets.conftest import HOUR, MINUTE, changed, made
from tests.markets.importing import BEGIN, Desk
from tests.markets.test_reading import csv_of
from tests.markets.test_trades import FOUR
from tests.markets.test_trades import csv_of as trades_of

START = round(BEGIN.timestamp() * 1000)


@pytest.fixture
def desk(engine, tenant, user, tmp_path, exchange):
    """A trader whose binance is the exchange simulator."""
    urls = (("binance", exchange.url),)
    return Desk(engine, tenant, user(), str(tmp_path / "data"), urls)


def bring(desk, candles, **named):
    return desk.finish(desk.bring(csv_of(candles).encode(), **named))


DIRTY = changed(made(20), high={3: 1.0, 4: 1.0}, volume={7: -1.0})


def test_a_file_under_an_exchanges_name_stays_one_that_was_brought(desk):
    bring(desk, made(20), exchange="binance")
    series = desk.series()
    assert (origins_of(series), is_brought(series)) == (["file"], True)

    desk.finish(desk.ask())
    series = desk.series()
    assert (origins_of(series), is_brought(series)) == (["file", "model"], True)
    assert [each["origin"] for each in series.passport["imports"]] == ["file", "model"]


def test_what_an_exchange_told_alone_was_not_brought(desk):
    desk.finish(desk.ask())

    assert not is_brought(desk.series())


def test_trades_of_a_file_were_brought_too(desk):
    desk.finish(desk.bring(trades_of(*FOUR)))

    series = desk.series(exchange="mine")
    assert (origins_of(series), is_brought(series)) == (["trades"], True)


def test_funding_of_a_file_was_brought_too(desk):
    raw = f"timestamp,rate\n{START},0.0001\n{START + 8 * HOUR},9\n".encode()
    desk.finish(desk.bring(raw, timeframe="funding"))

    series = desk.series(exchange="mine", symbol="BTC/USDT:USDT", timeframe="funding")
    assert is_brought(series)
    (only,) = series.passport["imports"]
    assert (only["start"], only["end"], only["rows"]) == (START, START + 1, 1)
    assert only["reasons"] == {"rate_too_large": 1}


def test_a_clean_import_hides_nothing_that_one_before_put_aside(desk):
    first = bring(desk, DIRTY)
    later = bring(desk, made(20, start=START + 400 * 24 * HOUR))

    told = desk.series(exchange="mine").passport
    one, other = told["imports"]
    assert one["import_id"] == str(first.import_id)
    assert (one["rows"], one["quarantined"], other["quarantined"]) == (17, 3, 0)
    assert one["reasons"] == {"high_too_low": 2, "not_positive": 1}
    assert other["import_id"] == str(later.import_id)
    assert (other["start"], other["end"]) == (
        START + 400 * 24 * HOUR,
        START + 400 * 24 * HOUR + 20 * MINUTE,
    )
    assert told["totals"] == {
        "imports": 2,
        "rows": 37,
        "replaced": 0,
        "quarantined": 3,
        "reordered": 0,
        "reasons": {"high_too_low": 2, "not_positive": 1},
    }


def test_what_was_replaced_and_made_of_trades_is_added_up(desk):
    bring(desk, made(20))
    bring(desk, made(20, seed=2))
    desk.finish(desk.bring(trades_of(*FOUR)))

    told = desk.series(exchange="mine").passport
    assert told["totals"]["replaced"] == 21
    assert (told["totals"]["trades"], told["totals"]["cut"]) == (2, 2)
    assert [each["replaced"] for each in told["imports"]] == [0, 20, 1]


def test_the_last_imports_are_listed_and_all_are_counted(desk, monkeypatch):
    monkeypatch.setattr(provenance, "MOST_IMPORTS", 2)

    for seed in range(4):
        bring(desk, made(5, seed=seed))

    told = desk.series(exchange="mine").passport
    assert (len(told["imports"]), told["totals"]["imports"]) == (2, 4)
    assert told["totals"]["rows"] == 20
    assert len(json.dumps(told["imports"])) < 2000


def keep_as_before(desk, **named):
    """Let a series have a passport as it was when it told its last origin alone."""
    with tenant_transaction(desk.engine, desk.tenant_id) as session:
        series = session.scalars(select(Series).where(Series.exchange == "mine")).one()
        dropped = ("origins", "imports", "totals")
        told = {k: v for k, v in series.passport.items() if k not in dropped}
        series.passport = told | named


def test_a_passport_of_before_tells_its_last_import(desk):
    bring(desk, DIRTY)
    keep_as_before(desk)
    assert is_brought(desk.series(exchange="mine"))

    bring(desk, made(5, start=START + 400 * 24 * HOUR))

    told = desk.series(exchange="mine").passport
    assert (told["origins"], told["totals"]["quarantined"]) == (["file"], 3)
    assert told["imports"][0]["import_id"] is None
    assert told["totals"]["imports"] == 2


@pytest.mark.parametrize(
    ("source", "brought"),
    [
        ("Trades of a file that was brought", True),
        ("binance, asked by ccxt", False),
    ],
)
def test_a_passport_of_before_tells_its_origin_in_words(desk, source, brought):
    bring(desk, DIRTY)
    keep_as_before(desk, source=source)

    assert is_brought(desk.series(exchange="mine")) is brought
