"""Who sees which series, and how one is found and replaced."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import NotFoundError
from abtpro_saas.markets import finding, service
from abtpro_saas.markets.finding import SeriesNotFoundError
from abtpro_saas.markets.naming import MarketNameError
from abtpro_saas.markets.service import (
    NewData,
    SeriesFilter,
    SeriesName,
)
from abtpro_saas.markets.timeframes import TimeframeError, step_of
from tests.conftest import NOON
from tests.markets.conftest import NEW_YEAR_2023

BTC = ("BTC/USDT", "1h")


@pytest.fixture
def keep(engine, tenant):
    """Return a function that lets a tenant, or one of its traders, have a series."""

    def write(symbol, timeframe, *, exchange="binance", owner=None, at=None, **new):
        where = at or tenant
        values = {
            "location": "somewhere",
            "fingerprint": "f",
            "starts_ms": NEW_YEAR_2023,
            "ends_ms": NEW_YEAR_2023 + 10 * step_of(timeframe),
            "rows": 10,
            "passport": {},
        }
        name = SeriesName(exchange, symbol, timeframe, owner)
        with tenant_transaction(engine, where) as session:
            return service.keep_series(
                session, where, name, NewData(**values | new), NOON
            )

    return write


@pytest.fixture
def ask(engine, tenant):
    """Return a function that asks the service something at a tenant."""

    def call(question, *arguments, at=None, **named):
        where = at or tenant
        with tenant_transaction(engine, where) as session:
            return question(session, where, *arguments, **named)

    return call


def test_a_series_is_found_by_its_name_in_any_case(keep, ask, user):
    kept = keep(*BTC)

    found = ask(finding.find_series, user(), " Binance", "btc/usdt", "1h")

    assert found.series_id == kept.series_id
    assert found.rows == 10
    assert (found.ends_at - found.starts_at).total_seconds() == 36_000


def test_a_traders_own_is_seen_by_that_trader_alone(keep, ask, user):
    me, other = user(), user()
    mine = keep(*BTC, owner=me)

    assert ask(service.get_series, me, mine.series_id) is not None
    assert [s.series_id for s in all_of(ask, me)] == [mine.series_id]
    assert all_of(ask, other) == []
    for question, arguments in (
        (service.get_series, (mine.series_id,)),
        (finding.find_series, ("binance", *BTC)),
        (finding.find_source, ("binance", *BTC)),
    ):
        with pytest.raises(NotFoundError):
            ask(question, other, *arguments)


def all_of(ask, user_id, **narrowed):
    return list(ask(service.list_series, user_id, SeriesFilter(**narrowed), limit=99))


def test_ones_own_comes_before_the_tenants(keep, ask, user):
    me = user()
    shared, mine = keep(*BTC), keep(*BTC, owner=me)

    assert ask(finding.find_series, me, "binance", *BTC).series_id == mine.series_id
    other = ask(finding.find_series, user(), "binance", *BTC)
    assert other.series_id == shared.series_id


def test_another_tenants_is_not_there(keep, ask, user, new_tenant):
    elsewhere = new_tenant()
    theirs = keep(*BTC, at=elsewhere)

    with pytest.raises(NotFoundError):
        ask(service.get_series, user(), theirs.series_id)
    assert all_of(ask, user()) == []


def test_the_default_source_is_the_first_that_the_tenant_shares(keep, ask, user):
    me = user()
    with pytest.raises(SeriesNotFoundError) as refused:
        ask(finding.find_series, me, None, *BTC)
    assert refused.value.field == "exchange"

    keep(*BTC, exchange="mine", owner=me)
    keep("ETH/USDT", "1d", exchange="simulated", simulated=True)
    shared = keep(*BTC, exchange="simulated", simulated=True)
    keep(*BTC, exchange="binance")

    assert ask(finding.default_exchange) == "simulated"
    assert ask(finding.find_series, me, None, *BTC).series_id == shared.series_id


@pytest.mark.parametrize(
    ("asked", "field", "told"),
    [
        (("binance", "DOGE/USDT", "1h"), "symbol", "no candles of DOGE/USDT from bin"),
        (
            ("binance", "BTC/USDT", "1m"),
            "timeframe",
            "of BTC/USDT from binance, but of",
        ),
        (("okx", "BTC/USDT", "1h"), "exchange", "from okx, but from binance"),
        (("mine", "BTC/USDT", "1h"), "exchange", "from mine, but from binance"),
        (("okx", "DOGE/USDT", "1h"), "exchange", "from okx, but from binance, mine"),
    ],
)
def test_what_is_not_there_is_named(keep, ask, user, asked, field, told):
    keep(*BTC)
    keep("ETH/USDT", "1h", exchange="mine")
    keep("BTC/USDT", "1d")

    with pytest.raises(SeriesNotFoundError, match=told) as refused:
        ask(finding.find_series, user(), *asked)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (("binance", "BTCUSDT", "1h"), MarketNameError),
        (("../etc", "BTC/USDT", "1h"), MarketNameError),
        (("binance", "BTC/USDT", "1y"), TimeframeError),
    ],
)
def test_what_cannot_be_is_refused(ask, user, asked, kind):
    with pytest.raises(kind):
        ask(finding.find_series, user(), *asked)


@pytest.mark.parametrize(
    ("wanted", "source"),
    [("1h", "1h"), ("4h", "1h"), ("15m", "1m"), ("1d", "1h"), ("1m", "1m")],
)
def test_a_time_frame_is_read_from_the_longest_that_makes_it(
    keep, ask, user, wanted, source
):
    keep("BTC/USDT", "1m")
    keep("BTC/USDT", "1h")

    found = ask(finding.find_source, user(), "binance", "BTC/USDT", wanted)

    assert found.timeframe == source


def test_new_candles_take_the_place_of_the_old(keep, ask, user):
    before = keep(*BTC)

    after = keep(*BTC, location="elsewhere", fingerprint="g", rows=20)

    found = ask(finding.find_series, user(), "binance", *BTC)
    assert before.series_id == after.series_id == found.series_id
    assert (found.location, found.fingerprint, found.rows) == ("elsewhere", "g", 20)


def test_of_many_at_once_one_is_made(keep, ask, user):
    with ThreadPoolExecutor(6) as pool:
        kept = list(pool.map(lambda n: keep(*BTC, fingerprint=f"f{n}"), range(12)))

    assert len({each.series_id for each in kept}) == 1
    assert len(all_of(ask, user())) == 1


def test_a_list_is_narrowed_and_continued(keep, ask, user):
    me = user()
    kept = [
        keep(symbol, frame).series_id
        for symbol in ("BTC/USDT", "ETH/USDT")
        for frame in ("1m", "1h")
    ]

    assert [s.series_id for s in all_of(ask, me, symbol="ETH/USDT")] == kept[2:]
    assert len(all_of(ask, me, timeframe="1h", exchange="binance")) == 2
    assert all_of(ask, me, exchange="okx") == []
    after = ask(service.list_series, me, SeriesFilter(), limit=2, after=kept[1])
    assert [s.series_id for s in after] == kept[2:]


def test_nothing_but_the_model_is_called_simulated(keep, engine, tenant):
    with pytest.raises(Exception, match="ck_market_series_simulated"):
        keep(*BTC, exchange="simulated")


def test_a_series_keeps_its_name_and_owner(keep, engine, tenant):
    keep(*BTC)

    with (
        pytest.raises(Exception, match="permission denied"),
        tenant_transaction(engine, tenant) as session,
    ):
        session.execute(text("UPDATE market_series SET owner_id = NULL"))
