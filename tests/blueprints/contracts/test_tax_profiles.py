"""Who is named in documents: the buyer by themselves, the seller by the admins."""

import pytest

from abtpro_saas.identity.roles import Role
from tests.billing.office import OTHER_TAX_ID, TAX_ID

BUYER = {"name": "บริษัท ผู้ซื้อ จำกัด", "address": "1 ถนนสุขุมวิท กรุงเทพฯ 10110"}
SELLER = {
    "name_th": "บริษัท สยามอัลโก จำกัด",
    "name_en": "Siam Algo Co., Ltd.",
    "address_th": "99 ถนนพระราม 4 กรุงเทพฯ 10110",
    "address_en": "99 Rama IV Road, Bangkok 10110",
}
PROFILE = "/tax-profile"


def test_a_buyer_is_named_by_the_account_until_they_say_more(renter):
    assert renter.done(renter.get(PROFILE)) == {
        "name": "Somchai Jaidee",
        "address": "",
        "tax_id": None,
        "branch": None,
        "updated_at": None,
    }


def test_documents_are_made_out_to_whom_the_buyer_names(renter):
    company = BUYER | {"tax_id": OTHER_TAX_ID, "branch": "00000"}

    named = renter.done(renter.put(PROFILE, **company))
    renter.post("/contract", plan="BASIC")

    assert named.pop("updated_at").endswith("Z")
    assert named == company == renter.get("/invoices").json["invoices"][0]["buyer"]


def test_documents_that_are_out_stay_as_they_are(renter):
    renter.post("/contract", plan="BASIC")
    before = renter.get("/invoices").json

    renter.done(renter.put(PROFILE, **BUYER))

    assert renter.get("/invoices").json == before


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"name": ""}, "invalid", "/name"),
        ({"name": " "}, "invalid_tax_details", "/name"),
        ({"tax_id": "0105561000012"}, "invalid_tax_details", "/tax_id"),
        ({"tax_id": "12"}, "invalid_tax_details", "/tax_id"),
        ({"branch": "00001"}, "invalid_tax_details", "/branch"),
        ({"tax_id": TAX_ID, "branch": "1"}, "invalid_tax_details", "/branch"),
        ({"user_id": 1}, "invalid", "/user_id"),
    ],
)
def test_a_buyer_whom_no_document_can_show_is_refused(renter, change, code, pointer):
    answer = renter.put(PROFILE, **BUYER | change)

    assert renter.code(answer, 422) == code
    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]
    assert renter.get(PROFILE).json["updated_at"] is None


def test_everybody_names_themselves_alone(renter, asker, new_tenant):
    renter.done(renter.put(PROFILE, **BUYER))

    assert asker().get(PROFILE).json["address"] == ""
    assert asker(tenant_id=new_tenant()).get(PROFILE).json["address"] == ""


def test_a_viewer_and_a_reading_key_name_nobody(asker):
    viewer, reader = asker(Role.VIEWER), asker(scopes=["rental:read"])

    assert viewer.code(viewer.put(PROFILE, **BUYER), 403) == "wrong_role"
    assert reader.code(reader.put(PROFILE, **BUYER), 403) == "missing_scope"


def test_a_tenant_has_no_seller_until_one_is_named(admin):
    assert admin.code(admin.get(PROFILE), 404) == "not_found"


def test_from_its_first_day_a_registered_seller_charges_vat(admin, renter, trail):
    registered = {"tax_id": TAX_ID, "registered_since": "2026-01-01"}
    named = admin.done(admin.put(PROFILE, **SELLER | registered))
    renter.post("/contract", plan="BASIC")

    (invoice,) = renter.get("/invoices").json["invoices"]
    assert named == admin.get(PROFILE).json
    assert (named["branch"], named["form"]) == ("00000", "FULL")
    assert named["registered_since"] == "2026-01-01"
    assert (invoice["form"], invoice["vat"]) == ("FULL", "32.64")
    assert invoice["seller"]["name_en"] == "Siam Algo Co., Ltd."
    assert trail()[0].action == "rental.rent"
    assert trail()[1].action == "tenant.tax_profile"


def test_an_unregistered_seller_gives_receipts_without_vat(admin, renter):
    admin.done(admin.put(PROFILE, **SELLER))
    renter.post("/contract", plan="BASIC")

    (invoice,) = renter.get("/invoices").json["invoices"]
    assert (invoice["form"], invoice["vat"], invoice["net"]) == (
        "RECEIPT",
        "0.00",
        "499.00",
    )


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"form": "RECEIPT"}, "invalid", "/form"),
        ({"registered_since": "2026-01-01"}, "invalid_tax_details", "/tax_id"),
        ({"registered_since": "1/1/2026"}, "invalid", "/registered_since"),
        ({"branch": "x"}, "invalid_tax_details", "/branch"),
        ({"active": False}, "invalid", "/active"),
    ],
)
def test_a_seller_whom_no_document_can_show_is_refused(admin, change, code, pointer):
    answer = admin.put(PROFILE, **SELLER | change)

    assert admin.code(answer, 422) == code
    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]


def test_a_seller_is_the_admins_to_name_and_the_viewers_to_see(asker, admin):
    admin.done(admin.put(PROFILE, **SELLER))
    viewer = asker(Role.VIEWER, below=admin.below)
    trader = asker(below=admin.below)

    assert viewer.done(viewer.get(PROFILE))["name_en"] == SELLER["name_en"]
    assert viewer.code(viewer.put(PROFILE, **SELLER), 403) == "wrong_role"
    assert trader.code(trader.get(PROFILE), 403) == "wrong_role"
    assert trader.code(trader.put(PROFILE, **SELLER), 403) == "wrong_role"


def test_each_tenant_names_its_own_seller(admin, asker, new_tenant):
    admin.done(admin.put(PROFILE, **SELLER))
    elsewhere = asker(Role.ADMIN, below=admin.below, tenant_id=new_tenant())

    assert elsewhere.code(elsewhere.get(PROFILE), 404) == "not_found"
