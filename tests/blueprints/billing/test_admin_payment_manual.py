"""Confirmation by hand: the bank's record counts, and each transfer once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from abtpro_saas.billing.accounts import get_account
from abtpro_saas.billing.qr import emvco, slips
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.roles import Role
from abtpro_saas.money import Satang
from tests.blueprints.payments import ago

PHONE = "0812345678"


@pytest.fixture
def by_hand(open_merchant):
    """The tenant's account without a gateway."""
    return open_merchant(
        driver="manual", biller_id=None, promptpay_id=PHONE, promptpay_kind="PHONE"
    )


@pytest.fixture
def payer(by_hand, client, api_key):
    return client(key=api_key())


@pytest.fixture
def begin(payer):
    """Return a function that begins a top-up at the account without a gateway."""

    def make(amount="499.00"):
        path = "/api/v1/payment/promptpay/create"
        return payer.post(path, json={"amount": amount}).json

    return make


@pytest.fixture
def confirm(by_hand, client, api_key):
    """Return a function that confirms a top-up by the slip of a transfer."""
    key = api_key(role=Role.ADMIN)

    def ask(topup, headers=None, **changes):
        body = {
            "sending_bank": "014",
            "slip_reference": "20261122ABC",
            "amount": "499.00",
            "paid_at": ago(30).isoformat(),
        }
        path = f"/api/v1/admin/topups/{topup['id']}/confirm"
        return client(key=key).post(path, json=body | changes, headers=headers)

    return ask


def test_the_qr_is_a_transfer_to_the_tenants_promptpay_id(begin):
    asked = emvco.read_payload(begin()["qr_payload"])

    assert isinstance(asked, emvco.CreditTransfer)
    assert asked.amount == 49_900


def test_a_confirmed_transfer_is_credited(begin, confirm, sums):
    answer = confirm(begin())

    assert (answer.status_code, answer.json["status"]) == (200, "SUCCESS")
    assert sums() == {"WALLET": 49_900, "CLEARING": -49_900}


def test_a_limit_lowered_since_does_not_hold_what_was_asked_for(
    begin, confirm, engine, tenant, by_hand
):
    made = begin()
    with tenant_transaction(engine, tenant) as session:
        get_account(session, tenant, by_hand.account_id).most = Satang(100)

    assert confirm(made, amount="499.01").json["code"] == "invalid_amount"
    assert confirm(made).json["status"] == "SUCCESS"


@pytest.mark.parametrize("again", ["20261122ABC", "20261122abc"])
def test_a_slip_counts_once_however_it_is_typed(begin, confirm, sums, again):
    confirm(begin())

    answer = confirm(begin(), slip_reference=again)

    assert (answer.status_code, answer.json["code"]) == (409, "slip_used")
    assert sums()["WALLET"] == 49_900


def test_a_slips_qr_and_its_number_are_one_transfer(begin, confirm):
    payload = slips.slip_payload(slips.Slip("014", "20261122ABC"))
    by_qr = {"slip_payload": payload, "sending_bank": None, "slip_reference": None}

    first = confirm(begin(), **{k: v for k, v in by_qr.items() if v})

    assert first.status_code == 200
    assert confirm(begin()).json["code"] == "slip_used"


def test_of_many_with_one_slip_one_is_credited(begin, confirm, sums):
    topups = [begin("10.00") for _ in range(6)]

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda t: confirm(t, amount="10.00"), topups))

    assert sorted(each.status_code for each in answers) == [200] + [409] * 5
    assert sums()["WALLET"] == 1_000


def test_a_transfer_to_somebody_else_is_refused(begin, confirm, sums):
    made = begin()

    wrong = confirm(made, receiver="0899999999")
    right = confirm(made, receiver=PHONE)

    assert (wrong.status_code, wrong.json["code"]) == (422, "wrong_receiver")
    assert right.status_code == 200
    assert sums()["WALLET"] == 49_900


def test_what_the_bank_says_counts_not_what_was_asked(begin, confirm, sums):
    answer = confirm(begin("499.00"), amount="49.00")

    assert answer.json["flags"] == ["UNDERPAID"]
    assert sums()["WALLET"] == 4_900


@pytest.mark.parametrize("amount", ["0.00", "10000000.00"])
def test_an_amount_that_cannot_be_is_refused(begin, confirm, sums, amount):
    assert confirm(begin(), amount=amount).json["code"] == "invalid_amount"
    assert sums() == {}


def test_a_repeated_request_confirms_once(begin, confirm, sums):
    made, key = begin(), {"Idempotency-Key": "confirm-1"}
    at = ago(30).isoformat()

    answers = [confirm(made, headers=key, paid_at=at) for _ in range(2)]

    assert answers[0].data == answers[1].data
    assert sums()["WALLET"] == 49_900


def test_a_topup_with_a_gateway_needs_no_hand(topup, admin):
    body = {
        "sending_bank": "014",
        "slip_reference": "X1",
        "amount": "1.00",
        "paid_at": ago(1).isoformat(),
    }

    answer = admin.post(f"/api/v1/admin/topups/{topup()['id']}/confirm", json=body)

    assert (answer.status_code, answer.json["code"]) == (409, "not_confirmed_by_hand")


def test_a_refund_by_hand_is_paid_out_at_once(begin, confirm, client, api_key, sums):
    made = begin()
    confirm(made)
    admin = client(key=api_key(role=Role.ADMIN))

    answer = admin.post(
        f"/api/v1/admin/topups/{made['id']}/refund",
        json={"amount": "100.00", "reason": "sent back at the bank"},
    )

    assert answer.json["state"] == "DONE"
    assert sums() == {"WALLET": 39_900, "CLEARING": -39_900}


def test_only_an_admin_confirms(begin, client, api_key):
    path = f"/api/v1/admin/topups/{begin()['id']}/confirm"
    body = {"amount": "1.00", "paid_at": ago(1).isoformat()}

    assert client(key=api_key()).post(path, json=body).status_code == 403


def test_a_manual_account_takes_no_notices(begin, by_hand, client, sums):
    answer = by_hand.send(client(), by_hand.event(begin()))

    assert answer.json["code"] == "notices_not_expected"
    assert sums() == {}
