"""The simulated candles of a local installation."""

import pytest

from abtpro_saas.database import tenant_transaction
from abtpro_saas.markets import finding, service
from abtpro_saas.markets.service import SeriesFilter
from abtpro_saas.markets.simulated import seeding
from abtpro_saas.markets.simulated.model import VERSION, minutes
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


def test_hours_and_days_come_before_minutes(seed, tenant):
    assert seed(tenant) == [
        ("BTC/USDT", "1h"),
        ("BTC/USDT", "1d"),
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

    seed(first, later)

    assert set(series_of(later)) == set(series_of(first))
    assert series_of(first)["BTC/USDT", "1h"].updated_at == NOON


def test_a_start_that_broke_off_is_taken_up(engine, root, tenant, seed, series_of):
    begun = Seeder(engine, root).seed([tenant], NOON, symbols=SYMBOLS)
    for _ in range(3):
        next(begun)
    begun.close()

    seed(tenant)

    assert len(series_of(tenant)) == 6


def test_without_minutes_there_are_hours_and_days(seed, tenant, series_of):
    seed(tenant, with_minutes=False)

    assert {frame for _, frame in series_of(tenant)} == {"1h", "1d"}


def test_the_first_example_finds_its_year(engine, seed, tenant, user, root):
    seed(tenant)

    with tenant_transaction(engine, tenant) as session:
        found = finding.find_series(session, tenant, user(), None, "BTC/USDT", "1h")

    candles = CandleStore(root).read(found.location, found.symbol, HOUR)
    assert found.exchange == "simulated"
    assert rows(candles)[0][0] == int(found.starts_at.timestamp() * 1000)
