"""Imports over the API: ordered, followed, cancelled, and never somebody else's."""

import io
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.roles import Role
from abtpro_saas.markets.files import Files
from abtpro_saas.markets.imports.staging import upload_path
from abtpro_saas.markets.imports.working import Importer
from abtpro_saas.markets.messages import ReviewImport
from tests import contracts_for
from tests.markets.conftest import changed, made
from tests.markets.test_reading import csv_of

IMPORT, IMPORTS = "/api/v1/market/import", "/api/v1/market/imports"
ORDER = {
    "exchange": "binance",
    "symbol": "BTC/USDT",
    "timeframe": "1h",
    "start": "2023-01-01",
    "end": "2023-01-31",
}
NAMES = {"exchange": "my-desk", "symbol": "BTC/USDT", "timeframe": "1m"}


@pytest.fixture
def trader(client, api_key):
    return client(key=api_key())


@pytest.fixture
def admin(client, api_key, user, engine, tenant):
    """An admin's client, who rents a plan too."""
    me = user(Role.ADMIN)
    with tenant_transaction(engine, tenant) as session:
        contracts_for.give(session, tenant, me)
    return client(key=api_key(me))


@pytest.fixture
def work(engine, tenant, settings):
    """Return a function that does what the import's process would."""
    importer = Importer(engine, settings().backtest_data_path)

    def run(answer):
        order = ReviewImport(str(tenant), answer["id"], utc_now())
        return importer.work(order).status

    return run


def form(raw, name="candles.csv", **fields):
    return {"data": NAMES | fields | {"file": (io.BytesIO(raw), name)}}


def test_an_order_is_taken_and_can_be_followed(trader):
    answer = trader.post(IMPORT, json=ORDER)

    told = answer.json
    assert answer.status_code == 202
    assert (told["status"], told["progress"], told["rows"]) == ("PENDING", 0, 0)
    assert (told["start"], told["end"]) == (
        "2023-01-01T00:00:00Z",
        "2023-02-01T00:00:00Z",
    )
    assert (told["series_id"], told["error"]) == (None, None)
    assert trader.get(f"{IMPORTS}/{told['id']}").json == told
    assert trader.get(IMPORTS).json["imports"] == [told]


def test_a_file_becomes_a_series_of_ones_own(trader, client, api_key, work):
    dirty = changed(made(300), close={5: -1.0})

    answer = trader.post(IMPORT, **form(csv_of(dirty).encode()))
    assert answer.status_code == 202, answer.text
    assert answer.json["kind"] == "FILE"
    assert work(answer.json) == "COMPLETED"

    done = trader.get(f"{IMPORTS}/{answer.json['id']}").json
    assert (done["progress"], done["rows"], done["quarantined"]) == (100, 299, 1)
    assert done["findings"]["quarantine"][0]["reason"] == "not_positive"
    series = trader.get(f"/api/v1/market/series/{done['series_id']}").json
    assert (series["own"], series["exchange"]) == (True, "my-desk")
    assert series["passport"]["quarantine"][0]["row"] == 6
    other = client(key=api_key())
    assert other.get(f"/api/v1/market/series/{done['series_id']}").status_code == 404


def test_an_admins_file_is_for_the_whole_tenant(admin, trader, work):
    answer = admin.post(IMPORT, **form(csv_of(made(30)).encode()))
    work(answer.json)

    (series,) = trader.get("/api/v1/market/series").json["series"]
    assert (series["own"], series["rows"]) == (False, 30)


def test_a_file_that_cannot_be_read_fails_in_plain_words(trader, work):
    answer = trader.post(IMPORT, **form(b"date,price\n1,2\n"))
    work(answer.json)

    told = trader.get(f"{IMPORTS}/{answer.json['id']}").json
    assert (told["status"], told["series_id"]) == ("FAILED", None)
    assert told["error"] == {
        "code": "unreadable_file",
        "message": "there is no column timestamp; there are: date, price",
    }


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..\\..\\x", "a\0b", "", "x" * 5000]
)
def test_a_files_own_name_leads_nowhere(trader, tenant, settings, name):
    answer = trader.post(IMPORT, **form(b"x", name=name or "x"))

    assert answer.status_code == 202, answer.text
    path = upload_path(tenant, UUID(answer.json["id"]))
    assert Files(settings().backtest_data_path).read(path) == b"x"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"symbol": "../../x"}, "/symbol"),
        ({"exchange": "../x"}, "/exchange"),
        ({"exchange": "simulated"}, "/exchange"),
        ({"timeframe": "2m"}, "/timeframe"),
    ],
)
def test_names_that_cannot_be_are_refused_before_a_file_is_kept(
    trader, tenant, settings, changes, pointer
):
    files = Files(settings().backtest_data_path)
    before = files.names(f"uploads/{tenant}")

    answer = trader.post(IMPORT, **form(b"x", **changes))

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]
    assert files.names(f"uploads/{tenant}") == before


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        (NAMES, "/file"),
        (NAMES | {"other": (io.BytesIO(b"x"), "x")}, "/file"),
        ({"file": (io.BytesIO(b"x"), "x")}, "/exchange"),
        (NAMES | {"tenant_id": "x", "file": (io.BytesIO(b"x"), "x")}, "/tenant_id"),
    ],
)
def test_a_form_that_is_incomplete_or_odd_is_refused(trader, data, pointer):
    answer = trader.post(IMPORT, data=data, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert pointer in {each["pointer"] for each in answer.json["errors"]}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"exchange": "nowhere"}, "/exchange"),
        ({"exchange": "simulated"}, "/exchange"),
        ({"symbol": "BTCUSDT"}, "/symbol"),
        ({"end": "2022-12-01"}, "/start"),
        ({"start": "2199-01-01", "end": "2199-02-01"}, "/start"),
        ({"start": "1990-01-01", "timeframe": "1m"}, "/end"),
        ({"start": 7}, "/start"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_at_once(trader, changes, pointer):
    answer = trader.post(IMPORT, json=ORDER | changes)

    assert answer.status_code == 422
    assert pointer in {each["pointer"] for each in answer.json["errors"]}
    assert trader.get(IMPORTS).json["imports"] == []


def test_a_file_may_be_large_and_json_may_not(trader):
    large = b"timestamp," + b"x" * (3 * 1024 * 1024)

    brought = trader.post(IMPORT, **form(large))
    brought.request.environ["wsgi.input"].close()  # the client's own
    assert brought.status_code == 202
    padded = ORDER | {"symbol": "B" * (2 * 1024 * 1024)}
    answer = trader.post(IMPORT, json=padded)
    assert (answer.status_code, answer.json["code"]) == (413, "body_too_large")


def test_the_same_key_imports_once(trader):
    mark = {"Idempotency-Key": "import-1"}

    first = trader.post(IMPORT, json=ORDER, headers=mark)
    again = trader.post(IMPORT, json=ORDER, headers=mark)

    assert again.json == first.json
    assert len(trader.get(IMPORTS).json["imports"]) == 1


def test_an_import_is_cancelled_and_stays_so(trader, work):
    order = trader.post(IMPORT, json=ORDER).json

    answer = trader.post(f"{IMPORTS}/{order['id']}/cancel")
    again = trader.post(f"{IMPORTS}/{order['id']}/cancel")

    assert (answer.status_code, answer.json["status"]) == (200, "CANCELLED")
    assert again.json == answer.json
    assert work(order) == "CANCELLED"


def test_another_traders_import_is_not_there(trader, client, api_key):
    order = trader.post(IMPORT, json=ORDER).json
    other = client(key=api_key())

    for answer in (
        other.get(f"{IMPORTS}/{order['id']}"),
        other.post(f"{IMPORTS}/{order['id']}/cancel"),
    ):
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert other.get(IMPORTS).json["imports"] == []


def test_who_only_looks_imports_nothing(client, api_key, user, engine, tenant):
    viewer = user(Role.VIEWER)
    with tenant_transaction(engine, tenant) as session:
        contracts_for.give(session, tenant, viewer)
    asked = client(key=api_key(viewer))

    answer = asked.post(IMPORT, json=ORDER)

    assert (answer.status_code, answer.json["code"]) == (403, "wrong_role")
    assert asked.get(IMPORTS).status_code == 200


def test_who_has_no_backtesting_imports_nothing(client, api_key):
    basic = client(key=api_key(plan="BASIC"))

    answer = basic.post(IMPORT, json=ORDER)

    assert (answer.status_code, answer.json["code"]) == (402, "feature_needed")


def test_only_so_many_are_under_way(trader):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: trader.post(IMPORT, json=ORDER), range(8)))

    codes = sorted(answer.status_code for answer in answers)
    assert codes == [202] * 5 + [409] * 3


def test_the_audit_trail_says_what_was_imported(trader, trail):
    order = trader.post(IMPORT, json=ORDER).json

    entry = trail()[0]
    assert (entry.action, entry.subject) == ("market.import", order["id"])
    assert entry.detail["symbol"] == "BTC/USDT"


TRADES = b"timestamp,price,amount\n1672531200000,9.5,1\n1672531259999,9.0,2\n"


def test_a_file_of_trades_becomes_candles(trader, work):
    covered = {"start": "2023-01-01", "end": "2023-01-01"}
    answer = trader.post(IMPORT, **form(TRADES, **covered))
    assert answer.status_code == 202, answer.text

    work(answer.json)

    done = trader.get(f"{IMPORTS}/{answer.json['id']}").json
    assert (done["rows"], done["findings"]["trades"]) == (1, 2)
    shown = trader.get(f"/api/v1/market/series/{done['series_id']}").json
    assert shown["passport"]["source"].startswith("Trades of a file")


def test_half_of_a_span_is_refused(trader):
    answer = trader.post(IMPORT, **form(TRADES, start="2023-01-01"))

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/end"
