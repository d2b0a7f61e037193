"""Top-ups and the wallet over the API."""

from abtpro_saas.billing.qr import emvco
from abtpro_saas.clock import utc_now
from tests.billing.office import Office


def test_a_topup_carries_a_qr_that_asks_for_its_amount(topup):
    made = topup("1499.5")

    asked = emvco.read_payload(made["qr_payload"])
    assert (asked.reference, asked.amount) == (made["reference_id"], 149_950)
    assert (made["status"], made["amount"], made["currency"]) == (
        "PENDING",
        "1499.50",
        "THB",
    )
    assert made["qr_code_url"].startswith("data:image/png;base64,")


def test_a_paid_topup_credits_the_wallet(topup, merchant, client, balance, standing):
    made = topup("499.00")

    answer = merchant.send(client(), merchant.event(made))

    assert (answer.status_code, answer.json["outcome"]) == (200, "CREDITED")
    assert balance() == "499.00"
    assert standing(made)["status"] == "SUCCESS"


def test_a_repeated_notice_changes_nothing(topup, merchant, client, balance):
    event = merchant.event(topup("499.00"))

    outcomes = [merchant.send(client(), event).json["outcome"] for _ in range(3)]

    assert outcomes == ["CREDITED", "DUPLICATE", "DUPLICATE"]
    assert balance() == "499.00"


def test_transactions_show_money_and_what_is_not_money_yet(
    topup, merchant, client, trader
):
    paid = topup("100.00")
    merchant.send(client(), merchant.event(paid))
    waiting = topup("200.00")

    listed = trader.get("/api/v1/payment/transactions").json

    assert listed["count"] == 2
    assert [
        (each["reference_id"], each["status"], each["balance_after"])
        for each in listed["transactions"]
    ] == [
        (waiting["reference_id"], "PENDING", None),
        (paid["reference_id"], "SUCCESS", "100.00"),
    ]


def test_the_wallet_tells_of_granted_credit_apart(trader, engine, tenant, look_up):
    (owner,) = look_up("SELECT user_id FROM api_keys WHERE revoked_at IS NULL")
    Office(engine, tenant, owner).grant(5_000, now=utc_now())

    assert trader.get("/api/v1/payment/wallet").json["granted"] == "50.00"
