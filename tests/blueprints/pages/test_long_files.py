"""Statements and exports that are longer than a page, or than a batch."""

import csv
import io
import json
import re

import pytest

from abtpro_saas.blueprints.identity import audit as exports
from abtpro_saas.blueprints.pages.billing import statement
from abtpro_saas.identity.roles import Role


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


@pytest.fixture
def paid_thrice(browser, client, merchant, user):
    """A trader with three movements, of 1, 2 and 3 baht."""
    reader = browser(user())
    for amount in ("1.00", "2.00", "3.00"):
        begun = reader.post("/topups", data={"amount": amount, "description": ""})
        page = reader.get(begun.location).text
        reference = re.search(r'class="mono">(\w+)<', page).group(1)
        event = merchant.event({"reference_id": reference, "amount": amount})
        assert merchant.send(client(), event).status_code == 200
    return reader


def test_a_long_statement_comes_in_pages_under_the_sums_of_its_whole(
    paid_thrice, monkeypatch
):
    monkeypatch.setattr(statement, "ON_A_PAGE", 2)
    first = paid_thrice.get("/statement").text
    further = re.search(r'href="(/statement\?[^"]*cursor=[^"]+)"', first).group(1)
    second = paid_thrice.get(further.replace("&amp;", "&")).text

    sums = r'<dd class="num"><data class="num[^"]*" value="([^"]+)"'
    assert re.findall(sums, first) == ["0.00", "6.00", "0.00", "6.00"]
    assert re.findall(sums, second) == re.findall(sums, first)
    assert "+฿3.00" not in first
    assert "+฿3.00" in second
    assert re.search(r'hx-get="[^"]*cursor=', second) is None


def test_a_downloaded_statement_holds_every_batch(paid_thrice, monkeypatch):
    monkeypatch.setattr(statement, "BATCH", 2)

    rows = rows_of(paid_thrice.get("/statement/movements.csv"))

    assert [row["balance_after"] for row in rows] == ["1.00", "3.00", "6.00"]


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_an_exported_trail_is_sent_while_it_is_read(
    paid_thrice, browser, monkeypatch, kind
):
    monkeypatch.setattr(exports, "BATCH", 2)

    answer = browser(role=Role.ADMIN).get(f"/audit/entries.{kind}?action=topup.create")

    assert answer.is_streamed
    found = rows_of(answer) if kind == "csv" else json.loads(answer.data)["entries"]
    assert len({entry["subject"] for entry in found}) == 3


def test_a_trail_without_entries_is_still_json(browser):
    answer = browser(role=Role.ADMIN).get("/audit/entries.json?action=none.such")

    assert json.loads(answer.data) == {"entries": [], "count": 0, "next_cursor": None}


def test_more_entries_than_a_file_holds_are_told_before_it_begins(
    paid_thrice, browser, monkeypatch
):
    monkeypatch.setattr(exports, "MOST_EXPORTED", 2)

    answer = browser(role=Role.ADMIN).get("/audit/entries.csv")

    assert answer.status_code == 422
    assert "ช่วงเวลาที่สั้นลง" in answer.text


def test_an_admin_may_edit_the_host_names(browser):
    page = browser(role=Role.ADMIN).get("/tenant/settings").text

    assert (
        "readonly" not in re.search(r'<textarea[^>]*name="hosts"[^>]*>', page).group()
    )


def test_what_the_api_calls_a_top_up_is_thai_on_thai_pages(
    client, api_key, browser, user, merchant
):
    who = user()
    asked = client(key=api_key(who)).post(
        "/api/v1/payment/promptpay/create", json={"amount": "5.00"}
    )
    assert asked.status_code == 201

    page = browser(who).get("/wallet").text
    assert "Account Top-up" not in page
    assert "เติมเงินเข้าบัญชี" in page
