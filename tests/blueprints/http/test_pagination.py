"""Lists by pages: signed cursors, and the offset and page of 1.x clients."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.blueprints.http.pagination import CursorError, Pager

MARKS = "/api/v1/probe/marks"


@pytest.fixture
def trader(client, api_key, probe_app):
    return client(key=api_key(), at=probe_app)


@pytest.fixture
def five(trader):
    """Leave five marks; return a function that gives the ids that a query shows."""
    made = [trader.post(MARKS, json={"amount": 1}).json["mark_id"] for _ in range(5)]

    def shown(query=""):
        answer = trader.get(f"{MARKS}?{query}").json
        assert answer["count"] == len(answer["entries"])
        return [made.index(entry["subject"]) for entry in answer["entries"]]

    return shown


def test_pages_follow_each_other_without_gap_or_repeat(trader, five):
    seen, cursor = [], ""
    while cursor is not None:
        seen += five(f"limit=2{cursor}")
        found = trader.get(f"{MARKS}?limit=2{cursor}").json["next_cursor"]
        cursor = found and f"&cursor={found}"

    assert seen == [0, 1, 2, 3, 4]


def test_a_page_that_holds_all_has_no_next(trader, five):
    assert five("limit=5") == [0, 1, 2, 3, 4]
    assert trader.get(f"{MARKS}?limit=5").json["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("offset=3", [3, 4]),
        ("limit=2&page=1", [0, 1]),
        ("limit=2&page=3", [4]),
        ("limit=2&offset=1", [1, 2]),
        ("offset=99", []),
    ],
)
def test_older_clients_walk_by_offset_or_page(five, query, shown):
    assert five(query) == shown


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "limit=x", "offset=-1", "page=0", "offset=1&page=1"],
)
def test_a_query_that_makes_no_page_is_refused(trader, query):
    assert trader.get(f"{MARKS}?{query}").status_code == 422


@pytest.fixture
def cursor(trader, five):
    return trader.get(f"{MARKS}?limit=1").json["next_cursor"]


def test_a_changed_cursor_is_refused(trader, cursor):
    answer = trader.get(f"{MARKS}?cursor=x{cursor}")

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_cursor")


def test_a_cursor_of_another_filter_is_refused(trader, cursor):
    assert trader.get(f"{MARKS}?action=mark&cursor={cursor}").status_code == 400


def test_a_cursor_of_another_tenant_is_refused(
    client, api_key, new_tenant, probe_app, cursor
):
    stranger = client(key=api_key(tenant_id=new_tenant()), at=probe_app)

    assert stranger.get(f"{MARKS}?cursor={cursor}").status_code == 400


KEYS = st.tuples(
    st.one_of(
        st.integers(),
        st.text(),
        st.uuids(),
        st.none(),
        st.dates(),
        st.datetimes(timezones=st.just(UTC)),
    )
)


@pytest.fixture(scope="module")
def context(app):
    with app.app_context():
        yield


@given(KEYS)
def test_a_sort_key_reads_back_as_it_was_written(context, key):
    tenant_id = uuid4()
    first = Pager(tenant_id, "rows", 1, {"since": date(2026, 11, 22)})

    token = first.close([key, key], lambda row: row).next_cursor
    then = Pager(tenant_id, "rows", 1, {"since": date(2026, 11, 22)}, token)

    assert then.after == key


@pytest.mark.parametrize("token", ["", "x", "W10.x", "a.b.c"])
def test_what_was_never_a_cursor_is_refused(context, token):
    with pytest.raises(CursorError):
        _ = Pager(None, "rows", 1, {}, token).after


def test_a_sort_key_of_another_kind_is_a_mistake_of_ours(context):
    with pytest.raises(TypeError):
        Pager(None, "rows", 1, {}).close([1.5, 2], lambda row: (row,))


def test_an_instant_survives_to_the_microsecond(context):
    instant = datetime(2026, 11, 22, 5, 0, 0, 123456, tzinfo=UTC)
    token = Pager(None, "rows", 1, {}).close([1, 2], lambda _: (instant,)).next_cursor

    assert Pager(None, "rows", 1, {}, token).after == (instant,)
