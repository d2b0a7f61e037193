"""Transactions and statements: whole, stable by pages, exact to the satang."""

import csv
import io
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abtpro_saas.clock import utc_now

LIST = "/api/v1/payment/transactions"
STATEMENT = "/api/v1/payment/statement"


@pytest.fixture
def walk(trader):
    """Return a function that reads every page of a list."""

    def read(path, name, **query):
        pages, cursor = [], None
        while True:
            asked = query | ({"cursor": cursor} if cursor else {})
            answer = trader.get(path, query_string=asked)
            assert answer.status_code == 200, answer.text
            pages.append(answer.json)
            cursor = answer.json["next_cursor"]
            if cursor is None:
                return pages, [row for page in pages for row in page[name]]

    return read


@pytest.fixture
def moved(topup, pay, admin):
    """Seven payments of ฿10, one refund of ฿5, and two top-ups that were not paid."""
    for n in range(7):
        made = topup("10.00", description=f"payment {n}")
        pay(made)
    refund = {"amount": "5.00", "reason": "half of it"}
    admin.post(f"/api/v1/admin/topups/{made['id']}/refund", json=refund)
    return [topup("99.00"), topup("98.00")]


def period(**more):
    now = utc_now()
    return {
        "from": (now - timedelta(days=1)).isoformat(),
        "to": (now + timedelta(days=1)).isoformat(),
        **more,
    }


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_pages_hold_every_transaction_once(moved, walk, limit):
    _pages, rows = walk(LIST, "transactions", limit=limit)

    assert len(rows) == len({row["id"] for row in rows}) == 10
    assert [row["status"] for row in rows] == ["PENDING"] * 2 + ["SUCCESS"] * 8


def test_offset_and_page_walk_as_in_version_1(moved, trader, walk):
    _, rows = walk(LIST, "transactions")

    by_offset = [
        trader.get(LIST, query_string={"limit": 1, "offset": n}).json["transactions"]
        for n in range(10)
    ]
    by_page = trader.get(LIST, query_string={"limit": 4, "page": 2}).json

    assert [each[0]["id"] for each in by_offset] == [row["id"] for row in rows]
    assert [each["id"] for each in by_page["transactions"]] == [
        row["id"] for row in rows[4:8]
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"type": "TOP_UP"}, 9),
        ({"type": "REFUND"}, 1),
        ({"type": "DEDUCTION"}, 0),
        ({"status": "PENDING"}, 2),
        ({"type": "TOP_UP", "status": "SUCCESS"}, 7),
        ({"to": "2020-01-01T00:00:00Z"}, 0),
        ({"from": "2020-01-01T00:00:00Z"}, 10),
    ],
)
def test_filters_narrow_the_list(moved, walk, query, count):
    _, rows = walk(LIST, "transactions", limit=4, **query)

    assert len(rows) == count


@pytest.mark.parametrize(
    "query", [{"type": "THEFT"}, {"limit": 0}, {"limit": 501}, {"cursor": "x"},
              {"from": "yesterday"}, {"colour": "red"}],
)  # fmt: skip
def test_queries_that_cannot_be_are_refused(trader, query):
    assert trader.get(LIST, query_string=query).status_code in {400, 422}


def test_a_cursor_opens_no_other_list(moved, trader, client, api_key):
    cursor = trader.get(LIST, query_string={"limit": 2}).json["next_cursor"]

    for who, query in (
        (trader, {"type": "TOP_UP", "cursor": cursor}),
        (client(key=api_key()), {"cursor": cursor}),
    ):
        assert who.get(LIST, query_string=query).json["code"] == "invalid_cursor"


def test_a_refund_names_its_topup_and_reason(moved, walk):
    _, (refund,) = walk(LIST, "transactions", type="REFUND")

    assert (refund["amount"], refund["balance_after"]) == ("-5.00", "65.00")
    assert refund["description"] == "half of it"
    assert refund["topup_id"] is not None


def test_csv_holds_the_rows_and_runs_no_formula(topup, pay, trader):
    pay(topup("10.00", description="=1+1"))

    answer = trader.get(LIST, query_string={"format": "csv"})

    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert answer.mimetype == "text/csv"
    assert (rows[0]["amount"], rows[0]["description"]) == ("10.00", "'=1+1")


@pytest.mark.parametrize("limit", [1, 3, 500])
def test_every_page_of_a_statement_closes_where_the_next_opens(moved, walk, limit):
    pages, rows = walk(STATEMENT, "movements", **period(limit=limit))

    closing = Decimal(0)
    for page in pages:
        assert Decimal(page["opening"]) == closing
        closing += sum(Decimal(row["amount"]) for row in page["movements"])
        assert Decimal(page["closing"]) == closing
        parts = Decimal(page["credits"]) + Decimal(page["debits"])
        assert Decimal(page["opening"]) + parts == closing
    assert (len(rows), closing) == (8, Decimal("65.00"))


def test_a_statement_csv_is_whole(moved, trader):
    answer = trader.get(STATEMENT, query_string=period(format="csv", limit=2))

    assert len(answer.text.splitlines()) == 1 + 8


def test_a_movement_at_the_bound_belongs_to_one_period_alone(topup, pay, trader):
    pay(topup("10.00"))
    line = trader.get(STATEMENT, query_string=period()).json["movements"][0]
    at = datetime.fromisoformat(line["completed_at"])
    before, after = (at + timedelta(days=n) for n in (-1, 1))

    def ask(since, until):
        bounds = {"from": since.isoformat(), "to": until.isoformat()}
        found = trader.get(STATEMENT, query_string=bounds).json
        return found["opening"], found["count"], found["closing"]

    assert ask(before, at) == ("0.00", 0, "0.00")
    assert ask(at, after) == ("0.00", 1, "10.00")
    assert ask(at + timedelta(microseconds=1), after) == ("10.00", 0, "10.00")


def test_a_period_ends_after_it_begins(trader):
    now = utc_now().isoformat()

    answer = trader.get(STATEMENT, query_string={"from": now, "to": now})

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_period")


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cuts=st.lists(st.integers(0, 8), min_size=1, max_size=4))
def test_statements_of_adjoining_periods_make_the_whole(moved, walk, trader, cuts):
    _, rows = walk(STATEMENT, "movements", **period())
    instants = [row["completed_at"] for row in rows]
    bounds = sorted(
        {period()["from"], period()["to"]} | {instants[n] for n in cuts if n < 8},
        key=datetime.fromisoformat,
    )

    closing, lines = "0.00", 0
    for since, until in pairwise(bounds):
        part = trader.get(STATEMENT, query_string={"from": since, "to": until}).json
        assert part["opening"] == closing
        closing, lines = part["closing"], lines + part["count"]
    assert (closing, lines) == ("65.00", 8)
