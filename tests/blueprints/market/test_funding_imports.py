"""Imports of funding over the API."""

import io

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.identity.roles import Role
from abtpro_saas.markets.imports.working import Importer
from abtpro_saas.markets.messages import ReviewImport
from tests.markets.funding.conftest import PERPETUAL, csv_of, made

MARKET = "/api/v1/market"
SERIES = f"{MARKET}/series"
ORDER = {
    "exchange": "binance",
    "symbol": "BTC/USDT",
    "timeframe": "funding",
    "start": "2023-01-01",
    "end": "2023-01-31",
}
NAMES = {"exchange": "my-desk", "symbol": "btc/usdt", "timeframe": "funding"}


@pytest.fixture
def reader(client, api_key, user):
    """A trader's client, and who it is."""
    me = user()
    return client(key=api_key(me)), me


@pytest.fixture
def work(engine, tenant, settings):
    """Return a function that does what the import's process would."""
    importer = Importer(engine, settings().backtest_data_path)

    def run(answer):
        order = ReviewImport(str(tenant), answer["id"], utc_now())
        return importer.work(order).status

    return run


def form(rates, **fields):
    file = io.BytesIO(csv_of(rates).encode()), "funding.csv"
    return {"data": NAMES | fields | {"file": file}}


def test_an_order_names_the_perpetual_that_it_is_kept_as(reader):
    asked, _ = reader

    answer = asked.post(f"{MARKET}/import", json=ORDER)

    assert answer.status_code == 202, answer.text
    assert answer.json["symbol"] == PERPETUAL
    assert answer.json["timeframe"] == "funding"
    assert asked.get(f"{MARKET}/imports/{answer.json['id']}").json == answer.json


def test_a_file_becomes_a_history_of_ones_own(reader, work, client, api_key):
    asked, _ = reader
    rates = made(30)
    rates.rate[3] = 7.0

    answer = asked.post(f"{MARKET}/import", **form(rates))
    assert (answer.json["symbol"], work(answer.json)) == (PERPETUAL, "COMPLETED")

    done = asked.get(f"{MARKET}/imports/{answer.json['id']}").json
    assert (done["rows"], done["quarantined"]) == (29, 1)
    series = asked.get(f"{SERIES}/{done['series_id']}").json
    assert (series["own"], series["timeframe"]) == (True, "funding")
    passport = series["passport"]
    assert passport["reasons"] == {"rate_too_large": 1}
    assert (passport["interval_hours"], passport["missing"]) == (8.0, 1)
    assert passport["fingerprint"] == series["fingerprint"]
    other = client(key=api_key())
    assert other.get(f"{SERIES}/{done['series_id']}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"symbol": "BTCUSDT"}, "/symbol"),
        ({"exchange": "simulated"}, "/exchange"),
        ({"start": "2023-01-01", "end": "2023-01-31"}, "/start"),
    ],
)
def test_what_cannot_be_imported_is_refused_by_name(reader, fields, pointer):
    asked, _ = reader

    answer = asked.post(f"{MARKET}/import", **form(made(3), **fields))

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]
    assert asked.get(f"{MARKET}/imports").json["imports"] == []


def test_a_viewer_imports_nothing(client, api_key):
    answer = client(key=api_key(role=Role.VIEWER)).post(f"{MARKET}/import", json=ORDER)

    assert answer.status_code in {402, 403}
