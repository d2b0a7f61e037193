"""Imports of funding from an exchange, through every trouble."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.markets.funding.store import FundingStore
from abtpro_saas.markets.imports.funding import FundingContent
from abtpro_saas.markets.imports.ordering import SpanError
from abtpro_saas.markets.naming import MarketNameError
from abtpro_saas.markets.service import SeriesName
from abtpro_saas.markets.simulated.model import START_MS
from abtpro_saas.markets.simulated.seeding import location_of
from tests.markets.conftest import DAY, HOUR, MINUTE
from tests.markets.exchange import DAYS, serving
from tests.markets.funding.conftest import PERPETUAL, FundingDesk, made, rows
from tests.markets.importing import BEGIN

HOURS = 2_500
"""So many rates take three pages of an exchange."""


@pytest.fixture(scope="module")
def hourly(tmp_path_factory):
    """An exchange that settles each hour, and its rates."""
    root = str(tmp_path_factory.mktemp("hourly"))
    rates = made(HOURS, start=START_MS, step=HOUR)
    # As the exchange tells it: every instant has a mark, and eight decimals.
    rates.mark[:] = np.arange(HOURS) + 100.0
    rates.rate[:] = np.round(rates.rate, 8)
    FundingStore(root).write(location_of("BTC/USDT"), rates)
    with serving(root) as running:
        running.sim("clock", now_ms=START_MS + HOURS * HOUR)
        yield running, rates


@pytest.fixture
def long_desk(engine, tenant, user, tmp_path, hourly):
    """A trader whose binance settles each hour."""
    urls = (("binance", hourly[0].url),)
    return FundingDesk(engine, tenant, user(), str(tmp_path / "data"), urls)


def whole(desk):
    """Ask for all of a long history; return the import's id."""
    return desk.ask(end=BEGIN + timedelta(hours=HOURS))


def test_an_exchanges_funding_becomes_a_series(desk):
    row = desk.finish(desk.ask(end=BEGIN + timedelta(days=DAYS)))

    series, rates = desk.kept()
    assert (row.status, row.progress, row.rows) == ("COMPLETED", 100, 3 * DAYS)
    assert (row.symbol, row.timeframe) == (PERPETUAL, "funding")
    assert (row.series_id, series.owner_id) == (series.series_id, desk.user_id)
    assert len(rates) == 3 * DAYS
    assert series.fingerprint == FundingStore(desk.root).fingerprint(series.location)
    assert series.simulated
    assert "simulator" in series.passport["source"]
    assert desk.left() == []


def test_a_series_lasts_from_its_first_rate_until_after_its_last(desk):
    desk.finish(desk.ask(end=BEGIN + timedelta(days=2)))

    series, rates = desk.kept()
    assert (series.rows, series.passport["rows"]) == (len(rates), len(rates))
    assert series.starts_at == datetime.fromtimestamp(rates[0][0] / 1000, UTC)
    after = datetime.fromtimestamp(rates[-1][0] / 1000, UTC)
    assert series.ends_at == after + timedelta(milliseconds=1)
    assert series.passport["interval_hours"] == 8.0


@pytest.mark.parametrize("asked", ["BTC/USDT", "btc/usdt:usdt"])
def test_a_pair_is_kept_as_its_linear_perpetual(desk, asked):
    assert desk.row(desk.ask(symbol=asked)).symbol == PERPETUAL


def test_what_is_to_come_is_left_out_by_the_exchanges_clock(desk, exchange):
    exchange.sim("clock", now_ms=START_MS + DAY + MINUTE)

    row = desk.finish(desk.ask(end=BEGIN + timedelta(days=DAYS)))

    _, rates = desk.kept()
    assert rates[-1][0] == START_MS + DAY
    assert row.rows == len(rates)


def test_an_exchange_is_asked_until_its_clock_and_no_further(tmp_path):
    name = SeriesName("binance", PERPETUAL, "funding")
    content = FundingContent(str(tmp_path), name)

    assert content.bounds(START_MS, START_MS + DAY, START_MS + HOUR) == (
        START_MS,
        START_MS + HOUR,
    )
    assert content.bounds(START_MS, START_MS + HOUR, START_MS + DAY) == (
        START_MS,
        START_MS + HOUR,
    )


def test_a_long_history_comes_page_by_page(long_desk, hourly):
    import_id = whole(long_desk)

    seen = []
    while (standing := long_desk.work(import_id, stretch_s=0)).review_at is not None:
        seen.append(long_desk.row(import_id).rows)

    assert seen == [1000, 2000, 2500]
    assert (standing.status, "2,500 rates" in standing.summary) == ("COMPLETED", True)
    assert long_desk.kept()[1] == rows(hourly[1])
    assert long_desk.left() == []


@pytest.mark.parametrize("kind", ["rate_limited", "dropped", "html_ok", "blank"])
def test_a_fault_is_waited_out_and_nothing_is_lost(long_desk, hourly, kind):
    import_id = whole(long_desk)
    long_desk.work(import_id, stretch_s=0)
    hourly[0].sim("faults", kind=kind, seconds=1, path="/fundingRate")

    standing = long_desk.work(import_id)

    row = long_desk.row(import_id)
    assert (row.status, row.faults, row.rows) == ("RUNNING", 1, 1000)
    assert standing.review_at > utc_now()
    assert long_desk.finish(import_id).status == "COMPLETED"
    assert long_desk.kept()[1] == rows(hourly[1])


def test_two_workers_on_one_import_do_no_harm(long_desk, hourly):
    import_id = whole(long_desk)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: long_desk.finish(import_id), range(3)))

    assert long_desk.row(import_id).rows == HOURS
    assert long_desk.kept()[1] == rows(hourly[1])


def test_imports_of_one_history_at_once_are_all_in_it(long_desk, hourly):
    part = timedelta(hours=HOURS // 4)
    asked = [long_desk.ask(BEGIN + n * part, BEGIN + (n + 1) * part) for n in range(4)]

    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(long_desk.finish, asked))

    assert {row.status for row in ended} == {"COMPLETED"}
    assert long_desk.kept()[1] == rows(hourly[1])


def test_candles_of_the_perpetual_are_another_series(desk):
    funding = desk.finish(desk.ask())
    candles = desk.finish(desk.ask(symbol=PERPETUAL, timeframe="1h"))

    assert candles.status == "COMPLETED"
    assert funding.series_id != candles.series_id
    assert len(desk.kept()[1]) == funding.rows


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"symbol": "DOGE/USDT"}, "exchange_refused"),
        ({"start": BEGIN - timedelta(days=9), "end": BEGIN - timedelta(days=1)},
         "nothing_imported"),
    ],
)  # fmt: skip
def test_what_the_exchange_does_not_have_fails_with_words(desk, named, code):
    row = desk.finish(desk.ask(**named))

    assert (row.status, row.error_code) == ("FAILED", code)
    assert "candles" not in row.error
    assert desk.kept() is None


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        ({"symbol": "BTCUSDT"}, MarketNameError),
        ({"exchange": "simulated"}, MarketNameError),
        ({"end": BEGIN}, SpanError),
        ({"start": BEGIN + timedelta(days=9000)}, SpanError),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(desk, named, kind):
    with pytest.raises(kind):
        desk.ask(**named)


def test_so_many_instants_and_no_more(desk):
    long = datetime(1500, 1, 1, tzinfo=UTC)

    with pytest.raises(SpanError, match="at most 3,000,000 rates at once") as refused:
        desk.ask(long)

    assert refused.value.field == "end"
