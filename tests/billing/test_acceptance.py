"""An account that its gateway does not accept is one incident while that lasts."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from abtpro_saas.billing.gateways.port import (
    AccountRefusedError,
    GatewayUnavailableError,
)
from abtpro_saas.billing.incidents import close_incident
from abtpro_saas.clock import bangkok_date, utc_now
from tests.billing.conftest import SECRET

KIND = "GATEWAY_ACCOUNT_REFUSED"
OPEN = "SELECT kind FROM incidents WHERE closed_at IS NULL"
DETAIL = "SELECT detail FROM incidents"


@pytest.fixture
def refused(open_till, odd_gateway):
    """A till at a gateway that accepts nothing of it."""
    odd_gateway.statuses |= {"POST": 401, "DELETE": 401, "GET": 401}
    return open_till(odd_gateway.url)


def test_many_topups_open_one_incident_that_says_what_the_gateway_said(refused):
    topups = [refused.begin("10.00") for _ in range(3)]
    with capture_logs() as lines:
        for seconds in (0, 15, 30):
            for made in topups:
                refused.review(made, seconds=seconds)

    assert refused.column(OPEN) == [KIND]
    assert refused.column(DETAIL) == [
        {"status": 401, "request": "ORDER", "merchant_id": refused.merchant_id}
    ]
    subject = f"{refused.account_id}:{refused.merchant_id}"
    assert refused.column("SELECT subject FROM incidents") == [subject]
    logged = [line for line in lines if line["event"] == "gateway.account_refused"]
    assert [line["status"] for line in logged] == [401]


def test_each_account_has_an_incident_of_its_own(refused, open_till, odd_gateway):
    refused.review(refused.begin(), seconds=0)
    other = open_till(odd_gateway.url)
    other.review(other.begin(), seconds=0)

    assert refused.column(OPEN) == [KIND] * 2


def test_it_closes_when_the_gateway_accepts_us_again(refused, odd_gateway):
    made = refused.begin()
    refused.review(made, seconds=0)
    odd_gateway.statuses |= {"POST": 201, "GET": 200}

    refused.review(made, seconds=15)

    assert refused.column(OPEN) == []
    closed = "SELECT closed_at FROM incidents WHERE closed_by IS NULL"
    assert refused.column(closed) == [made.created_at + timedelta(seconds=15)]


@pytest.mark.parametrize("answer", [400, 409, 422])
def test_a_gateway_that_refuses_one_order_accepts_the_account(
    refused, odd_gateway, answer
):
    refused.review(refused.begin(), seconds=0)
    odd_gateway.statuses["POST"] = answer

    refused.review(refused.begin(), seconds=0)

    assert refused.column(OPEN) == []


def test_answers_to_questions_do_not_close_what_refused_orders_opened(
    refused, odd_gateway
):
    made = refused.begin()
    odd_gateway.statuses["GET"] = 200

    refused.review(made, seconds=5)

    assert refused.read(made).inquired_at is not None
    assert refused.column(OPEN) == [KIND]


def test_silence_neither_opens_nor_closes_it(refused, odd_gateway):
    made = refused.begin()
    odd_gateway.statuses |= {"POST": 503, "GET": 503}
    refused.review(made, seconds=0)
    before = refused.column(OPEN)
    odd_gateway.statuses["POST"] = 403
    refused.review(made, seconds=15)
    odd_gateway.statuses["POST"] = 503
    refused.review(made, seconds=30)

    assert (before, refused.column(OPEN)) == ([], [KIND])


def test_refused_again_after_a_person_closed_it_it_is_open_again(refused, odd_gateway):
    made = refused.begin()
    refused.review(made, seconds=0)
    (incident,) = refused.column("SELECT incident_id FROM incidents")
    with refused.transaction() as session:
        key = (refused.tenant, incident, refused.user_id)
        close_incident(session, *key, utc_now())
    odd_gateway.statuses["POST"] = 403

    refused.review(made, seconds=15)

    assert refused.column(OPEN) == [KIND]
    assert refused.column("SELECT detail -> 'status' FROM incidents") == [403]
    opened = "SELECT opened_at FROM incidents WHERE closed_by IS NULL"
    assert refused.column(opened) == [made.created_at + timedelta(seconds=15)]


def test_a_settlement_file_that_is_not_given_to_us_opens_it(
    open_till, gateway_url, sim
):
    till = open_till(gateway_url)  # nobody registered this merchant there: 401
    today = bangkok_date(utc_now())
    with pytest.raises(AccountRefusedError, match="401"):
        till.reconcile(today)
    before = till.column(OPEN), till.column("SELECT count(*) FROM settlements")
    sim(
        "accounts",
        merchant_id=till.merchant_id,
        name="a shop",
        secrets=[SECRET],
        callback_url="http://127.0.0.1:9/nobody",
    )

    assert till.reconcile(today).state == "RECONCILED"
    assert (before, till.column(OPEN)) == (([KIND], [0]), [])


def test_a_settlement_file_that_is_not_there_yet_opens_nothing(till):
    tomorrow = bangkok_date(utc_now()) + timedelta(days=1)

    with pytest.raises(GatewayUnavailableError) as unavailable:
        till.reconcile(tomorrow)

    assert not isinstance(unavailable.value, AccountRefusedError)
    assert till.column(OPEN) == []


def test_a_page_in_place_of_a_settlement_file_does_not_close_it(open_till, odd_gateway):
    till = open_till(odd_gateway.url)
    today = bangkok_date(utc_now())
    odd_gateway.statuses["GET"] = 401
    with pytest.raises(AccountRefusedError):
        till.reconcile(today)
    odd_gateway.statuses["GET"] = 200  # and what comes is no CSV

    standing = till.reconcile(today)

    assert standing.state == "REJECTED"
    assert sorted(till.column(OPEN)) == [KIND, "SETTLEMENT_REJECTED"]
