import re

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.offers.coupons import NewCoupon, make_coupon
from tests.billing.office import TAX_ID
from tests.blueprints.pages.contracts.conftest import words_of

PAGE, BUYER = "/invoices", "/invoices/buyer"
NAMED = {"name": "บริษัท ผู้ซื้อ จำกัด", "address": "1 ถนนสุขุมวิท\nกรุงเทพฯ", "branch": ""}


@pytest.fixture
def paid(renter):
    """A trader with two invoices and a credit note."""
    renter.buy("BASIC", renter.ago(days=10))
    renter.change("PREMIUM", renter.ago(days=5))
    return renter


def files(page):
    return re.findall(r'href="(/invoices/[0-9a-f-]{36}\.pdf\?locale=\w\w)"', page)


def test_every_document_is_listed_newest_first(paid):
    page = paid.reader.text(PAGE)
    order = ["INV-00000-2026-000002", "CN-00000-2026-000001", "INV-00000-2026-000001"]
    order = [each.replace("2026", str(utc_now().year)) for each in order]

    assert sorted(order, key=page.index) == order
    assert "Receipt Platform rental Basic" in page
    assert "\N{MINUS SIGN}฿" in page


def test_a_document_is_downloaded_in_both_languages(paid):
    links = files(paid.reader.html(PAGE))
    assert len(links) == 6
    thai, english = (paid.reader.get(link) for link in links[:2])

    assert thai.mimetype == english.mimetype == "application/pdf"
    assert thai.data.startswith(b"%PDF")
    assert thai.data != english.data
    assert "INV-00000-" in thai.headers["Content-Disposition"]


def test_nobody_reads_anothers_documents(paid, new_renter, stranger, viewer):
    link = files(paid.reader.html(PAGE))[0]

    assert new_renter().reader.get(link).status_code == 404
    assert viewer.get(link).status_code == 404
    assert stranger.get(link).status_code == 303
    assert files(new_renter().reader.html(PAGE)) == []


def test_before_anything_is_paid_the_page_says_what_will_come(renter):
    assert "No invoices yet" in renter.reader.text(PAGE)


def test_the_next_document_names_the_buyer_that_was_given(renter, trail):
    renter.office.register()
    typed = NAMED | {"tax_id": f" {TAX_ID[:1]}-{TAX_ID[1:]} "}
    answer = renter.reader.send(PAGE, BUYER, **typed)
    assert answer.location == PAGE
    assert trail(action="tax_profile.set")

    renter.buy("BASIC")

    (document,) = renter.ask("SELECT buyer, form FROM documents")
    assert document.buyer["tax_id"] == TAX_ID
    assert document.buyer["name"] == NAMED["name"]
    assert document.form == "FULL"
    assert "With it you get a full tax invoice" in renter.reader.text(PAGE)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("tax_id", "0105561000012"),
        ("tax_id", "123"),
        ("branch", "1"),
        ("name", ""),
        ("address", "x" * 401),
    ],
)
def test_what_no_document_can_show_is_told_beside_its_field(renter, field, wrong):
    typed = NAMED | {"tax_id": TAX_ID, field: wrong}
    answer = renter.reader.send(PAGE, BUYER, **typed)

    assert answer.status_code == 422
    assert f'id="error-{field}"' in answer.text
    assert f">{NAMED['address']}<" in answer.text or field == "address"
    assert "INV" not in words_of(answer.text)


def test_without_a_registered_seller_the_page_promises_no_tax_invoice(renter):
    page = renter.reader.text(PAGE)

    assert "issues receipts without VAT at present" in page
    assert "deduct" not in page


def test_a_viewer_changes_no_buyer(viewer):
    assert viewer.browser.post(BUYER, data=NAMED).status_code == 403
    assert BUYER not in viewer.html(PAGE)


def test_many_documents_are_read_by_pages(renter):
    for turn in range(51):
        renter.office.charge(100, source=f"many:{turn}")
    page = renter.reader.html(PAGE)
    older = re.search(r'href="(/invoices\?cursor=[^"]+)"', page).group(1)

    assert len(files(page)) == 100
    assert len(files(renter.reader.html(older))) == 2


def test_a_coupon_is_shown_with_the_document_that_it_lowered(renter):
    coupon = NewCoupon("HALF", percent_off=50, periods=2)
    renter.office.run(make_coupon, coupon, by=renter.admin, now=renter.ago(days=11))
    renter.buy("BASIC", renter.ago(days=10), coupon="HALF", auto_renew=True)
    renter.review(renter.contract().period_end)
    renter.review(renter.contract().period_end)

    page = renter.reader.text(PAGE)

    assert page.count("฿499.00 less ฿249.50 by coupon HALF") == 2
