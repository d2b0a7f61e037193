"""What wallet, statement and overview say of a rental: as its reader reads."""

import csv
import io
import re

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.office import acts
from abtpro_saas.contracts.words import When
from abtpro_saas.ids import new_id

PAGES = ("/", "/wallet", "/statement")
WORDS = {
    "en": ("What for", "Platform rental Basic, ", "Refund of the rental"),
    "th": ("รายการ", "ค่าเช่าใช้แพลตฟอร์ม เบสิก, ", "คืนค่าเช่า"),
}


def refund(renter, reason="system was down"):
    """Give ฿100.00 back; return the invoice's number and the credit note's."""
    contract_id = renter.contract().contract_id
    query = "SELECT document_id, number FROM documents WHERE tenant_id = :tenant"
    ((invoice_id, number),) = renter.ask(f"{query} AND kind = 'INVOICE'")
    order = acts.RentalRefund(invoice_id, 10_000, reason, str(new_id()))
    told = {"by": renter.admin, "now": utc_now()}
    return number, renter.office.run(acts.refund, contract_id, order, **told).number


@pytest.fixture(params=["en", "th"])
def locale(request):
    return request.param


@pytest.fixture
def renting(new_renter, locale):
    renter = new_renter(locale=locale)
    renter.buy("BASIC", utc_now())
    return renter


@pytest.mark.parametrize("path", PAGES)
def test_a_rental_is_named_in_the_readers_language(renting, locale, path):
    column, charge, _ = WORDS[locale]
    page = renting.reader.text(path)

    assert column in page
    assert charge in page
    assert re.search(r"INV-\S+", page)


@pytest.mark.parametrize("path", PAGES)
def test_who_changes_the_language_reads_the_same_charge_in_it(renting, locale, path):
    other = {"en": "th", "th": "en"}[locale]
    change = "UPDATE users SET locale = :locale WHERE user_id = :user RETURNING 1"
    renting.ask(change, locale=other, user=renting.user_id)

    assert WORDS[other][1] in renting.reader.text(path)


@pytest.mark.parametrize("path", PAGES)
def test_a_refund_says_why_and_what_it_takes_back(renting, locale, path):
    invoice, note = refund(renting)
    page = renting.reader.text(path)

    assert WORDS[locale][2] in page
    assert "system was down" in page
    assert note in page
    assert page.count(invoice) >= 2


def test_what_a_change_gives_back_says_so_without_a_reason_in_two_languages(
    renting, locale
):
    renting.change("PREMIUM", utc_now(), When.NOW)
    page = renting.reader.text("/wallet")

    before = {"en": "before the change to Premium", "th": "ก่อนเปลี่ยนเป็น พรีเมียม"}
    assert before[locale] in page
    assert " / Change to" not in page


def test_a_document_in_the_wallet_opens_in_the_readers_language(renting, locale):
    page = renting.reader.html("/wallet")
    path, asked = re.search(r'href="(/invoices/[^"?]+)\?locale=(\w+)"', page).groups()

    assert asked == locale
    assert renting.reader.get(path).mimetype == "application/pdf"


@pytest.mark.parametrize("path", ["/wallet/movements.csv", "/statement/movements.csv"])
def test_the_files_say_the_same(renting, locale, path):
    invoice, note = refund(renting)
    text = renting.reader.get(path).data.decode("utf-8-sig")
    rows = {row["reference_id"]: row for row in csv.DictReader(io.StringIO(text))}

    assert rows[invoice]["description"].startswith(WORDS[locale][1])
    told = f"{WORDS[locale][2]}; system was down; {invoice}"
    assert rows[note]["description"] == told


def test_a_top_up_keeps_its_own_words(renting):
    assert "paid in" in renting.reader.text("/wallet")
