"""An admin connects the tenant's merchant."""

import pytest

from abtpro_saas.identity.access.passwords import QUICK
from abtpro_saas.identity.roles import Role
from tests.blueprints.pages.conftest import PASSWORD

FIELDS = {
    "driver": "generic",
    "secret": "a-secret-of-the-gateway",
    "base_url": "",
    "biller_id": "000000000000101",
    "promptpay_kind": "PHONE",
    "promptpay_id": "",
    "least": "20.00",
    "most": "150000.00",
    "qr_minutes": "10",
    "current_password": PASSWORD,
}

NEW_SECRET = {"secret": "another-secret-of-it", "current_password": PASSWORD}


@pytest.fixture
def admin(browser, user):
    return browser(user(Role.ADMIN, password=PASSWORD, profile=QUICK))


def test_a_connected_merchant_takes_topups_within_its_limits(admin, client, api_key):
    answer = admin.post("/tenant/gateway", data=FIELDS | {"merchant_id": "page-one"})
    assert answer.location == "/tenant/gateway"
    assert "page-one" in admin.get("/tenant/gateway").text

    trader = client(key=api_key())
    create = "/api/v1/payment/promptpay/create"
    assert trader.post(create, json={"amount": "19.99"}).status_code == 422
    assert trader.post(create, json={"amount": "20.00"}).status_code == 201


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("driver", "nobody"),
        ("secret", "short"),
        ("base_url", "http://127.0.0.1:1"),
        ("biller_id", "123"),
        ("least", "-1"),
        ("qr_minutes", "0"),
    ],
)
def test_what_cannot_be_is_told_and_changes_nothing(admin, field, wrong):
    fields = FIELDS | {"merchant_id": "page-two", field: wrong}

    assert admin.post("/tenant/gateway", data=fields).status_code == 422
    assert "page-two</code>" not in admin.get("/tenant/gateway").text


def test_a_secret_is_never_shown(admin):
    admin.post("/tenant/gateway", data=FIELDS | {"merchant_id": "page-three"})
    admin.post("/tenant/gateway/secret", data=NEW_SECRET)

    page = admin.get("/tenant/gateway").text
    assert FIELDS["secret"] not in page
    assert "another-secret-of-it" not in page


def test_a_trader_connects_nothing(browser):
    trader = browser()

    answer = trader.post("/tenant/gateway", data=FIELDS | {"merchant_id": "page-four"})
    assert answer.status_code == 403
