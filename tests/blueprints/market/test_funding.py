"""Funding over the API: described, listed, and never taken for candles."""

import pytest

from tests.markets.funding.conftest import PERPETUAL, made, rows

MARKET = "/api/v1/market"
FUNDING, SERIES = f"{MARKET}/funding", f"{MARKET}/series"


@pytest.fixture
def reader(client, api_key, user):
    """A trader's client, and who it is."""
    me = user()
    return client(key=api_key(me)), me


def told(answer):
    return [(each["time"], each["rate"], each["mark"]) for each in answer["rates"]]


def test_histories_are_listed_beside_candles(reader, new_series, new_funding):
    asked, _ = reader
    candles, funding = str(new_series()), str(new_funding())

    everything = asked.get(SERIES).json["series"]
    narrowed = asked.get(SERIES, query_string={"timeframe": "funding"}).json["series"]

    assert [each["id"] for each in everything] == [candles, funding]
    assert [each["id"] for each in narrowed] == [funding]
    assert (narrowed[0]["symbol"], narrowed[0]["rows"]) == (PERPETUAL, 6)
    assert narrowed[0]["starts_at"] == "2023-01-01T00:00:00Z"
    assert narrowed[0]["ends_at"] == "2023-01-02T16:00:00.001000Z"


@pytest.mark.parametrize(
    "query",
    [
        {"exchange": "okx", "symbol": "BTC/USDT:USDT"},
        {"exchange": "OKX", "symbol": "btc/usdt"},
    ],
)
def test_rates_are_what_was_kept(reader, new_funding, query):
    asked, _ = reader
    series_id = new_funding()

    answer = asked.get(FUNDING, query_string=query).json

    assert told(answer) == rows(made(6))
    assert answer["rates"][0]["mark"] is None
    assert (answer["count"], answer["next_cursor"]) == (6, None)
    assert answer["series"]["id"] == str(series_id)
    by_id = asked.get(FUNDING, query_string={"series_id": series_id}).json
    assert by_id == answer


def test_without_an_exchange_it_is_the_tenants_default_source(
    reader, new_series, new_funding
):
    asked, _ = reader
    new_funding(exchange="bybit")
    refused = asked.get(FUNDING, query_string={"symbol": PERPETUAL})
    new_series()
    new_funding()

    answer = asked.get(FUNDING, query_string={"symbol": PERPETUAL}).json

    assert refused.json["code"] == "series_not_found"
    assert answer["series"]["exchange"] == "okx"


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        ({"start": "2023-01-02"}, 3, 6),
        ({"end": "2023-01-01"}, 0, 3),
        ({"start": "2023-01-01T08:00:00Z", "end": "2023-01-01T16:00:00Z"}, 1, 2),
        ({"start": "2024-01-01"}, 6, 6),
        ({"start": "2023-01-02", "end": "2023-01-02"}, 3, 6),
    ],
)
def test_a_span_is_days_or_instants(reader, new_funding, span, first, last):
    asked, _ = reader

    answer = asked.get(FUNDING, query_string={"series_id": new_funding()} | span).json

    assert told(answer) == rows(made(6))[first:last]


def test_a_long_history_is_read_page_by_page(reader, new_funding):
    asked, _ = reader
    query = {"series_id": new_funding(made(25)), "limit": 10, "start": "2023-01-02"}

    pages = [asked.get(FUNDING, query_string=query).json]
    while (cursor := pages[-1]["next_cursor"]) is not None:
        pages.append(asked.get(FUNDING, query_string=query | {"cursor": cursor}).json)

    assert [page["count"] for page in pages] == [10, 10, 2]
    assert [each for page in pages for each in told(page)] == rows(made(25))[3:]


@pytest.mark.parametrize("changed", [{"start": "2023-01-01"}, {"series_id": None}])
def test_a_cursor_opens_for_its_own_list_alone(reader, new_funding, changed):
    asked, _ = reader
    query = {"series_id": new_funding(), "limit": 2}
    cursor = asked.get(FUNDING, query_string=query).json["next_cursor"]
    if "series_id" in changed:
        changed = {"series_id": new_funding(exchange="bybit")}

    answer = asked.get(FUNDING, query_string=query | changed | {"cursor": cursor})

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_cursor")


def test_ones_own_comes_before_the_tenants(reader, new_funding, client, api_key):
    asked, me = reader
    new_funding()
    new_funding(made(3, seed=2), owner=me)
    query = {"exchange": "okx", "symbol": PERPETUAL}

    mine = asked.get(FUNDING, query_string=query).json
    others = client(key=api_key()).get(FUNDING, query_string=query).json

    assert told(mine) == rows(made(3, seed=2))
    assert told(others) == rows(made(6))


def test_what_is_anothers_is_not_there(
    reader, new_funding, client, api_key, user, new_tenant
):
    asked, _ = reader
    query = {"exchange": "okx", "symbol": PERPETUAL}
    theirs = new_funding(owner=user()), new_funding(tenant_id=new_tenant())

    answer = asked.get(FUNDING, query_string=query)

    assert (answer.status_code, answer.json["code"]) == (404, "funding_missing")
    assert answer.json["errors"][0]["pointer"] == "/symbol"
    for series_id in theirs:
        by_id = asked.get(FUNDING, query_string={"series_id": series_id})
        assert (by_id.status_code, by_id.json["code"]) == (404, "not_found")
    assert client().get(FUNDING, query_string=query).status_code == 401


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({}, "/symbol"),
        ({"exchange": "okx"}, "/symbol"),
        ({"symbol": "BTC"}, "/symbol"),
        ({"series_id": "x"}, "/series_id"),
        ({"symbol": PERPETUAL, "limit": 0}, "/limit"),
        ({"symbol": PERPETUAL, "start": "yesterday"}, "/start"),
        ({"symbol": PERPETUAL, "timeframe": "funding"}, "/timeframe"),
        ({"symbol": PERPETUAL, "start": "2024-01-01", "end": "2023-01-01"}, "/end"),
        ({"symbol": PERPETUAL, "start": "2024-01-02", "end": "2024-01-01"}, "/end"),
        ({"symbol": PERPETUAL, "start": "9999-12-31"}, "/start"),
        ({"symbol": PERPETUAL, "end": "9999-12-31"}, "/end"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(reader, new_series, query, pointer):
    asked, _ = reader
    new_series()

    answer = asked.get(FUNDING, query_string=query)

    assert answer.status_code == 422
    assert pointer in {each["pointer"] for each in answer.json["errors"]}


def test_funding_is_never_taken_for_candles(reader, new_series, new_funding):
    asked, _ = reader
    funding, candles = new_funding(), new_series()
    named = {"exchange": "okx", "symbol": PERPETUAL, "timeframe": "funding"}

    for query in (
        named,
        {"series_id": funding},
        {"series_id": funding, "timeframe": "1h"},
    ):
        answer = asked.get(f"{MARKET}/candles", query_string=query)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == "/timeframe"
    assert answer.json["detail"] == "this series holds funding, no candles"
    missing = asked.get(f"{MARKET}/candles", query_string=named | {"timeframe": "1h"})
    assert (missing.status_code, missing.json["code"]) == (404, "series_not_found")
    other = asked.get(FUNDING, query_string={"series_id": candles})
    assert (other.status_code, other.json["code"]) == (404, "funding_missing")


@pytest.mark.parametrize("path", [f"{FUNDING}?symbol=A/B"])
def test_who_has_no_backtesting_is_told_where_to_get_it(client, api_key, path):
    answer = client(key=api_key(plan="BASIC")).get(path)

    assert (answer.status_code, answer.json["code"]) == (402, "feature_needed")


def test_a_key_without_the_scope_reads_nothing(client, api_key):
    answer = client(key=api_key(scopes={"wallet:read"})).get(f"{FUNDING}?symbol=A/B")

    assert (answer.status_code, answer.json["code"]) == (403, "missing_scope")


def test_a_history_is_removed_as_candles_are(reader, new_funding):
    asked, me = reader
    gone = new_funding(owner=me)

    assert asked.delete(f"{SERIES}/{gone}").status_code == 200

    answer = asked.get(FUNDING, query_string={"exchange": "okx", "symbol": PERPETUAL})
    assert answer.status_code == 404
