"""Imports: page by page from an exchange, or from a file, through every trouble."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import NotFoundError
from abtpro_saas.markets.columns import COLUMNS
from abtpro_saas.markets.imports import ordering, progress
from abtpro_saas.markets.imports.ordering import SpanError
from abtpro_saas.markets.naming import MarketNameError
from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.simulated.model import START_MS, minutes
from abtpro_saas.markets.sources.port import UnknownExchangeError
from abtpro_saas.markets.store import fingerprint
from abtpro_saas.markets.timeframes import TimeframeError
from tests.markets.conftest import DAY, HOUR, MINUTE, changed, made, rows
from tests.markets.exchange import DAYS
from tests.markets.importing import BEGIN, Desk
from tests.markets.test_reading import csv_of

TWO_DAYS = timedelta(days=2)


@pytest.fixture
def desk(engine, tenant, user, tmp_path, exchange):
    """A trader whose binance is the exchange simulator."""
    urls = (("binance", exchange.url),)
    return Desk(engine, tenant, user(), str(tmp_path / "data"), urls)


def test_an_exchanges_candles_become_a_series(desk):
    row = desk.finish(desk.ask())

    series = desk.series()
    assert (row.status, row.progress, row.rows) == ("COMPLETED", 100, 2880)
    assert (row.series_id, series.owner_id) == (series.series_id, desk.user_id)
    assert fingerprint(desk.candles(MINUTE)) == series.fingerprint
    assert rows(desk.candles(MINUTE)) == rows(minutes("BTC/USDT", days=2))
    assert series.simulated
    assert "simulator" in series.passport["source"]
    assert desk.left() == []


def test_the_candle_that_runs_is_left_out(desk, exchange):
    exchange.sim("clock", now_ms=START_MS + 5 * HOUR + 30 * MINUTE)

    row = desk.finish(desk.ask(timeframe="1h"))

    assert row.rows == 5
    assert desk.candles(HOUR, timeframe="1h").time[-1] == START_MS + 4 * HOUR


def test_a_stretch_ends_and_the_next_goes_on(desk):
    import_id = desk.ask(end=BEGIN + timedelta(days=4))

    seen = []
    while (standing := desk.work(import_id, stretch_s=0)).review_at is not None:
        row = desk.row(import_id)
        seen.append((standing.status, row.rows, row.progress))

    assert seen == [
        ("RUNNING", 1000, 16),
        ("RUNNING", 2000, 32),
        ("RUNNING", 3000, 49),
        ("RUNNING", 4000, 65),
        ("RUNNING", 5000, 82),
        ("RUNNING", 5760, 95),
    ]
    assert standing.status == "COMPLETED"
    assert len(desk.candles(MINUTE)) == 4 * 1440


@pytest.mark.parametrize(
    ("kind", "least_s", "most_s"),
    [
        ("rate_limited", 40, 43),
        ("banned", 40, 43),
        ("html", 0, 3),
        ("dropped", 0, 3),
        ("html_ok", 0, 3),
        ("blank", 0, 3),
    ],
)
def test_a_fault_is_waited_out_and_nothing_is_lost(
    desk, exchange, kind, least_s, most_s
):
    import_id = desk.ask()
    desk.work(import_id, stretch_s=0)
    exchange.sim("faults", kind=kind, seconds=42)

    standing = desk.work(import_id)
    waits = (standing.review_at - utc_now()).total_seconds()
    row = desk.row(import_id)

    assert (row.status, row.faults) == ("RUNNING", 1)
    assert least_s < waits < most_s
    assert "failed 1 times" in standing.summary
    assert rows_of(desk, import_id) == rows(minutes("BTC/USDT", days=2))
    assert desk.row(import_id).faults == 0


def rows_of(desk, import_id):
    assert desk.finish(import_id).status == "COMPLETED"
    return rows(desk.candles(MINUTE))


def test_an_exchange_that_stays_away_is_given_up(desk, monkeypatch):
    monkeypatch.setattr(progress, "MOST_FAULTS", 3)
    away = Desk(desk.engine, desk.tenant_id, desk.user_id, desk.root,
                (("binance", "http://127.0.0.1:9"),))  # fmt: skip
    import_id = away.ask()

    waits = []
    while (standing := away.work(import_id)).review_at is not None:
        waits.append((standing.review_at - utc_now()).total_seconds())

    row = away.row(import_id)
    assert waits == sorted(waits)
    assert len(waits) == 3
    assert (row.status, row.error_code) == ("FAILED", "exchange_unavailable")
    assert "127.0.0.1" not in row.error


def test_what_the_exchange_does_not_have_fails_at_once(desk):
    row = desk.finish(desk.ask(symbol="DOGE/USDT"))

    assert (row.status, row.error_code) == ("FAILED", "exchange_refused")
    assert "no symbol DOGE/USDT" in row.error


def test_a_span_without_candles_fails_with_words(desk):
    start = BEGIN - timedelta(days=9)

    row = desk.finish(desk.ask(start, start + TWO_DAYS))

    assert (row.status, row.error_code) == ("FAILED", "nothing_imported")
    assert row.error == "there are no candles in this span"


def test_another_import_extends_the_series(desk):
    first = desk.finish(desk.ask())
    before = desk.series()

    second = desk.finish(desk.ask(BEGIN + timedelta(days=1), BEGIN + timedelta(days=3)))

    after = desk.series()
    assert first.series_id == second.series_id
    assert before.fingerprint != after.fingerprint
    assert rows(desk.candles(MINUTE)) == rows(minutes("BTC/USDT", days=3))
    assert (after.rows, after.passport["replaced"]) == (3 * 1440, 0)


def test_the_same_again_keeps_the_fingerprint(desk):
    desk.finish(desk.ask())
    before = desk.series()

    desk.finish(desk.ask())

    assert desk.series().fingerprint == before.fingerprint


def test_a_file_becomes_a_series_and_its_dirt_is_named(desk):
    clean = made(100, start=START_MS)
    dirty = changed(clean, close={7: -1.0}, high={9: 1.0})

    row = desk.finish(desk.bring(csv_of(dirty).encode()))

    series = desk.series(exchange="mine")
    values = [getattr(dirty, name)[7] for name in COLUMNS]
    there = zip(COLUMNS, values, strict=True)
    found = ", ".join(f"{name} {each:.12g}" for name, each in there)
    assert (row.status, row.rows, row.quarantined) == ("COMPLETED", 98, 2)
    assert row.findings["reasons"] == {"not_positive": 1, "high_too_low": 1}
    assert series.passport["quarantine"][0] == {
        "row": 8, "reason": "not_positive", "column": None,
        "time": START_MS + 7 * MINUTE, "found": found,
    }  # fmt: skip
    assert (series.passport["missing"], series.simulated) == (2, False)
    assert desk.left() == []


def test_what_a_file_says_otherwise_counts_and_is_told(desk):
    first = made(50, start=START_MS)
    desk.finish(desk.bring(csv_of(first).encode()))
    second = changed(first, volume={3: 1.0, 4: 2.0})[:10]

    desk.finish(desk.bring(csv_of(second).encode()))

    assert desk.series(exchange="mine").passport["replaced"] == 2
    candles = desk.candles(MINUTE, exchange="mine")
    assert len(candles) == 50
    assert candles.volume[3:6].tolist() == [1.0, 2.0, float(first.volume[5])]


@pytest.mark.parametrize(
    ("raw", "code", "told"),
    [
        (b"a,b\n1,2\n", "unreadable_file", "no column timestamp"),
        (csv_of(changed(made(2), close={0: -1.0, 1: -1.0})).encode(),
         "nothing_imported", "2 not_positive"),
    ],
)  # fmt: skip
def test_a_file_without_candles_fails_with_words(desk, raw, code, told):
    row = desk.finish(desk.bring(raw))

    assert (row.status, row.error_code) == ("FAILED", code)
    assert told in row.error
    assert desk.left() == []


def test_a_file_that_is_gone_fails_with_words(desk, tmp_path):
    import_id = desk.bring(b"x")
    for each in (tmp_path / "data" / "uploads").rglob("*"):
        if each.is_file():
            each.unlink()

    assert desk.finish(import_id).error == "the file is gone: bring it again"


def cancel(desk, import_id):
    with tenant_transaction(desk.engine, desk.tenant_id) as session:
        return ordering.cancel_import(
            session, desk.tenant_id, desk.user_id, import_id, utc_now()
        )


def test_a_cancelled_import_stops_and_leaves_nothing(desk):
    import_id = desk.ask(end=BEGIN + timedelta(days=9))
    desk.work(import_id, stretch_s=0)
    assert desk.left() != []

    cancel(desk, import_id)
    standing = desk.work(import_id)

    assert (standing.status, standing.review_at) == ("CANCELLED", None)
    assert desk.series() is None
    assert desk.left() == []
    assert cancel(desk, import_id).status == "CANCELLED"


def test_what_has_ended_is_not_cancelled(desk):
    import_id = desk.ask()
    desk.finish(import_id)

    assert cancel(desk, import_id).status == "COMPLETED"
    assert desk.work(import_id).status == "COMPLETED"


def test_imports_of_one_series_at_once_are_all_in_it(desk):
    asked = [
        desk.ask(BEGIN + timedelta(days=n), BEGIN + timedelta(days=n + 1))
        for n in range(4)
    ]

    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(desk.finish, asked))

    assert {row.status for row in ended} == {"COMPLETED"}
    assert rows(desk.candles(MINUTE)) == rows(minutes("BTC/USDT", days=4))


def test_two_workers_on_one_import_do_no_harm(desk):
    import_id = desk.ask()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: desk.finish(import_id), range(3)))

    assert desk.row(import_id).rows == 2880
    assert rows(desk.candles(MINUTE)) == rows(minutes("BTC/USDT", days=2))


WORKER = """
import sys
from datetime import UTC, datetime
from abtpro_saas.database import make_engine
from abtpro_saas.identity import tables
from abtpro_saas.markets.imports.working import Importer
from abtpro_saas.markets.messages import ReviewImport
url, root, exchange, tenant, import_id = sys.argv[1:]
importer = Importer(make_engine(url), root, (("binance", exchange),))
print("ready", flush=True)
order = ReviewImport(tenant, import_id, datetime.now(UTC))
while importer.work(order).review_at is not None:
    pass
"""


def test_an_import_that_is_killed_goes_on_from_its_last_page(desk, server, exchange):
    import_id = desk.ask(end=BEGIN + timedelta(days=DAYS))
    places = (desk.root, exchange.url, str(desk.tenant_id), str(import_id))
    seen = []
    for pages in (3,):  # ccxt takes seconds to load in each process
        child = subprocess.Popen(
            [sys.executable, "-c", WORKER, server.app_url, *places],
            cwd=Path(__file__).parents[2],
            env=os.environ | {"PYTHONPATH": "."},
            stdout=subprocess.DEVNULL,
        )
        while desk.row(import_id).rows < pages * 1000 and child.poll() is None:
            pass
        child.send_signal(signal.SIGKILL)
        child.wait()
        seen.append(desk.row(import_id).rows)

    row = desk.finish(import_id)

    assert seen == sorted(seen)
    assert (row.status, row.rows) == ("COMPLETED", DAYS * 1440)
    assert rows(desk.candles(MINUTE)) == rows(minutes("BTC/USDT", days=DAYS))
    assert desk.left() == []


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        ({"exchange": "simulated"}, MarketNameError),
        ({"exchange": "no-such"}, UnknownExchangeError),
        ({"symbol": "BTCUSDT"}, MarketNameError),
        ({"timeframe": "7m"}, TimeframeError),
        ({"end": BEGIN}, SpanError),
        ({"start": BEGIN + timedelta(days=9000)}, SpanError),
        ({"start": BEGIN - timedelta(days=9000)}, SpanError),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(desk, named, kind):
    with pytest.raises(kind):
        desk.ask(**named)


def test_an_import_is_its_makers_alone(desk, user):
    import_id = desk.ask()

    with (
        pytest.raises(NotFoundError),
        tenant_transaction(desk.engine, desk.tenant_id) as session,
    ):
        ordering.get_import(session, desk.tenant_id, user(), import_id)


def test_the_message_leaves_with_the_row(desk, owner_engine):
    import_id = desk.ask()

    query = text("SELECT kind, message FROM outbox WHERE process_id = :id")
    with owner_engine.connect() as connection:
        connection.execute(text("SELECT set_config('app.tenant_id', :t, false)"),
                           {"t": str(desk.tenant_id)})  # fmt: skip
        found = connection.execute(
            query, {"id": f"import:{desk.tenant_id}:{import_id}"}
        ).all()
    assert [row.kind for row in found] == ["market.import"]


def test_hours_of_an_exchange_agree_with_its_minutes(desk):
    desk.finish(desk.ask())
    desk.finish(desk.ask(timeframe="1h"))

    hours = resample(desk.candles(MINUTE), HOUR)
    assert rows(desk.candles(HOUR, timeframe="1h")) == rows(hours)
    assert len(resample(hours, DAY)) == 2
