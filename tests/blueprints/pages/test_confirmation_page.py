"""An admin confirms a transfer by hand, as the bank's record says."""

import pytest

from abtpro_saas.clock import BANGKOK
from abtpro_saas.identity.roles import Role
from tests.blueprints.payments import ago

PHONE = "0812345678"


@pytest.fixture
def topup_id(open_merchant, browser):
    open_merchant(
        driver="manual", biller_id=None, promptpay_id=PHONE, promptpay_kind="PHONE"
    )
    begun = browser().post("/topups", data={"amount": "499.00"})
    return begun.location.rpartition("/")[2]


@pytest.fixture
def confirm(browser, topup_id):
    """Return a function that sends the form of one top-up."""
    admin = browser(role=Role.ADMIN)

    def send(**changes):
        paid_at = ago(60).astimezone(BANGKOK).strftime("%Y-%m-%dT%H:%M")
        fields = {
            "bank": "014",
            "slip": "20261122ABC",
            "amount": "499.00",
            "paid_at": paid_at,
            "receiver": PHONE,
        }
        path = f"/tenant/topups/{topup_id}"
        answer = admin.post(f"{path}/confirmation", data=fields | changes)
        return answer, admin.get(path).text, paid_at

    return send


def test_a_confirmed_transfer_was_paid_when_the_bank_says(confirm):
    answer, page, paid_at = confirm()
    assert answer.status_code == 303
    assert f"{paid_at[-5:]}:00" in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"paid_at": ""}, "โปรดระบุวันที่และเวลา"),
        ({"paid_at": "0001-01-01T00:00"}, "โปรดระบุวันที่และเวลา"),
        ({"receiver": "0899999999"}, "โอนไปยังผู้รับอื่น"),
        ({"slip": "-"}, ""),
    ],
)
def test_a_record_that_does_not_fit_credits_nothing(confirm, wrong, words):
    answer, page, _ = confirm(**wrong)
    assert answer.status_code == 422
    assert words in answer.text
    assert "20261122ABC" not in page
