"""Every refusal under /api is problem+json; elsewhere it is a page."""

import pytest

from abtpro_saas.identity.roles import Role

MEMBERS = {
    "type",
    "title",
    "status",
    "detail",
    "instance",
    "code",
    "errors",
    "request_id",
}


@pytest.fixture
def trader(client, api_key, probe_app):
    return client(key=api_key(), at=probe_app)


def refused(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert set(answer.json) == MEMBERS
    assert answer.json["code"] == code
    assert answer.json["type"].endswith(code)
    assert answer.json["status"] == status
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    return answer


def test_an_unknown_path_is_a_problem(trader):
    refused(trader.get("/api/v1/nothing"), 404, "not_found")


def test_a_wrong_method_names_the_right_ones(trader):
    answer = refused(trader.delete("/api/v1/probe/marks"), 405, "method_not_allowed")

    assert "POST" in answer.headers["Allow"]


def test_an_unknown_path_outside_the_api_is_a_page(client):
    answer = client().get("/nothing")

    assert answer.status_code == 404
    assert answer.mimetype == "text/html"


def test_a_body_over_one_mebibyte_is_refused(trader):
    answer = trader.post(
        "/api/v1/probe/marks", data=b"x" * (1024 * 1024 + 1), content_type="text/plain"
    )

    refused(answer, 413, "body_too_large")


def test_a_body_of_another_media_type_is_refused(trader):
    answer = trader.post(
        "/api/v1/probe/marks", data="amount=1", content_type="text/plain"
    )

    refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b'{"amount": NaN}',
        b'{"amount": 1, "amount": 2}',
        b"[" * 100_000,
        b'{"amount": ' + b"9" * 5000 + b"}",
        b'{"amount": 1e9999999999999999999}',
    ],
)
def test_what_is_no_json_is_refused(trader, body):
    answer = trader.post(
        "/api/v1/probe/marks", data=body, content_type="application/json"
    )

    refused(answer, 400, "invalid_json")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/amount"),
        ({"amount": "1,000"}, "/amount"),
        ({"amount": 1.505}, "/amount"),
        ({"amount": True}, "/amount"),
        ({"amount": None}, "/amount"),
        ({"amount": 1, "ammount": 2}, "/ammount"),
        ({"amount": 1, "at": "2026-11-22T05:00:00"}, "/at"),
        ({"amount": 1, "at": "2026-13-22T05:00:00Z"}, "/at"),
        ({"amount": 1, "text": "a\0b"}, "/text"),
        ({"amount": 1, "text": "\ud800"}, "/text"),
        ({"amount": 1, "inner": {"depth": "x"}}, "/inner/depth"),
        ({"amount": 1, "inner": {"depth": 10**400}}, "/inner/depth"),
        ({"amount": 1, "inner": {"depth": -(10**400)}}, "/inner/depth"),
        ({"amount": 1, "inner": {"a/b~c": 1}}, "/inner/a~1b~0c"),
        ([], ""),
        ("text", ""),
    ],
)
def test_each_value_at_fault_is_pointed_at(trader, body, pointer):
    answer = refused(trader.post("/api/v1/probe/marks", json=body), 422, "invalid")

    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]
    assert answer.json["errors"][0]["in"] == "body"


def test_a_misspelt_filter_is_refused_by_its_name(trader):
    answer = refused(trader.get("/api/v1/probe/marks?stauts=X"), 422, "invalid")

    assert answer.json["errors"][0]["pointer"] == "/stauts"
    assert answer.json["errors"][0]["in"] == "query"


def test_a_filter_that_stands_twice_is_refused_by_its_name(trader):
    answer = trader.get("/api/v1/probe/marks?action=mark&action=half")

    assert refused(answer, 422, "invalid").json["errors"] == [
        {"pointer": "/action", "message": "Given more than once.", "in": "query"}
    ]


def test_nothing_has_a_name_with_nul(client, api_key):
    trader = client(key=api_key())

    for path in ("/api/v1/nothing%00", "/api/v1/payment/qr/%00.svg", "/link/%00"):
        assert trader.get(path).status_code == 404


def test_no_operators_path_with_nul_is_a_fault_of_ours(client, operator_key):
    answer = client(key=operator_key).post(
        "/api/v1/operator/tenants/si%00am/suspend", json={"reason": "x"}
    )

    refused(answer, 404, "not_found")


@pytest.mark.parametrize(
    ("sent", "stored"),
    [(1, "1.00"), ("1499.5", "1499.50"), (0.07, "0.07"), (1499.50, "1499.50")],
)
def test_amounts_are_strings_or_exact_numbers_of_baht(trader, sent, stored):
    answer = trader.post("/api/v1/probe/marks", json={"amount": sent})

    assert answer.status_code == 201
    assert answer.json["amount"] == stored


@pytest.mark.parametrize("number", ["1e2", "1.5e1", "-1", "1.505", "1E0"])
def test_numbers_that_are_no_amounts_are_refused(trader, number):
    answer = trader.post(
        "/api/v1/probe/marks",
        data=f'{{"amount": {number}}}',
        content_type="application/json",
    )

    refused(answer, 422, "invalid")


def test_an_instant_comes_back_in_utc(trader):
    body = {"amount": 1, "at": "2026-11-22T12:00:00+07:00"}

    answer = trader.post("/api/v1/probe/marks", json=body)

    assert answer.json["at"] == "2026-11-22T05:00:00Z"


def test_a_fault_of_ours_says_nothing_about_itself(trader):
    answer = refused(trader.post("/api/v1/probe/faults/bug"), 500, "internal_error")

    assert "hunter2" not in answer.text


@pytest.mark.parametrize("kind", ["deadlock", "slow"])
def test_a_busy_database_asks_to_try_again(trader, kind):
    answer = trader.post(f"/api/v1/probe/faults/{kind}")

    assert refused(answer, 503, "database_busy").headers["Retry-After"]


def test_a_lost_database_is_said_so(client, probed, api_key):
    lost = probed(DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/none")

    answer = client(key=api_key(), at=lost).get("/api/v1/probe/marks")

    assert refused(answer, 503, "database_unavailable").headers["Retry-After"]


def test_a_refusal_may_say_more_but_never_something_else_of_itself(trader):
    answer = trader.post("/api/v1/probe/marks", json={"amount": 1, "text": "short"})

    assert set(answer.json) == MEMBERS | {"missing"}
    assert (answer.json["missing"], answer.json["status"]) == ("1.00", 402)
    assert answer.json["code"] == "payment_required"


def test_nobody_learns_of_another_tenants_rows(
    client, api_key, user, new_tenant, probe_app
):
    stranger = user(tenant_id=new_tenant())
    admin = client(key=api_key(role=Role.ADMIN), at=probe_app)

    answer = admin.get(f"/api/v1/probe/users/{stranger}")

    refused(answer, 404, "not_found")
