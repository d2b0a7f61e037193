"""A gateway that does not accept the account: all is unknown, and a person is told."""

import pytest
from structlog.testing import capture_logs

from abtpro_saas.billing.gateways import signatures
from abtpro_saas.identity.roles import Role
from tests.billing.conftest import odd_gateway  # noqa: F401 - a fixture
from tests.blueprints.payments import SECRET, WEBHOOK

CREATE = "/api/v1/payment/promptpay/create"
INCIDENTS = "/api/v1/admin/incidents"


@pytest.fixture
def merchant(request, open_merchant, odd_gateway):  # noqa: F811 - a fixture
    """A merchant at a gateway that accepts nothing of it."""
    odd_gateway.statuses |= {"POST": 401, "GET": 401}
    driver = getattr(request, "param", "generic_issued")
    return open_merchant(base_url=odd_gateway.url, driver=driver)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}])
def test_a_topup_whose_qr_it_refuses_to_make_opens_an_incident(
    trader, admin, merchant, look_up, headers
):
    with capture_logs() as lines:
        answer = trader.post(CREATE, json={"amount": "499.00"}, headers=headers)

    assert (answer.status_code, answer.json["code"]) == (503, "gateway_account_refused")
    assert look_up("SELECT topup_id FROM topups") == []
    (incident,) = admin.get(INCIDENTS).json["incidents"]
    assert (incident["kind"], incident["detail"]) == (
        "GATEWAY_ACCOUNT_REFUSED",
        {"status": 401, "request": "ORDER", "merchant_id": merchant.merchant_id},
    )
    (failed,) = [line for line in lines if line["event"] == "request.failed"]
    assert failed["detail"] == "the payment gateway refuses our credentials (401)"


def test_the_first_qr_that_it_makes_again_closes_the_incident(
    trader,
    admin,
    odd_gateway,  # noqa: F811 - a fixture
):
    trader.post(CREATE, json={"amount": "499.00"})
    assert admin.get(INCIDENTS).json["count"] == 1
    odd_gateway.statuses["POST"] = 201
    odd_gateway.qr_payload = "000201"

    assert trader.post(CREATE, json={"amount": "499.00"}).status_code == 201
    assert admin.get(INCIDENTS).json["count"] == 0


@pytest.mark.parametrize("merchant", ["classic"], indirect=True)
def test_a_hint_that_nobody_confirms_to_us_is_asked_for_again(
    client, host_of, tenant, topup, admin, balance
):
    raw = b'{"reference_id": "%s", "status": "SUCCESS"}'
    raw %= topup()["reference_id"].encode()
    answer = client(host_of(tenant)).post(
        WEBHOOK,
        data=raw,
        content_type="application/json",
        headers={"X-Webhook-Signature": signatures.sign_classic(raw, SECRET)},
    )

    assert (answer.status_code, answer.json["code"]) == (503, "gateway_account_refused")
    (incident,) = admin.get(INCIDENTS).json["incidents"]
    assert incident["detail"]["request"] == "INQUIRY"
    assert balance() == "0.00"


def test_pages_say_that_topups_do_not_work_and_show_the_admin_why(
    browser, user, merchant
):
    begun = browser(user()).post("/topups", data={"amount": "499.00"})
    suspense = browser(role=Role.ADMIN).get("/suspense").text

    assert begun.status_code == 503
    assert "ขณะนี้เติมเงินไม่ได้" in begun.text
    assert "ระบบรับชำระเงินไม่ยอมรับบัญชีของเรา (401)" in suspense
    assert merchant.merchant_id in suspense
