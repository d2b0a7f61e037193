"""What admins see of their tenant's contracts, and do to them, each with a reason."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from abtpro_saas.blueprints.http.fields import utc_text
from abtpro_saas.clock import utc_now
from abtpro_saas.identity.roles import Role

WHY = "asked by phone"


def instant(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.fixture
def rented(renter):
    """A trader who rents BASIC, and the contract's id."""
    made = renter.done(renter.post("/contract", plan="BASIC"), 201)
    return renter, made["id"]


def test_contracts_are_listed_with_whose_they_are(admin, rented, asker, rents):
    renter, contract = rented
    other = asker()
    rents(other.user_id, "PREMIUM", ends_in=-1)

    listed = admin.done(admin.get("/contracts"))

    newest, first = listed["contracts"]
    assert (listed["count"], listed["next_cursor"]) == (2, None)
    assert first["id"] == contract
    assert first["user"]["id"] == str(renter.user_id)
    assert first["user"]["name"] == "Somchai Jaidee"
    assert (newest["plan"], newest["status"]) == ("PREMIUM", "GRACE")


@pytest.mark.parametrize(
    ("query", "plans"),
    [
        ({"status": "ACTIVE"}, {"BASIC"}),
        ({"status": "GRACE"}, {"PREMIUM"}),
        ({"status": "SUSPENDED"}, {"ENTERPRISE"}),
        ({"status": "CANCELLED"}, set()),
        ({"plan": "premium"}, {"PREMIUM"}),
        ({"plan": "GOLD"}, set()),
        ({"due_before": utc_text(utc_now())}, {"PREMIUM", "ENTERPRISE"}),
        ({"due_before": "2020-01-01T00:00:00Z"}, set()),
    ],
)
def test_contracts_are_found_by_what_is_asked(admin, user, rents, query, plans):
    for plan, ends_in in (("BASIC", 9), ("PREMIUM", -1), ("ENTERPRISE", -9)):
        rents(user(), plan, ends_in=ends_in)

    found = admin.done(admin.get("/contracts", **query))["contracts"]

    assert {each["plan"] for each in found} == plans


def test_contracts_are_listed_by_pages(admin, user, rents):
    for _ in range(3):
        rents(user())

    first = admin.get("/contracts", limit=2).json
    rest = admin.get("/contracts", limit=2, cursor=first["next_cursor"]).json
    narrowed = admin.get("/contracts", plan="BASIC", cursor=first["next_cursor"])

    ids = {each["id"] for each in first["contracts"] + rest["contracts"]}
    assert (first["count"], rest["count"], len(ids)) == (2, 1, 3)
    assert rest["next_cursor"] is None
    assert admin.code(narrowed, 400) == "invalid_cursor"


def test_a_replaced_contract_is_listed_where_asked_for(admin, rented):
    renter, old = rented
    renter.post("/cancel", when="now")
    renter.done(renter.post("/contract", plan="BASIC"), 201)

    assert admin.get("/contracts").json["count"] == 1
    every = admin.get("/contracts", replaced=True).json["contracts"]
    assert [each["id"] == old for each in every] == [False, True]
    assert every[1]["replaced_at"].endswith("Z")


def test_a_contract_is_shown_with_all_that_happened(admin, rented):
    renter, contract = rented
    renter.done(renter.post("/change", plan="PREMIUM", when="now"))

    shown = admin.done(admin.get(f"/contracts/{contract}"))

    assert (shown["plan"], shown["limits"]["max_bots"]["limit"]) == ("PREMIUM", 10)
    assert [each["kind"] for each in shown["history"]] == ["CHANGED", "STARTED"]
    assert shown["history"][1]["detail"]["paid"] == "499.00"
    assert [each["kind"] for each in shown["periods"]] == ["CHANGE", "START"]
    assert shown["periods"][1]["left_at"] is not None
    assert [each["kind"] for each in shown["documents"]] == [
        "INVOICE",
        "CREDIT_NOTE",
        "INVOICE",
    ]
    assert shown["periods"][0]["document_id"] == shown["documents"][0]["id"]


def test_a_document_is_a_file_for_the_admin_too(admin, rented, asker, new_tenant):
    _, contract = rented
    (document,) = admin.get(f"/contracts/{contract}").json["documents"]
    elsewhere = asker(Role.ADMIN, below=admin.below, tenant_id=new_tenant())
    trader = asker(below=admin.below)
    path = f"/documents/{document['id']}.pdf"

    assert admin.client.get(document["pdf_url"]).data.startswith(b"%PDF-")
    assert elsewhere.code(elsewhere.get(path), 404) == "not_found"
    assert trader.code(trader.get(path), 403) == "wrong_role"


def test_a_contract_is_renewed_by_force_once_ahead(admin, rented):
    renter, contract = rented
    before = renter.contract()

    renewed = admin.done(admin.post(f"/contracts/{contract}/renew", reason=WHY))
    again = admin.post(f"/contracts/{contract}/renew", reason=WHY)

    assert instant(renewed["expiry"]) > instant(before["expiry"])
    assert admin.code(again, 409) == "contract_state"
    assert renter.held() == 1_000_000 - 2 * 49_900


def test_a_renewal_by_force_takes_the_users_money(admin, asker, rents):
    poor = asker(paid_in=100)
    contract = rents(poor.user_id, "BASIC", ends_in=-1).contract_id

    refused = admin.post(f"/contracts/{contract}/renew", reason=WHY)

    assert admin.code(refused, 402) == "balance_short"
    assert poor.held() == 100


@pytest.mark.parametrize(
    ("ends_in", "status_before"), [(2, "ACTIVE"), (-1, "GRACE"), (-9, "SUSPENDED")]
)
def test_time_is_given_free_of_charge(admin, asker, rents, ends_in, status_before):
    trader = asker()
    contract = rents(trader.user_id, "BASIC", ends_in=ends_in).contract_id
    before = trader.contract()

    given = admin.done(
        admin.post(f"/contracts/{contract}/extend", duration="P7D", reason=WHY)
    )

    from_when = utc_now() if ends_in == -9 else instant(before["expiry"])
    late = instant(given["expiry"]) - (from_when + timedelta(days=7))
    assert (before["status"], given["status"]) == (status_before, "ACTIVE")
    assert abs(late) < timedelta(minutes=1)


def test_a_contract_is_suspended_and_taken_up_again(admin, asker, rents, client):
    trader = asker()
    contract = rents(trader.user_id).contract_id
    account = "/api/v1/account"
    assert trader.client.get(account).status_code == 200

    shut = admin.done(admin.post(f"/contracts/{contract}/suspend", reason="chargeback"))
    while_shut = trader.client.get(account)
    opened = admin.done(admin.post(f"/contracts/{contract}/unsuspend", reason=WHY))

    assert (shut["status"], shut["suspended_reason"]) == ("SUSPENDED", "chargeback")
    assert (while_shut.status_code, while_shut.json["code"]) == (402, "feature_needed")
    assert (opened["status"], opened["suspended_at"]) == ("ACTIVE", None)
    assert trader.client.get(account).status_code == 200


def test_a_part_of_an_invoice_goes_back_with_a_credit_note(admin, rented):
    renter, contract = rented
    (invoice,) = renter.get("/invoices").json["invoices"]
    order = {"document_id": invoice["id"], "amount": "100.00", "reason": WHY}

    note = admin.done(admin.post(f"/contracts/{contract}/refund", **order), 201)

    assert (note["kind"], note["total"], note["reason"]) == (
        "CREDIT_NOTE",
        "100.00",
        WHY,
    )
    assert note["cites"]["number"] == invoice["number"]
    assert renter.held() == 1_000_000 - 39_900


def test_a_refund_under_one_key_is_paid_once(admin, asker, rented):
    renter, contract = rented
    (invoice,) = renter.get("/invoices").json["invoices"]
    order = {"document_id": invoice["id"], "amount": "100.00", "reason": WHY}
    path = f"/contracts/{contract}/refund"
    other = asker(Role.ADMIN, below=admin.below)

    first, again = (admin.post(path, mark="k1", **order) for _ in "ab")
    theirs = other.post(path, mark="k1", **order)

    assert (first.status_code, again.data) == (201, first.data)
    assert other.done(theirs, 201)["id"] != first.json["id"]  # keys are one's own
    assert renter.held() == 1_000_000 - 29_900


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"amount": "499.01"}, 409, "credit_too_large"),
        ({"amount": "0"}, 422, "invalid_amount"),
        ({"document_id": str(uuid4())}, 404, "not_found"),
        ({"reason": " "}, 422, "reason_needed"),
        ({"reason": ""}, 422, "invalid"),
        ({"amount": "1.001"}, 422, "invalid"),
    ],
)
def test_what_is_no_refund_is_refused(admin, rented, change, status, code):
    renter, contract = rented
    (invoice,) = renter.get("/invoices").json["invoices"]
    order = {"document_id": invoice["id"], "amount": "100.00", "reason": WHY}

    answer = admin.post(f"/contracts/{contract}/refund", **order | change)

    assert admin.code(answer, status) == code
    assert renter.held() == 1_000_000 - 49_900


def test_an_invoice_is_refunded_at_its_own_contract(admin, rented, asker):
    renter, _ = rented
    (invoice,) = renter.get("/invoices").json["invoices"]
    other = asker(paid_in=100_000)
    theirs = other.done(other.post("/contract", plan="BASIC"), 201)["id"]

    refused = admin.post(
        f"/contracts/{theirs}/refund",
        document_id=invoice["id"],
        amount="1.00",
        reason=WHY,
    )

    assert admin.code(refused, 409) == "contract_state"


ACTS = {
    "renew": {},
    "extend": {"duration": "P1D"},
    "suspend": {},
    "unsuspend": {},
    "refund": {"document_id": str(uuid4()), "amount": "1.00"},
}


@pytest.mark.parametrize("act", ACTS)
def test_each_act_says_why(admin, rented, act):
    _, contract = rented

    for reason in ({}, {"reason": ""}, {"reason": "x" * 201}):
        answer = admin.post(f"/contracts/{contract}/{act}", **ACTS[act] | reason)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == "/reason"


@pytest.mark.parametrize("act", ["renew", "extend", "suspend", "unsuspend"])
def test_each_act_is_written_into_the_trail(admin, rented, trail, act):
    _, contract = rented

    admin.done(admin.post(f"/contracts/{contract}/{act}", reason=WHY, **ACTS[act]), 200)

    (entry,) = trail(action=f"contract.{act}")
    assert (entry.subject, entry.detail["reason"]) == (contract, WHY)
    assert entry.actor_id == admin.user_id


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_an_admins_of_the_same_tenant(asker, rented, new_tenant, act):
    renter, contract = rented
    path, body = f"/contracts/{contract}/{act}", {"reason": WHY, **ACTS[act]}
    below = "/api/v1/admin"

    for role in (Role.TRADER, Role.VIEWER):
        other = asker(role, below=below)
        assert other.code(other.post(path, **body), 403) == "wrong_role"
    reader = asker(Role.ADMIN, below=below, scopes=["contracts:read"])
    assert reader.code(reader.post(path, **body), 403) == "missing_scope"
    elsewhere = asker(Role.ADMIN, below=below, tenant_id=new_tenant())
    assert elsewhere.code(elsewhere.post(path, **body), 404) == "not_found"
    assert elsewhere.code(elsewhere.get(f"/contracts/{contract}"), 404) == "not_found"
    assert elsewhere.get("/contracts").json["count"] == 0
    assert renter.contract()["status"] == "ACTIVE"
    assert renter.held() == 1_000_000 - 49_900


@pytest.mark.parametrize("duration", ["P7", "7D", "P-1D", "P9Y", "PT0S", ""])
def test_what_is_no_time_is_not_given(admin, rented, duration):
    _, contract = rented

    answer = admin.post(f"/contracts/{contract}/extend", duration=duration, reason=WHY)

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/duration"


def test_contracts_are_the_staffs_to_see(asker, rented):
    _, contract = rented
    viewer = asker(Role.VIEWER, below="/api/v1/admin")
    trader = asker(below="/api/v1/admin")

    assert viewer.done(viewer.get("/contracts"))["count"] == 1
    assert viewer.done(viewer.get(f"/contracts/{contract}"))["id"] == contract
    assert trader.code(trader.get("/contracts"), 403) == "wrong_role"
    assert trader.code(trader.get(f"/contracts/{contract}"), 403) == "wrong_role"
