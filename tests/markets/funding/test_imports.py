"""Imports of funding: from an exchange, or from a file, through every trouble."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.markets.funding.rates import fingerprint, merged
from abtpro_saas.markets.funding.store import FundingStore
from abtpro_saas.markets.imports.funding import FundingContent
from abtpro_saas.markets.imports.ordering import SpanError
from abtpro_saas.markets.naming import MarketNameError
from abtpro_saas.markets.service import SeriesName
from abtpro_saas.markets.simulated.model import START_MS
from abtpro_saas.markets.simulated.seeding import location_of
from tests.markets.conftest import DAY, HOUR, MINUTE
from tests.markets.exchange import DAYS, serving
from tests.markets.funding.conftest import PERPETUAL, csv_of, made, rows
from tests.markets.importing import BEGIN, Desk

FUNDING = {"timeframe": "funding"}
HOURS = 2_500
"""So many rates take three pages of an exchange."""


class FundingDesk(Desk):
    """A trader who imports funding."""

    def wanted(self, **named):
        return super().wanted(**FUNDING | named)

    def kept(self, **named):
        """Return the series and its rates, as tuples; or None."""
        series = self.series(**{"symbol": PERPETUAL} | named)
        if series is None:
            return None
        return series, rows(FundingStore(self.root).read(series.location))


@pytest.fixture
def desk(engine, tenant, user, tmp_path, exchange):
    """A trader whose binance is the exchange simulator."""
    urls = (("binance", exchange.url),)
    return FundingDesk(engine, tenant, user(), str(tmp_path / "data"), urls)


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


def test_a_file_becomes_a_history_and_its_dirt_is_named(desk):
    dirty = made(20)
    dirty.rate[7] = 9.0
    dirty.mark[10] = -1.0

    row = desk.finish(desk.bring(csv_of(dirty).encode()))

    series, rates = desk.kept(exchange="mine")
    assert (row.status, row.rows, row.quarantined) == ("COMPLETED", 18, 2)
    assert row.findings["reasons"] == {"not_positive": 1, "rate_too_large": 1}
    assert [each["row"] for each in series.passport["quarantine"]] == [8, 11]
    assert rates == [r for n, r in enumerate(rows(dirty)) if n not in {7, 10}]
    assert (series.passport["missing"], series.simulated) == (2, False)
    assert series.passport["source"] == "A file that was brought"
    assert desk.left() == []


def test_another_file_extends_and_corrects_the_history(desk):
    first, second = made(20), made(20, start=made(20).time[15], seed=2)
    second.mark[:2] = first.mark[15:17]
    second.rate[:2] = first.rate[15:17]
    desk.finish(desk.bring(csv_of(first).encode()))
    before, _ = desk.kept(exchange="mine")

    desk.finish(desk.bring(csv_of(second).encode()))

    after, rates = desk.kept(exchange="mine")
    assert rates == rows(merged(first, second))
    assert (after.series_id, after.rows) == (before.series_id, 35)
    assert after.passport["replaced"] == 3
    assert after.fingerprint == fingerprint(merged(first, second))
    assert after.location != before.location


def test_the_same_again_keeps_the_fingerprint(desk):
    raw = csv_of(made(20)).encode()
    desk.finish(desk.bring(raw))
    before, _ = desk.kept(exchange="mine")

    desk.finish(desk.bring(raw))

    after, _ = desk.kept(exchange="mine")
    assert after.fingerprint == before.fingerprint
    assert after.passport["replaced"] == 0


@pytest.mark.parametrize(
    ("raw", "code", "told"),
    [
        (b"timestamp,open\n1,2\n", "unreadable_file", "no column rate"),
        (b"timestamp,rate\n2023-01-01,50\n", "nothing_imported", "1 rate_too_large"),
        (b"timestamp,rate\n2099-01-01,0.1\n", "nothing_imported", "1 to_come"),
    ],
)
def test_a_file_without_funding_fails_with_words(desk, raw, code, told):
    row = desk.finish(desk.bring(raw))

    assert (row.status, row.error_code) == ("FAILED", code)
    assert told in row.error
    assert desk.left() == []


def test_a_file_of_candles_is_no_file_of_funding(desk):
    raw = csv_of(made(5)).encode()

    row = desk.finish(desk.bring(raw, timeframe="1h"))

    assert (row.status, row.error_code) == ("FAILED", "unreadable_file")


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


def test_a_file_of_funding_covers_nothing_but_its_rows(desk):
    with pytest.raises(SpanError, match="files of trades") as refused:
        desk.bring(csv_of(made(5)).encode(), (BEGIN, BEGIN + timedelta(days=1)))

    assert refused.value.field == "start"
