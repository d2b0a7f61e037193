import csv
import io
import re

import pytest

from abtpro_saas.blueprints.http.csv_files import csv_file
from abtpro_saas.identity.roles import Role

TOPUP = re.compile(r"/topups/([0-9a-f-]{36})$")


@pytest.fixture
def paying(browser, client, merchant, host_of, tenant, user):
    """Return a function that tops up with a browser and lets the gateway pay."""

    def play(amount="499.00", paid=None, who=None):
        reader = browser(who or user())
        begun = reader.post("/topups", data={"amount": amount, "description": ""})
        topup_id = TOPUP.search(begun.location).group(1)
        page = reader.get(begun.location).text
        reference = re.search(r'class="mono">(\w+)<', page).group(1)
        if paid is not None:
            body = {"reference_id": reference, "amount": paid}
            sent = merchant.send(client(), merchant.event(body))
            assert sent.status_code == 200
        return reader, topup_id, reference

    return play


@pytest.mark.parametrize(
    "address",
    [
        "/wallet?from=9999-12-31&to=9999-12-31",
        "/wallet?from=0001-01-01",
        "/statement?month=9999-12",
        "/statement?from=0001-01-01&to=0001-01-01",
        "/audit?to=9999-12-31",
    ],
)
def test_days_beyond_all_calendars_are_not_asked_about(browser, address):
    assert browser(role=Role.ADMIN).get(address).status_code == 200


def test_no_filter_holds_nul(browser):
    assert browser(role=Role.ADMIN).get("/audit?action=%00").status_code == 400


def rows_of(answer):
    text = answer.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_top_up_shows_its_qr_and_then_that_it_is_paid(paying):
    reader, topup_id, _ = paying(paid="499.00")
    page = reader.get(f"/topups/{topup_id}").text
    assert 'data-status="SUCCESS"' in page
    assert "data-live=" not in page
    assert "฿499.00" in reader.get("/wallet/balance").text


def test_a_pending_top_up_names_its_stream_and_its_fragment(paying):
    reader, topup_id, _ = paying()
    part = reader.get(f"/topups/{topup_id}", headers={"HX-Request": "true"}).text
    assert 'data-status="PENDING"' in part
    assert "/events?ticket=" in part
    assert f'data-fragment="/topups/{topup_id}"' in part
    assert "data:image/png;base64," in part


def test_nobody_sees_anothers_top_up(paying, browser):
    _, topup_id, _ = paying()
    assert browser().get(f"/topups/{topup_id}").status_code == 404
    assert browser().post(f"/topups/{topup_id}/cancellation").status_code == 404


@pytest.mark.parametrize("amount", ["", "0", "-5", "1e3", "๑๐๐", "1.001", "99999999"])
def test_an_amount_that_cannot_be_paid_stays_in_its_field(browser, merchant, amount):
    answer = browser().post("/topups", data={"amount": amount})
    assert answer.status_code == 422
    assert 'id="error-amount"' in answer.text


def test_separators_that_people_type_are_understood(paying):
    reader, topup_id, _ = paying(amount="1,499.00")
    assert "฿1,499.00" in reader.get(f"/topups/{topup_id}").text


def test_without_a_gateway_the_form_says_so(browser):
    assert "ยังไม่เปิดให้เติมเงิน" in browser().get("/topups/new").text


def test_cancelling_a_paid_top_up_shows_that_it_is_paid(paying):
    reader, topup_id, _ = paying(paid="499.00")
    answer = reader.post(f"/topups/{topup_id}/cancellation")
    assert answer.location == f"/topups/{topup_id}"
    assert 'data-status="SUCCESS"' in reader.get(answer.location).text


def test_a_statement_adds_up_and_its_csv_holds_the_movements(paying):
    reader, _, reference = paying(paid="499.00")
    page = reader.get("/statement").text
    opening, money_in, money_out, closing = re.findall(
        r'<dd class="num"><data class="num[^"]*" value="([^"]+)"', page
    )
    assert (opening, money_in, money_out, closing) == (
        "0.00",
        "499.00",
        "0.00",
        "499.00",
    )
    (row,) = rows_of(reader.get("/statement/movements.csv"))
    assert (row["reference_id"], row["amount"]) == (reference, "499.00")
    assert row["balance_after"] == "499.00"


def test_an_earlier_month_holds_nothing(paying):
    reader, _, _ = paying(paid="499.00")
    assert "ไม่มีรายการในช่วงเวลานี้" in reader.get("/statement?month=2020-02").text


def test_filters_narrow_the_wallet_and_its_csv(paying):
    reader, _, _ = paying(paid="499.00")
    assert len(rows_of(reader.get("/wallet/movements.csv?type=TOP_UP"))) == 1
    assert rows_of(reader.get("/wallet/movements.csv?type=REFUND")) == []
    assert "ไม่พบรายการ" in reader.get("/wallet?type=REFUND").text


def test_an_admin_refunds_a_part(paying, browser, trail):
    reader, topup_id, _ = paying(paid="499.00")
    admin = browser(role=Role.ADMIN)
    path = f"/tenant/topups/{topup_id}"
    answer = admin.post(path + "/refund", data={"amount": "99", "reason": "ซ้ำ"})

    assert answer.location == path
    assert "฿400.00" in reader.get("/wallet/balance").text
    assert trail(action="topup.refund")[0].subject == topup_id


def test_no_more_is_refunded_than_was_credited(paying, browser):
    reader, topup_id, _ = paying(paid="499.00")
    path = f"/tenant/topups/{topup_id}/refund"
    answer = browser(role=Role.ADMIN).post(
        path, data={"amount": "499.01", "reason": "x"}
    )
    assert answer.status_code == 409
    assert "฿499.00" in reader.get("/wallet/balance").text


def test_a_viewer_sees_top_ups_and_refunds_none(paying, browser):
    _, topup_id, reference = paying(paid="499.00")
    viewer = browser(role=Role.VIEWER)
    assert reference in viewer.get("/tenant/topups").text
    refused = viewer.post(
        f"/tenant/topups/{topup_id}/refund", data={"amount": "1", "reason": "x"}
    )
    assert refused.status_code == 403


def test_parked_money_is_assigned_to_its_owner(browser, client, merchant, person):
    owner = person()
    event = merchant.event({"reference_id": "NOBODY1", "amount": "250.00"})
    assert merchant.send(client(), event).status_code == 200
    admin = browser(role=Role.ADMIN)
    page = admin.get("/suspense").text
    assert "฿250.00" in page
    path = re.search(r'action="(/suspense/[^"]+/assignment)"', page).group(1)
    fields = {"payment": event["transaction_id"], "reason": "slip"}

    stranger = admin.post(path, data=fields | {"email": "nobody@example.com"})
    assert stranger.status_code == 422
    assert admin.post(path, data=fields | {"email": owner}).location == "/suspense"
    assert "ไม่มีรายการค้าง" in admin.get("/suspense").text


def test_a_spreadsheet_calculates_nothing_that_somebody_typed():
    file = csv_file("x", ("text", "amount"), [("=1+1", "-5.00"), ("@sum", "+1.00")])
    rows = rows_of(file)
    assert [row["text"] for row in rows] == ["'=1+1", "'@sum"]
    assert [row["amount"] for row in rows] == ["-5.00", "+1.00"]
