"""The simulated candles and funding of a local installation."""

import pytest

from abtpro_saas.database import tenant_transaction
from abtpro_saas.markets import finding, service
from abtpro_saas.markets.files import Files
from abtpro_saas.markets.funding import rates
from abtpro_saas.markets.funding.finding import find_funding
from abtpro_saas.markets.funding.store import FundingStore
from abtpro_saas.markets.service import SeriesFilter
from abtpro_saas.markets.simulated import seeding
from abtpro_saas.markets.simulated.funding import simulated_funding
from abtpro_saas.markets.simulated.model import START_MS, VERSION, minutes
from abtpro_saas.markets.simulated.seeding import Seeder, location_of
from abtpro_saas.markets.store import CandleStore, fingerprint
from abtpro_saas.markets.timeframes import DAY, HOUR, MINUTE
from tests.conftest import NOON
from tests.markets.conftest import rows

SYMBOLS = ("BTC/USDT", "BTC/THB")


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Let the model know ten days: four years are made in another test."""
    monkeypatch.setattr(seeding, "minutes", lambda symbol: minutes(symbol, days=10))


@pytest.fixture
def root(tmp_path):
    return str(tmp_path / "data")


@pytest.fixture
def seed(engine, root):
    """Return a function that seeds tenants, and gives what was told in which order."""

    def run(*tenants, **options):
        made = Seeder(engine, root).seed(tenants, NOON, symbols=SYMBOLS, **options)
        return [(each.symbol, each.timeframe) for each in made]

    return run


@pytest.fixture
def series_of(engine, user):
    """Return a function that gives what a trader of a tenant sees."""

    def read(tenant_id):
        reader = user(tenant_id=tenant_id)
        with tenant_transaction(engine, tenant_id) as session:
            found = service.list_series(
                session, tenant_id, reader, SeriesFilter(), limit=99
            )
        return {(each.symbol, each.timeframe): each for each in found}

    return read


def test_hours_days_and_funding_come_before_minutes(seed, tenant):
    assert seed(tenant) == [
        ("BTC/USDT", "1h"),
        ("BTC/USDT", "1d"),
        ("BTC/USDT:USDT", "funding"),
        ("BTC/THB", "1h"),
        ("BTC/THB", "1d"),
        ("BTC/USDT", "1m"),
        ("BTC/THB", "1m"),
    ]


def test_tenants_share_the_files(seed, new_tenant, series_of, root):
    siam, lanna = new_tenant(), new_tenant()

    seed(siam, lanna)

    ours, theirs = series_of(siam), series_of(lanna)
    assert set(ours) == set(theirs)
    for name, series in ours.items():
        assert series.location == theirs[name].location == location_of(name[0])
        assert series.fingerprint == theirs[name].fingerprint
        assert series.series_id != theirs[name].series_id


def test_all_of_it_says_that_it_is_simulated(seed, tenant, series_of):
    seed(tenant)

    for series in series_of(tenant).values():
        assert (series.exchange, series.simulated) == ("simulated", True)
        assert series.passport["source"].startswith("Simulated")
        assert f"v{VERSION}" in series.location


def test_minutes_hours_and_days_agree(seed, tenant, root, series_of):
    seed(tenant)
    store, place = CandleStore(root), location_of("BTC/THB")
    minute, hour, day = (store.read(place, "BTC/THB", s) for s in (MINUTE, HOUR, DAY))

    assert fingerprint(minute) == fingerprint(minutes("BTC/THB", days=10))
    assert (len(minute), len(hour), len(day)) == (14_400, 240, 10)
    assert hour.high.reshape(-1, 24).max(axis=1).tolist() == day.high.tolist()
    assert hour.volume.sum() == pytest.approx(minute.volume.sum(), rel=1e-12)
    series = series_of(tenant)["BTC/THB", "1h"]
    assert series.fingerprint == fingerprint(hour)
    assert (series.rows, series.passport["gap_count"]) == (240, 0)


def test_what_is_there_is_not_made_again(seed, new_tenant, series_of, monkeypatch):
    first, later = new_tenant(), new_tenant()
    seed(first)
    monkeypatch.delattr(seeding, "minutes")
    monkeypatch.delattr(seeding, "simulated_funding")

    seed(first, later)

    assert set(series_of(later)) == set(series_of(first))
    assert series_of(first)["BTC/USDT", "1h"].updated_at == NOON


def test_a_start_that_broke_off_is_taken_up(engine, root, tenant, seed, series_of):
    begun = Seeder(engine, root).seed([tenant], NOON, symbols=SYMBOLS)
    for _ in range(3):
        next(begun)
    begun.close()

    seed(tenant)

    assert len(series_of(tenant)) == 7


def test_without_minutes_there_are_hours_days_and_funding(seed, tenant, series_of):
    seed(tenant, with_minutes=False)

    assert {frame for _, frame in series_of(tenant)} == {"1h", "1d", "funding"}


def test_funding_is_that_of_the_candles(seed, tenant, root, series_of):
    seed(tenant)
    series = series_of(tenant)["BTC/USDT:USDT", "funding"]

    kept = FundingStore(root).read(series.location)

    hours = CandleStore(root).read(location_of("BTC/USDT"), "BTC/USDT", HOUR)
    told = rates.fingerprint(simulated_funding("BTC/USDT", hours))
    assert series.fingerprint == rates.fingerprint(kept) == told
    assert (series.rows, series.passport["interval_hours"]) == (30, 8.0)
    assert series.passport["gap_count"] == series.passport["unknown_marks"] == 0
    span = START_MS, START_MS + 29 * 8 * HOUR + 1
    ends = series.starts_at.timestamp(), series.ends_at.timestamp()
    assert tuple(round(each * 1000) for each in ends) == span


def test_who_had_candles_already_gets_their_funding(seed, tenant, root, series_of):
    seed(tenant)
    Files(root).remove(f"{location_of('BTC/USDT')}/funding/passport.json")
    FundingStore(root).remove(location_of("BTC/USDT"))

    seed(tenant)

    location = series_of(tenant)["BTC/USDT:USDT", "funding"].location
    assert len(FundingStore(root).read(location)) == 30


def test_a_market_finds_its_simulated_funding(engine, seed, tenant, user):
    seed(tenant)

    with tenant_transaction(engine, tenant) as session:
        where = session, tenant, user(), "simulated"
        of_pair = find_funding(*where, "BTC/USDT")
        of_baht = find_funding(*where, "BTC/THB")

    assert (of_pair.symbol, of_pair.simulated) == ("BTC/USDT:USDT", True)
    assert of_baht is None


def test_the_first_example_finds_its_year(engine, seed, tenant, user, root):
    seed(tenant)

    with tenant_transaction(engine, tenant) as session:
        found = finding.find_series(session, tenant, user(), None, "BTC/USDT", "1h")

    candles = CandleStore(root).read(found.location, found.symbol, HOUR)
    assert found.exchange == "simulated"
    assert rows(candles)[0][0] == int(found.starts_at.timestamp() * 1000)
