"""Whom the webhook believes: cases 1 to 5, 13, 15 and 16 of docs/payments.md."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from abtpro_saas.billing.gateways import signatures
from abtpro_saas.clock import utc_now
from tests.blueprints.payments import SECRET, WEBHOOK, ago


@pytest.fixture
def post(client):
    """Return a function that posts raw bytes under one signature header."""

    def send(raw, header, content_type="application/json", at=None, host=None):
        headers = {} if header is None else {"X-PromptPay-Signature": header}
        return client(host or "127.0.0.1", at=at).post(
            WEBHOOK, data=raw, content_type=content_type, headers=headers
        )

    return send


@pytest.fixture
def raw(topup, merchant):
    """A notice's bytes, to be signed."""
    return json.dumps(merchant.event(topup())).encode()


def signed(raw, at=None, *secrets):
    return signatures.sign(raw, secrets or [SECRET], at or utc_now())


def test_a_notice_without_signature_changes_nothing(post, raw, balance, look_up):
    answer = post(raw, None)

    assert (answer.status_code, answer.json["code"]) == (401, "signature_missing")
    assert balance() == "0.00"
    assert look_up("SELECT count(*) FROM gateway_events") == [0]
    assert look_up("SELECT count(*) FROM dead_letters") == [0]


def test_one_changed_byte_or_another_secret_is_refused(post, raw, balance):
    changed = post(raw.replace(b"499.00", b"999.00"), signed(raw))
    forged = post(raw, signed(raw, None, "somebody_elses_secret"))

    assert [changed.status_code, forged.status_code] == [401, 401]
    assert changed.json["code"] == forged.json["code"] == "signature_mismatch"
    assert balance() == "0.00"


@pytest.mark.parametrize(
    ("age_s", "status"), [(299, 200), (303, 401), (-297, 200), (-303, 401)]
)
def test_a_signature_is_good_for_300_seconds_either_way(post, raw, age_s, status):
    answer = post(raw, signed(raw, ago(age_s)))

    assert answer.status_code == status
    assert status == 200 or answer.json["code"] == "signature_too_old"


def test_one_of_several_signatures_is_enough(post, raw):
    header = signed(raw, None, "the_secret_to_come", SECRET)

    assert post(raw, header).status_code == 200


def test_other_schemes_and_two_times_are_refused(post, raw):
    header = signed(raw)
    only_v0 = post(raw, header.replace("v1=", "v0="))
    two_times = post(raw, f"t=1,{header}")

    assert [only_v0.json["code"], two_times.json["code"]] == [
        "signature_header_invalid",
        "signature_header_invalid",
    ]


def test_the_signature_holds_for_the_bytes_as_they_came(post, raw):
    spaced = json.dumps(json.loads(raw), indent=2).encode()

    assert post(spaced, signed(raw)).json["code"] == "signature_mismatch"


def test_a_signed_notice_that_is_no_json_is_kept_for_a_person(
    post, merchant, look_up, topup
):
    broken = b'{"merchant_id": "%s", "amount": ' % merchant.merchant_id.encode()

    answers = [post(broken, signed(broken)) for _ in range(2)]

    assert [each.status_code for each in answers] == [400, 400]
    assert look_up("SELECT body FROM dead_letters") == [broken]
    assert look_up("SELECT kind FROM incidents") == ["UNREADABLE_NOTICE"]


def test_a_notice_over_one_mebibyte_is_refused(post, raw):
    large = raw[:-1] + b', "x": "%s"}' % (b"x" * 1024 * 1024)

    assert post(large, signed(large)).status_code == 413


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", None])
def test_a_notice_of_another_media_type_is_refused(post, raw, content_type, balance):
    assert post(raw, signed(raw), content_type).status_code == 415
    assert balance() == "0.00"


def test_a_test_event_is_refused_where_money_is_real(topup, merchant, gateway, balance):
    answer = gateway(merchant.event(topup(), livemode=False))

    assert (answer.status_code, answer.json["code"]) == (422, "test_event")
    assert balance() == "0.00"


@pytest.mark.parametrize("changes", [{"tip": "1"}, {"currency": None}])
def test_unknown_and_missing_fields_are_named(topup, merchant, gateway, changes):
    answer = gateway(merchant.event(topup(), **changes))

    name = next(iter(changes))
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_field")
    assert answer.json["errors"][0]["pointer"] == f"/{name}"


def test_both_secrets_are_live_while_one_rotates(admin, post, topup, merchant):
    first, second = (json.dumps(merchant.event(topup())).encode() for _ in range(2))
    admin.post(
        "/api/v1/admin/gateway/rotate-secret", json={"secret": "whsec_the_next_one"}
    )

    old, new = (
        post(first, signed(first)),
        post(second, signed(second, None, "whsec_the_next_one")),
    )

    assert [old.status_code, new.status_code] == [200, 200]


def test_the_secret_before_the_last_two_is_dead(admin, make_app, post, raw):
    for secret in ("whsec_the_next_one", "whsec_the_one_after"):
        admin.post("/api/v1/admin/gateway/rotate-secret", json={"secret": secret})

    fresh = make_app()  # remembers no secret from before

    assert post(raw, signed(raw), at=fresh).json["code"] == "signature_mismatch"


def test_forgers_are_limited_and_valid_notices_always_pass(
    client, topup, merchant, gateway
):
    forger = client()
    forger.environ_base["REMOTE_ADDR"] = "127.9.9.9"
    body = merchant.event(topup())

    forged = {"json": body, "headers": {"X-PromptPay-Signature": "t=1,v1=00"}}
    tried = 1
    while (answer := forger.post(WEBHOOK, **forged)).status_code == 401:
        tried += 1

    assert answer.json["code"] == "too_many_signature_failures"
    assert 101 <= tried <= 201  # a minute may have ended between
    assert merchant.send(forger, body).status_code == 200


def test_a_merchant_that_nobody_knows_is_refused(topup, merchant, gateway):
    answer = gateway(merchant.event(topup(), merchant_id="nobody"))

    assert (answer.status_code, answer.json["code"]) == (401, "unknown_merchant")


def test_a_suspended_tenants_payers_are_credited(
    topup, pay, operator_engine, tenant, engine, sums
):
    made = topup("120.00")
    with operator_engine.begin() as connection:
        connection.execute(
            text("UPDATE tenants SET suspended_at = :now WHERE tenant_id = :id"),
            {"now": utc_now() - timedelta(minutes=1), "id": tenant},
        )

    assert pay(made).json["outcome"] == "CREDITED"
    assert sums() == {"WALLET": 12_000, "CLEARING": -12_000}
