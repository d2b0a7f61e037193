"""An operator's browser asks for payloads in clear; nobody else gets any."""

import json

import pytest
from google.protobuf import json_format
from temporalio.api.common.v1 import Payload, Payloads

from abtpro_saas.sealing import Keyring
from abtpro_saas.temporal import PayloadSeal


def sealed(keyring, value="owed by somchai"):
    plain = Payload(
        metadata={"encoding": b"json/plain"}, data=json.dumps(value).encode()
    )
    payloads = Payloads(payloads=[PayloadSeal(keyring).seal(plain)])
    return json_format.MessageToJson(payloads)


def read(answer):
    payloads = json_format.Parse(answer.text, Payloads()).payloads
    return [each.data for each in payloads]


def test_an_operator_reads_a_payload_and_the_trail_says_so(operator, keyring, trail):
    before = len(trail("codec.decode"))

    answer = operator.post("/codec/decode", content=sealed(keyring))

    assert read(answer) == [b'"owed by somchai"']
    assert answer.headers["Cache-Control"] == "no-store"
    entry = trail("codec.decode")[-1]
    assert len(trail("codec.decode")) == before + 1
    assert entry.detail == {"payloads": 1}


def test_a_payload_of_a_key_that_is_gone_stays_sealed(operator):
    gone = Keyring((("gone", b"g" * 32),))

    answer = operator.post("/codec/decode", content=sealed(gone))

    assert answer.status_code == 200
    assert b"somchai" not in answer.content


def test_nobody_else_reads_anything(stranger, keyring):
    answer = stranger.post(
        "/codec/decode", content=sealed(keyring), headers={"X-Namespace": "default"}
    )

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"
    assert "somchai" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://siam.localhost"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_cannot_ask_for_an_operator(operator, keyring, headers):
    answer = operator.post("/codec/decode", content=sealed(keyring), headers=headers)

    assert answer.status_code == 403


@pytest.mark.parametrize("body", ["", "x", '{"payloads": 1}', "\xff"])
def test_what_is_no_list_of_payloads_is_refused(operator, body):
    answer = operator.post("/codec/decode", content=body.encode("latin-1"))

    assert answer.status_code == 422


def test_another_namespace_is_refused(operator, keyring):
    answer = operator.post(
        "/codec/decode", content=sealed(keyring), headers={"X-Namespace": "other"}
    )

    assert answer.status_code == 422


def test_nothing_is_ever_encoded(operator):
    assert operator.post("/codec/encode", content="{}").status_code == 404


def test_no_other_origin_is_let_in_by_a_preflight(operator):
    answer = operator.request(
        "OPTIONS",
        "/codec/decode",
        headers={
            "Origin": "http://evil.example",
            "Access-Control-Request-Method": "POST",
        },
    )

    assert "Access-Control-Allow-Origin" not in answer.headers
