"""The pages of market data: coverage, a chart's candles, and bringing one's own."""

import io
import re
from uuid import UUID

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.roles import Role
from abtpro_saas.markets.imports import progress
from abtpro_saas.markets.imports.working import Importer
from abtpro_saas.markets.messages import ReviewImport
from abtpro_saas.markets.tables import Import, Series
from tests.backtesting.candles_for import START

HOUR = 3_600_000
CSV = b"timestamp,open,high,low,close,volume\n1672531200000,1,2,1,2,5\n"
FILE = {"exchange": "my_desk", "symbol": "btc/usdt", "timeframe": "1h"}


@pytest.fixture
def bring(shown, submit):
    """Return a function that sends a file with the form."""

    def send(content=CSV, **changed):
        fields = FILE | changed
        if content is not None:
            fields["file"] = (io.BytesIO(content), "mine.csv")
        return submit(shown, "/market/imports/file", at="/market/imports/new", **fields)

    return send


def test_series_stand_with_what_they_cover_and_lack(shown, candles):
    candles(without=range(100, 130))
    text = shown.get("/market").text
    assert "BTC/USDT" in text
    assert "simulated" in text
    assert "95.00%" in text
    assert "30 missing" in text


def test_a_market_without_candles_says_so(shown):
    assert "There are no candles yet" in shown.get("/market").text


def test_a_series_shows_its_passport_and_its_gaps(shown, candles):
    series = candles(without=range(100, 130))
    text = shown.get(f"/market/{series.series_id}").text
    assert series.fingerprint in text
    assert "Nobody ever traded at these prices" in text
    assert text.count("Candles missing") > 0


def test_series_of_one_market_are_told_apart_by_source_and_owner(shown, candles, owner):
    candles(exchange="binance")
    candles(exchange="mine", owner_id=owner)
    rows = shown.get("/market").text.partition('id="series"')[2].split("<tr>")
    told = [
        (each in row, "your tenant's" in row, ">yours<" in row)
        for row in rows
        for each in ("binance", "mine")
        if each in row
    ]
    assert told == [(True, True, False), (True, False, True)]


def test_days_are_said_to_be_utcs(shown, series):
    text = shown.get("/market").text
    assert "Days are UTC" in text
    assert "Bangkok" not in text.rpartition("<footer")[2]


def test_a_page_names_its_source_and_whose_it_is(shown, candles, owner):
    own = candles(exchange="my_desk", owner_id=owner)
    text = shown.get(f"/market/{own.series_id}").text
    assert "my_desk" in text.partition("<title>")[2].partition("</title>")[0]
    assert "yours: nobody else sees it" in text


def test_what_is_odd_is_told_with_its_price_and_distance(
    shown, candles, engine, tenant
):
    series = candles()
    odd = {"time": START, "price": 123_456.75, "scales": 31.5}
    with tenant_transaction(engine, tenant) as session:
        row = session.get_one(Series, (tenant, series.series_id))
        row.passport = row.passport | {"outliers": [odd], "outlier_count": 1}
    text = shown.get(f"/market/{series.series_id}").text
    part = text.partition('id="odd-head"')[2].partition("</section>")[0]
    assert "123,456.75" in part
    assert "31.50 usual movements" in part
    assert "The first 50" not in part


def test_a_long_list_of_what_is_odd_says_of_how_many(shown, candles, engine, tenant):
    series = candles()
    odd = [{"time": START + n, "price": 1.0, "scales": 31.5} for n in range(60)]
    with tenant_transaction(engine, tenant) as session:
        row = session.get_one(Series, (tenant, series.series_id))
        row.passport = row.passport | {"outliers": odd, "outlier_count": 1234}
    text = shown.get(f"/market/{series.series_id}").text
    part = text.partition('id="odd-head"')[2].partition("</section>")[0]
    assert part.count("usual movements") == 50
    assert "The first 50 of 1,234." in part


@pytest.mark.parametrize(
    ("passport", "told"),
    [
        (
            {"origins": ["exchange", "file"]},
            "kraken, which was asked · A file that was",
        ),
        ({"origins": ["model"]}, "A market model of ABTPro"),
        ({"source": "A file that was brought"}, "A file that was brought"),
        ({"source": "kraken, asked by ccxt"}, "kraken, which was asked"),
    ],
)
def test_a_passport_says_in_words_where_its_rows_come_from(
    shown, candles, engine, tenant, passport, told
):
    series = candles(exchange="kraken")
    with tenant_transaction(engine, tenant) as session:
        row = session.get_one(Series, (tenant, series.series_id))
        row.passport = row.passport | passport
    text = shown.get(f"/market/{series.series_id}").text
    assert told in text.partition('id="passport-head"')[2]


def test_days_of_a_series_are_utcs_in_the_list_and_on_its_page(shown, candles):
    series = candles(bars=24)
    page, listed = (
        shown.get(path).text.replace("\xa0", " ")
        for path in (f"/market/{series.series_id}", "/market")
    )
    facts = page.partition('id="passport-head"')[2].partition("</section>")[0]
    assert facts.count("1 Jan 2023") == listed.count("1 Jan 2023") == 2
    assert "07:00" not in facts
    assert "days are UTC" in page.rpartition("<footer")[2]


def test_an_import_from_the_simulator_says_so(make_app, browser, owner, submit):
    led = make_app(EXCHANGE_URLS="binance=http://127.0.0.1:9")
    shown = browser(owner, at=led)
    fields = {"symbol": "BTC/USDT", "timeframe": "1h", "start": "2024-01-01"}
    sent = submit(
        shown,
        "/market/imports",
        at="/market/imports/new",
        **fields | {"exchange": "binance", "end": "2024-01-02"},
    )
    for page in (sent.location, "/market"):
        assert ">simulated</span>" in shown.get(page).text


def test_a_chart_gets_the_candles_of_its_range(shown, series):
    path = f"/market/{series.series_id}/chart.json"
    start = START + 100 * HOUR
    told = shown.get(f"{path}?from={start}&to={start + 50 * HOUR}&points=1000").json
    assert told["time"] == [start + n * HOUR for n in range(50)]
    assert told["step"] == HOUR
    assert told["whole"] == [START, START + 600 * HOUR]


def test_many_candles_are_merged_and_keep_their_extremes(shown, series):
    path = f"/market/{series.series_id}/chart.json"
    fine, coarse = (shown.get(f"{path}?points={n}").json for n in (1000, 60))
    assert len(coarse["time"]) <= 61
    assert coarse["step"] == 12 * HOUR
    assert max(coarse["high"]) == max(fine["high"])
    assert min(coarse["low"]) == min(fine["low"])
    assert sum(coarse["volume"]) == pytest.approx(sum(fine["volume"]))
    assert (coarse["open"][0], coarse["close"][-1]) == (
        fine["open"][0],
        fine["close"][-1],
    )


def test_all_of_a_long_series_is_drawn(shown, candles):
    long = candles(700_000, timeframe="1m")
    told = shown.get(f"/market/{long.series_id}/chart.json?points=1500").json
    assert told["time"][0] == told["whole"][0] == START
    assert told["time"][-1] + told["step"] >= told["whole"][1]
    assert len(told["time"]) <= 1501


def test_a_chart_of_a_gap_is_empty(shown, candles):
    series = candles(without=range(100, 130))
    path = f"/market/{series.series_id}/chart.json"
    start = START + 105 * HOUR
    told = shown.get(f"{path}?from={start}&to={start + 9 * HOUR}").json
    assert (told["time"], told["open"]) == ([], [])
    assert told["whole"] == [START, START + 600 * HOUR]


@pytest.mark.parametrize("query", ["from=x", "from=9999999999999999999999", "points=0"])
def test_a_nonsensical_range_harms_nothing(shown, series, query):
    answer = shown.get(f"/market/{series.series_id}/chart.json?{query}")
    assert answer.status_code == 200


def test_a_traders_own_series_is_hidden_from_others(browser, trader, owner, candles):
    own = candles(owner_id=owner, exchange="my_desk")
    assert browser(owner).get(f"/market/{own.series_id}").status_code == 200
    stranger = browser(trader())
    assert stranger.get(f"/market/{own.series_id}").status_code == 404
    assert stranger.get(f"/market/{own.series_id}/chart.json").status_code == 404


def test_a_file_is_taken_and_its_import_followed(shown, bring, engine, tenant):
    answer = bring()
    assert answer.status_code == 303
    page = shown.get(answer.location)
    assert "In the queue" in page.text
    part, _, rest = page.text.partition('id="import"')[2].partition('role="status"')
    assert "<div" in part
    assert "In the queue" in rest[:300]
    assert "data-live=" in page.text
    assert "BTC/USDT" in shown.get("/market").text

    import_id = answer.location.rpartition("/")[2]
    with tenant_transaction(engine, tenant) as session:
        progress.fail(
            session, tenant, import_id, utc_now(), code="nothing_imported", message="-",
            findings={"quarantined": 3, "reasons": {"high_too_low": 3}},
        )  # fmt: skip
    text = shown.get(answer.location).text
    assert "There was no row that could be used." in text
    assert "With a high below another price" in text
    assert "data-live=" not in text


def test_rows_put_aside_stand_with_their_reason_and_what_stood_there(
    shown, bring, engine, tenant, root
):
    content = b"".join(
        (
            CSV,
            b"1672534800000,1,<b>,1,2,5\n",
            b"never,1,2,1,2,5\n",
            b"1672538400000,1,2,1,9,5\n",
            b"1672538400001,1,2,1,2,5\n",
        )
    )
    where = bring(content).location
    key = (tenant, UUID(where.rpartition("/")[2]))
    work = ReviewImport(str(tenant), str(key[1]), utc_now())
    assert Importer(engine, root).work(work).status == "COMPLETED"

    part = shown.get(where).text.partition('id="aside-head"')[2]
    rows = [re.sub(r"<[^>]+>", " ", each) for each in part.split("<tr>")[2:]]
    told = [" ".join(each.split()) for each in rows]
    assert told[0].startswith("2 ")
    assert told[0].endswith("Without a number where one should be high: &lt;b&gt;")
    assert told[1] == "3 -- Without a time that can be read timestamp: never"
    assert told[2].startswith("4 ")
    assert "open 1, high 2, low 1, close 9, volume 5" in told[2]
    assert "timestamp 1672538400001, open 1" in told[3]


TRADES = b"timestamp,price,amount\n1672531200000,10,1\n1672617600000,11,2\n"


def test_a_file_of_trades_is_said_to_cover_whole_days(bring, engine, tenant):
    answer = bring(TRADES, start="2023-01-01", end="2023-01-02")
    with tenant_transaction(engine, tenant) as session:
        key = tenant, UUID(answer.location.rpartition("/")[2])
        row = session.get_one(Import, key)
    assert [each.date().isoformat() for each in (row.starts_at, row.ends_at)] == [
        "2023-01-01",
        "2023-01-03",
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"start": "2023-01-01"}, "A day is needed here"),
        ({"end": "2023-01-01"}, "A day is needed here"),
        ({"start": "2023-01-02", "end": "2023-01-01"}, "must come before"),
        (
            {"start": "2023-01-01", "end": "2023-01-02", "timeframe": "funding"},
            "of files of trades alone",
        ),
    ],
)
def test_days_that_a_file_cannot_have_are_refused(bring, changed, told):
    page = bring(TRADES, **changed)
    assert page.status_code == 422
    assert told in page.text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"symbol": "bitcoin"}, "two currencies"),
        ({"exchange": "simulated"}, "it is not free"),
        ({"timeframe": "7m"}, "Choose a time frame."),
        ({"content": None}, "Choose one file"),
    ],
)
def test_a_refused_file_names_the_field(bring, changed, told):
    page = bring(**changed)
    assert page.status_code == 422
    assert told in page.text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"exchange": "nowhere"}, "No exchange of this name"),
        ({"start": ""}, "A day is needed here"),
        ({"end": ""}, "A day is needed here"),
        ({"start": "2024-01-02", "end": "2024-01-01"}, "This day must come before"),
        ({"start": "2010-01-01", "timeframe": "1m"}, "Choose fewer candles"),
    ],
)
def test_a_refused_order_at_an_exchange_names_the_field(shown, submit, changed, told):
    fields = {"exchange": "binance", "symbol": "BTC/USDT", "timeframe": "1h"}
    days = {"start": "2024-01-01", "end": "2024-01-02"}
    page = submit(
        shown, "/market/imports", at="/market/imports/new", **fields | days | changed
    )
    assert page.status_code == 422
    assert told in page.text


def test_an_import_is_cancelled(shown, bring, submit):
    path = bring().location
    submit(shown, path + "/cancellation", at=path)
    assert "It was cancelled" in shown.get(path).text


def test_nobody_sees_an_import_of_others(browser, trader, bring):
    assert browser(trader()).get(bring().location).status_code == 404


def test_only_who_may_import_finds_the_form(browser, trader, user):
    assert browser(trader(plan=None)).get("/market/imports/new").status_code == 402
    viewer = browser(user(Role.VIEWER, locale="en"))
    assert viewer.get("/market/imports/new").status_code in {402, 403}
    assert viewer.get("/market").status_code == 200


def test_a_series_of_ones_own_is_removed_from_its_page(
    shown, submit, candles, owner, browser, trader
):
    mine = candles(exchange="mine", owner_id=owner)
    shared = candles(symbol="ETH/USDT")
    page = f"/market/{mine.series_id}"
    assert browser(trader()).get(page).status_code == 404
    assert "cannot be brought back" in shown.get(page).text
    assert "cannot be brought back" not in shown.get(f"/market/{shared.series_id}").text

    submit(shown, f"{page}/removal", at=page)

    assert shown.get(page).status_code == 404
    refused = submit(shown, f"/market/{shared.series_id}/removal", at="/market")
    assert refused.status_code == 403
    assert shown.get(f"/market/{shared.series_id}").status_code == 200
