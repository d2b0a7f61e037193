"""The callback of version 1.x: off unless asked for, and only ever a hint."""

import json

import pytest

from abtpro_saas.billing.gateways import signatures
from tests.billing.conftest import gateway_url, sim  # noqa: F401 - fixtures
from tests.blueprints.payments import BILLER, SECRET, WEBHOOK


@pytest.fixture
def classic(client, host_of, tenant, topup):
    """Return a function that calls back as version 1.x did, at the tenant's host."""

    def send(reference_id, status="SUCCESS", *, signed=SECRET, host=None, **more):
        raw = json.dumps({"reference_id": reference_id, "status": status} | more)
        header = signatures.sign_classic(raw.encode(), signed)
        return client(host or host_of(tenant)).post(
            WEBHOOK,
            data=raw,
            content_type="application/json",
            headers={"X-Webhook-Signature": header},
        )

    return send


@pytest.fixture(params=[{"driver": "classic"}, {"driver": "generic", "hints": True}])
def merchant(request, open_merchant, gateway_url, sim):  # noqa: F811 - fixtures
    """A merchant at the simulated gateway that takes hints."""
    made = open_merchant(base_url=gateway_url, **request.param)
    sim(
        "accounts",
        merchant_id=made.merchant_id,
        name="a shop",
        secrets=[SECRET],
        callback_url="http://127.0.0.1:9/nobody",
        biller_id=BILLER,
    )
    return made


@pytest.fixture
def paid(merchant, topup, sim):  # noqa: F811 - fixtures
    """Return a top-up that was paid at the gateway, which has told nobody."""
    made = topup("499.00")
    sim(
        "pay",
        merchant_id=merchant.merchant_id,
        reference_id=made["reference_id"],
        amount="499.00",
        deliver=False,
    )
    return made


def test_a_hint_makes_us_ask_and_the_gateways_answer_credits(paid, classic, balance):
    answer = classic(paid["reference_id"], metadata={"bank": "014"})

    assert answer.status_code == 200
    assert answer.json == {
        "success": True,
        "transaction_id": paid["id"],
        "status": "SUCCESS",
        "amount": "499.00",
        "outcome": "HINT",
    }
    assert balance() == "499.00"


def test_a_hint_by_itself_moves_nothing(topup, classic, balance):
    made = topup("499.00")

    answer = classic(made["reference_id"])

    assert (answer.status_code, answer.json["status"]) == (200, "PENDING")
    assert answer.json["success"] is False
    assert balance() == "0.00"


def test_a_hint_can_be_repeated_without_harm(paid, classic, sums):
    for _ in range(3):
        assert classic(paid["reference_id"]).json["status"] == "SUCCESS"

    assert sums()["WALLET"] == 49_900


def test_a_hint_with_a_wrong_signature_is_refused(paid, classic, balance):
    answer = classic(paid["reference_id"], signed="somebody_elses_secret")

    assert (answer.status_code, answer.json["code"]) == (401, "signature_mismatch")
    assert balance() == "0.00"


def test_a_hint_at_another_host_finds_no_secret_of_ours(paid, classic, balance):
    answer = classic(paid["reference_id"], host="nobody.localhost")

    assert (answer.status_code, answer.json["code"]) == (401, "unknown_merchant")
    assert balance() == "0.00"


def test_while_the_gateway_is_away_nothing_is_known(paid, classic, sim):  # noqa: F811 - fixtures
    sim("outage", seconds=60)

    answer = classic(paid["reference_id"])

    assert (answer.status_code, answer.json["code"]) == (503, "gateway_unavailable")


class TestOff:
    """A tenant that asked for nothing."""

    @pytest.fixture
    def merchant(self, open_merchant):
        return open_merchant(base_url="http://127.0.0.1:9")

    def test_hints_are_off_unless_asked_for(self, topup, classic, balance):
        answer = classic(topup()["reference_id"])

        assert (answer.status_code, answer.json["code"]) == (401, "signature_missing")
        assert balance() == "0.00"
