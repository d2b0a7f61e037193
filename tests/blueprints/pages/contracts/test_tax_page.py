from datetime import timedelta

import pytest

from abtpro_saas.clock import bangkok_date, utc_now
from tests.billing.office import OTHER_TAX_ID, TAX_ID

PAGE = "/admin/tax-profile"
TYPED = {
    "name_th": "บริษัท สยามอัลโก จำกัด", "name_en": "Siam Algo Co., Ltd.",
    "address_th": "99 ถนนพระราม 4\nกรุงเทพฯ", "address_en": "99 Rama IV Road\nBangkok",
    "tax_id": f"{TAX_ID[0]} {TAX_ID[1:5]} {TAX_ID[5:]}", "branch": "00000",
    "registered_since": "2026-01-01", "form": "FULL",
}  # fmt: skip


def test_until_somebody_issues_documents_they_are_receipts(staff):
    assert "Documents are receipts in the name of" in staff.text(PAGE)
    assert "Documents are receipts without VAT" in staff.text("/tenant/settings")


def test_a_registered_seller_issues_tax_invoices(staff, renter, trail):
    answer = staff.send(PAGE, PAGE, **TYPED)
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert trail(action="tenant.tax_profile")

    renter.buy("BASIC", utc_now())

    (document,) = renter.ask("SELECT form, vat, seller FROM documents")
    assert (document.form, document.vat) == ("FULL", 3_264)
    assert document.seller["tax_id"] == TAX_ID
    assert "You charge 7% VAT" in staff.text(PAGE)
    assert TAX_ID in staff.text("/tenant/settings")


def test_before_the_registration_nothing_is_charged(staff, renter):
    tomorrow = bangkok_date(utc_now()) + timedelta(days=1)
    typed = TYPED | {"registered_since": tomorrow.isoformat()}
    staff.send(PAGE, PAGE, **typed)

    assert "You charge no VAT and claim none" in staff.text(PAGE)
    renter.buy("BASIC", utc_now())
    assert renter.ask("SELECT vat FROM documents")[0].vat == 0


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"tax_id": ""}, "tax_id"),
        ({"tax_id": OTHER_TAX_ID[:-1] + "9"}, "tax_id"),
        ({"branch": "1"}, "branch"),
        ({"name_th": ""}, "name_th"),
        ({"address_en": ""}, "address_en"),
        ({"registered_since": "soon"}, "registered_since"),
    ],
)
def test_what_no_document_can_show_is_told_beside_its_field(staff, typed, field):
    answer = staff.send(PAGE, PAGE, **TYPED | typed)

    assert answer.status_code == 422
    assert f'id="error-{field}"' in answer.text
    assert "Documents are receipts in the name of" in staff.text(PAGE)


def test_only_an_admin_changes_it(viewer, renter, stranger):
    assert "disabled" in viewer.html(PAGE)
    assert viewer.browser.post(PAGE, data=TYPED).status_code == 403
    assert renter.reader.get(PAGE).status_code == 403
    assert renter.reader.browser.post(PAGE, data=TYPED).status_code == 403
    assert stranger.get(PAGE).location.startswith("/sign-in")
