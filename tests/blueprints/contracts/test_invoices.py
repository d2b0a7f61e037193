"""A user's documents over the API: their own, as data and as files."""

from uuid import UUID, uuid4

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.offers.coupons import NewCoupon, make_coupon
from abtpro_saas.identity.roles import Role
from tests.billing.office import SELLER, TAX_ID


@pytest.fixture
def rented(renter):
    """A trader who rents BASIC of a tenant that charges VAT."""
    renter.office.register(utc_now())
    renter.done(renter.post("/contract", plan="BASIC"), 201)
    return renter


def test_an_invoice_says_all_of_itself(rented):
    (shown,) = rented.done(rented.get("/invoices"))["invoices"]

    assert (shown["kind"], shown["form"]) == ("INVOICE", "FULL")
    assert shown["number"].startswith("INV-00000-")
    assert (shown["net"], shown["vat"], shown["total"]) == ("466.36", "32.64", "499.00")
    assert (shown["currency"], shown["vat_basis_points"]) == ("THB", 700)
    assert shown["contract_id"] == rented.contract()["id"]
    assert (shown["cites"], shown["reason"], shown["granted"]) == (None, None, "0.00")
    assert shown["seller"]["tax_id"] == TAX_ID
    assert shown["seller"]["name_th"] == SELLER.name_th
    assert shown["buyer"]["name"] == "Somchai Jaidee"
    (line,) = shown["lines"]
    assert (line["quantity"], line["amount"]) == (1, "499.00")
    assert (line["price"], line["discount"], line["coupon"]) == ("499.00", "0.00", None)
    assert line["description"]["en"].startswith("Platform rental Basic, ")
    assert line["description"]["th"].startswith("ค่าเช่า")


def test_a_line_shows_its_price_the_coupon_and_what_is_left(renter):
    renter.office.register(utc_now())
    coupon = NewCoupon("THIRD", percent_off=33)
    renter.office.run(make_coupon, coupon, by=renter.user_id, now=utc_now())
    renter.done(renter.post("/contract", plan="BASIC", coupon="THIRD"), 201)

    (shown,) = renter.done(renter.get("/invoices"))["invoices"]

    (line,) = shown["lines"]
    assert (line["price"], line["discount"], line["amount"]) == (
        "499.00",
        "164.67",
        "334.33",
    )
    assert line["coupon"] == "THIRD"
    assert (shown["net"], shown["vat"], shown["total"]) == ("312.46", "21.87", "334.33")


def test_an_invoice_is_found_by_its_id(rented):
    (shown,) = rented.get("/invoices").json["invoices"]

    assert rented.done(rented.get(f"/invoices/{shown['id']}")) == shown


def test_a_credit_note_names_its_invoice(rented):
    (invoice,) = rented.get("/invoices").json["invoices"]
    rented.done(rented.post("/change", plan="ENTERPRISE", when="now"))

    _, note, first = rented.get("/invoices").json["invoices"]

    assert first == invoice
    assert note["kind"] == "CREDIT_NOTE"
    assert note["cites"] == {"id": invoice["id"], "number": invoice["number"]}
    assert note["reason"]


def test_documents_are_listed_by_pages(rented):
    rented.done(rented.post("/change", plan="ENTERPRISE", when="now"))
    whole = rented.get("/invoices").json

    first = rented.get("/invoices", limit=2).json
    rest = rented.get("/invoices", limit=2, cursor=first["next_cursor"]).json

    assert (first["count"], rest["count"], rest["next_cursor"]) == (2, 1, None)
    assert first["invoices"] + rest["invoices"] == whole["invoices"]


def test_a_cursor_of_anothers_list_is_refused(rented, asker):
    rented.done(rented.post("/change", plan="ENTERPRISE", when="now"))
    cursor = rented.get("/invoices", limit=1).json["next_cursor"]

    assert rented.code(asker().get("/invoices", cursor=cursor), 400) == "invalid_cursor"


@pytest.mark.parametrize("locale", ["th", "en", None])
def test_a_document_is_a_file_to_keep(rented, locale):
    (shown,) = rented.get("/invoices").json["invoices"]
    query = {"locale": locale} if locale else {}

    answer = rented.client.get(shown["pdf_url"], query_string=query)

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF-")
    assert shown["number"] in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_without_a_word_the_file_is_the_thai_one(rented):
    (shown,) = rented.get("/invoices").json["invoices"]
    path = f"/invoices/{shown['id']}.pdf"

    assert rented.get(path).data == rented.get(path, locale="th").data
    assert rented.get(path).data != rented.get(path, locale="en").data


def test_a_file_in_another_language_is_not_to_be_had(rented):
    (shown,) = rented.get("/invoices").json["invoices"]

    refused = rented.get(f"/invoices/{shown['id']}.pdf", locale="zh")

    assert rented.code(refused, 422) == "invalid"


@pytest.mark.parametrize("ending", ["", ".pdf"])
def test_a_document_is_its_owners_alone(rented, asker, new_tenant, user, ending):
    (shown,) = rented.get("/invoices").json["invoices"]
    path = f"/invoices/{shown['id']}{ending}"
    elsewhere = new_tenant()
    strangers = (
        asker(),
        asker(Role.ADMIN),
        asker(tenant_id=elsewhere),
        asker(Role.VIEWER),
    )

    for each in strangers:
        assert each.code(each.get(path), 404) == "not_found"
        assert each.get("/invoices").json["count"] == 0
    assert rented.code(rented.get(f"/invoices/{uuid4()}{ending}"), 404) == "not_found"


@pytest.mark.parametrize("ending", ["", "/{id}", "/{id}.pdf"])
def test_documents_take_their_scope(rented, asker, ending):
    (shown,) = rented.get("/invoices").json["invoices"]
    narrow = asker(user_id=rented.user_id, scopes=["wallet:read"])

    refused = narrow.get("/invoices" + ending.format(id=UUID(shown["id"])))

    assert narrow.code(refused, 403) == "missing_scope"
