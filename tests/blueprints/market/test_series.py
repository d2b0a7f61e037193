"""Series, passports and candles over the API."""

from dataclasses import replace

import pytest

from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.roles import Role
from abtpro_saas.markets.drawing import width_for
from abtpro_saas.markets.timeframes import DAY, HOUR, MINUTE, WEEK
from tests import contracts_for
from tests.markets.conftest import NEW_YEAR_2023, made, rows

SERIES, CANDLES = "/api/v1/market/series", "/api/v1/market/candles"


@pytest.fixture
def reader(client, api_key, user):
    """A trader's client, and who it is."""
    me = user()
    return client(key=api_key(me)), me


def test_a_list_shows_the_tenants_and_ones_own(reader, new_series, user):
    asked, me = reader
    shared, mine = str(new_series()), str(new_series(owner=me))
    new_series(owner=user())

    answer = asked.get(SERIES).json

    assert [(s["id"], s["own"]) for s in answer["series"]] == [
        (shared, False),
        (mine, True),
    ]
    assert answer["count"] == 2
    first = answer["series"][0]
    assert (first["symbol"], first["timeframe"], first["rows"]) == (
        "BTC/USDT", "1h", 48,
    )  # fmt: skip
    assert first["starts_at"] == "2023-01-01T00:00:00Z"
    assert first["ends_at"] == "2023-01-03T00:00:00Z"
    assert len(first["fingerprint"]) == 64
    assert (first["simulated"], first["brought"]) == (False, False)


def test_a_list_is_narrowed_and_paged(reader, new_series):
    asked, _ = reader
    new_series(exchange="kraken")
    made_ids = [str(new_series(made(24, step=s))) for s in (MINUTE, HOUR, DAY)]

    page = asked.get(SERIES, query_string={"exchange": "okx", "limit": 2}).json
    query = {"exchange": "okx", "limit": 2, "cursor": page["next_cursor"]}
    rest = asked.get(SERIES, query_string=query).json

    assert [s["id"] for s in page["series"] + rest["series"]] == made_ids
    assert rest["next_cursor"] is None
    narrow = asked.get(SERIES, query_string={"timeframe": "1d"}).json
    assert [s["timeframe"] for s in narrow["series"]] == ["1d"]


def test_a_series_comes_with_its_passport(reader, new_series):
    asked, _ = reader
    holed = made(48, step=HOUR, keep=[n for n in range(48) if n not in {7, 8}])

    answer = asked.get(f"{SERIES}/{new_series(holed)}").json

    assert answer["passport"]["source"] == "a test"
    assert (answer["passport"]["gap_count"], answer["passport"]["missing"]) == (1, 2)
    assert answer["passport"]["gaps"][0]["bars"] == 2


def test_another_traders_series_is_not_there(reader, new_series, user, client, api_key):
    asked, me = reader
    mine = new_series(owner=me)
    other = client(key=api_key())

    for path in (f"{SERIES}/{mine}", f"{CANDLES}?series_id={mine}"):
        assert asked.get(path).status_code == 200
        answer = other.get(path)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    named = {"exchange": "okx", "symbol": "BTC/USDT", "timeframe": "1h"}
    answer = other.get(CANDLES, query_string=named)
    assert (answer.status_code, answer.json["code"]) == (404, "series_not_found")


def test_another_tenants_series_is_not_there(reader, new_series, new_tenant):
    asked, _ = reader
    theirs = new_series(tenant_id=new_tenant())

    assert asked.get(f"{SERIES}/{theirs}").status_code == 404
    assert asked.get(SERIES).json["series"] == []


def test_candles_are_what_was_kept(reader, new_series):
    asked, _ = reader
    series_id = new_series()

    answer = asked.get(CANDLES, query_string={"series_id": series_id}).json

    assert [tuple(row) for row in answer["candles"]] == rows(made(48, step=HOUR))
    assert (answer["count"], answer["each"], answer["timeframe"]) == (48, 1, "1h")
    assert answer["series"]["id"] == str(series_id)


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        ({"start": "2023-01-02"}, 24, 48),
        ({"end": "2023-01-01"}, 0, 24),
        ({"start": "2023-01-01T05:00:00Z", "end": "2023-01-01T07:00:00Z"}, 5, 7),
        ({"start": "2023-01-01T12:00:00+07:00"}, 5, 48),
        ({"start": "2024-01-01"}, 48, 48),
    ],
)
def test_a_span_is_days_or_instants(reader, new_series, span, first, last):
    asked, _ = reader

    query = {"series_id": new_series()} | span
    answer = asked.get(CANDLES, query_string=query).json

    expected = rows(made(48, step=HOUR))[first:last]
    assert [tuple(row) for row in answer["candles"]] == expected


@pytest.mark.parametrize(
    ("span", "pointer"),
    [
        ({"start": "2024-01-01", "end": "2023-01-01"}, "/end"),
        ({"start": "2023-01-01T07:00:00Z", "end": "2023-01-01T07:00:00Z"}, "/end"),
        ({"start": "9999-12-31"}, "/start"),
        ({"end": "9999-12-31"}, "/end"),
    ],
)
def test_a_span_in_which_nothing_lies_is_refused(reader, new_series, span, pointer):
    asked, _ = reader

    answer = asked.get(CANDLES, query_string={"series_id": new_series()} | span)

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]


def test_candles_are_named_and_made_of_lower_ones(reader, new_series):
    asked, _ = reader
    new_series(made(1440))

    query = {"symbol": "btc/usdt", "timeframe": "4h"}
    answer = asked.get(CANDLES, query_string=query).json

    minutes = rows(made(1440))
    assert (answer["timeframe"], answer["series"]["timeframe"]) == ("4h", "1m")
    assert len(answer["candles"]) == 6
    assert answer["candles"][1][1:5] == [
        minutes[240][1],
        max(row[2] for row in minutes[240:480]),
        min(row[3] for row in minutes[240:480]),
        minutes[479][4],
    ]


def test_many_candles_become_few_and_keep_their_extremes(reader, new_series):
    asked, _ = reader
    whole = made(20_000)
    query = {"series_id": new_series(whole), "points": 100}

    answer = asked.get(CANDLES, query_string=query).json

    found = answer["candles"]
    assert answer["each"] == width_for(20_000, 100, MINUTE)
    assert 50 < answer["count"] <= 102
    assert max(row[2] for row in found) == whole.high.max()
    assert min(row[3] for row in found) == whole.low.min()
    assert (found[0][1], found[-1][4]) == (whole.open[0], whole.close[-1])
    assert sum(row[5] for row in found) == pytest.approx(whole.volume.sum())
    assert all(row[0] % (answer["each"] * MINUTE) == 0 for row in found[1:])


def test_a_chart_that_is_moved_shows_the_same_candles(reader, new_series):
    asked, _ = reader
    query = {"series_id": new_series(made(3 * 1440)), "points": 50}

    whole = asked.get(CANDLES, query_string=query | {"end": "2023-01-02"}).json
    moved = asked.get(CANDLES, query_string=query | {"start": "2023-01-02"}).json

    assert whole["each"] == 60
    assert moved["each"] == 60
    assert whole["candles"][24:] == moved["candles"][:24]


def test_a_gap_shifts_no_candle(reader, new_series):
    asked, _ = reader
    holed = made(2 * 1440, keep=[n for n in range(2 * 1440) if not 70 <= n < 115])
    query = {"series_id": new_series(holed), "points": 50}

    found = asked.get(CANDLES, query_string=query).json["candles"]

    assert [row[0] for row in found] == [
        NEW_YEAR_2023 + n * HOUR for n in range(48)
    ]  # fmt: skip


def test_a_span_across_years_is_whole(reader, new_series):
    asked, _ = reader
    whole = made(3 * 365, step=DAY)
    query = {"series_id": new_series(whole), "timeframe": "1w", "points": 5000}

    found = asked.get(CANDLES, query_string=query).json["candles"]

    first = NEW_YEAR_2023 + DAY  # a Monday
    assert [row[0] for row in found] == [first + n * WEEK for n in range(156)]
    assert found[52][2] == whole.high[365:372].max()


def test_a_span_without_candles_makes_no_lower_ones_either(reader, new_series):
    asked, _ = reader
    query = {"series_id": new_series(), "start": "2030-01-01"}

    assert asked.get(CANDLES, query_string=query).json["candles"] == []
    answer = asked.get(CANDLES, query_string=query | {"timeframe": "1m"})
    assert answer.json["code"] == "invalid_timeframe"


@pytest.mark.parametrize(
    "given",
    [{"exchange": "OKX"}, {"symbol": "btc/usdt"}, {"symbol": " Btc/Usdt "}],
)
def test_a_list_is_narrowed_by_names_however_they_are_typed(reader, new_series, given):
    asked, _ = reader
    new_series(replace(made(48, step=HOUR), symbol="ETH/USDT"), exchange="kraken")
    wanted = str(new_series())

    answer = asked.get(SERIES, query_string=given).json

    assert [each["id"] for each in answer["series"]] == [wanted]


def test_a_name_that_none_can_have_is_refused(reader):
    asked, _ = reader
    answer = asked.get(SERIES, query_string={"symbol": "bitcoin"})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_market_name")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({}, "/symbol"),
        ({"symbol": "BTC/USDT"}, "/timeframe"),
        ({"symbol": "BTC/USDT", "timeframe": "7m"}, "/timeframe"),
        ({"series_id": "x"}, "/series_id"),
        ({"points": 0}, "/points"),
        ({"start": "yesterday"}, "/start"),
        ({"limit": 3}, "/limit"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(reader, query, pointer):
    asked, _ = reader

    answer = asked.get(CANDLES, query_string=query)

    assert answer.status_code == 422
    assert pointer in {each["pointer"] for each in answer.json["errors"]}


@pytest.mark.parametrize("path", [SERIES, f"{CANDLES}?symbol=A/B&timeframe=1h"])
def test_who_has_no_backtesting_is_told_where_to_get_it(client, api_key, path):
    basic = client(key=api_key(plan="BASIC"))

    answer = basic.get(path)

    assert (answer.status_code, answer.json["code"]) == (402, "feature_needed")


def test_a_key_without_the_scope_reads_nothing(client, api_key):
    answer = client(key=api_key(scopes={"wallet:read"})).get(SERIES)

    assert (answer.status_code, answer.json["code"]) == (403, "missing_scope")


def test_a_time_frame_that_cannot_be_made_names_those_that_are_there(
    reader, new_series
):
    asked, _ = reader
    new_series()

    query = {"symbol": "BTC/USDT", "timeframe": "1m"}
    answer = asked.get(CANDLES, query_string=query)

    assert answer.status_code == 404
    assert "but of 1h" in answer.json["detail"]


def test_an_admin_with_a_plan_reads_too(client, api_key, user, new_series, engine):
    asked = client(key=api_key(role=Role.ADMIN))

    assert asked.get(SERIES).status_code == 402
    assert NEW_YEAR_2023 % DAY == 0


@pytest.fixture
def admin(client, api_key, user, engine, tenant):
    """An admin's client, who rents a plan too."""
    me = user(Role.ADMIN)
    with tenant_transaction(engine, tenant) as session:
        contracts_for.give(session, tenant, me)
    return client(key=api_key(me))


def test_ones_own_series_is_removed(reader, new_series):
    asked, me = reader
    kept, gone = new_series(), new_series(owner=me)

    answer = asked.delete(f"{SERIES}/{gone}")

    assert answer.json == {"success": True, "series_id": str(gone)}
    assert [each["id"] for each in asked.get(SERIES).json["series"]] == [str(kept)]
    assert asked.get(CANDLES, query_string={"series_id": gone}).status_code == 404
    assert asked.delete(f"{SERIES}/{gone}").status_code == 404


def test_what_everybody_has_is_an_admins_to_remove(reader, admin, new_series):
    asked, _ = reader
    shared = new_series()

    refused = asked.delete(f"{SERIES}/{shared}")
    assert (refused.status_code, refused.json["code"]) == (403, "shared_series")

    assert admin.delete(f"{SERIES}/{shared}").status_code == 200
    assert asked.get(f"{SERIES}/{shared}").status_code == 404


def test_nobody_else_removes_a_series(
    reader, new_series, user, client, api_key, admin, new_tenant
):
    _, me = reader
    mine = new_series(owner=me)
    elsewhere = client(key=api_key(tenant_id=new_tenant()))

    for stranger in (client(key=api_key()), admin, elsewhere):
        assert stranger.delete(f"{SERIES}/{mine}").status_code == 404
    assert client().delete(f"{SERIES}/{mine}").status_code == 401
    viewer = client(key=api_key(role=Role.VIEWER))
    assert viewer.delete(f"{SERIES}/{mine}").status_code in {402, 403}


def test_the_name_is_free_again(reader, new_series):
    asked, me = reader
    first = new_series(owner=me)
    asked.delete(f"{SERIES}/{first}")

    second = new_series(owner=me)

    assert first != second
    assert asked.get(f"{SERIES}/{second}").status_code == 200
