"""What a printed document shows, read back from the file as a reader's program does."""

import io
from datetime import UTC, datetime

import pypdf
import pypdfium2
import pytest

from abtpro_saas.billing.invoices import pdf, vat
from abtpro_saas.billing.invoices.tables import Document
from abtpro_saas.money import Satang
from tests.billing.office import OTHER_TAX_ID, SELLER, TAX_ID

MM = 72 / 25.4
SELLER_PRINTED = {
    name: getattr(SELLER, name)
    for name in ("name_th", "name_en", "address_th", "address_en", "tax_id", "branch")
}
BUYER = {
    "name": "บริษัท ผู้ซื้อปั๊มน้ำมันที่กำแพงเพชร จำกัด",
    "address": "1 ถนนสุขุมวิท\nกรุงเทพมหานคร 10110",
    "tax_id": OTHER_TAX_ID,
    "branch": "00012",
}


def line(amount=149_900, th="ค่าเช่าใช้แพลตฟอร์ม PREMIUM", en="Platform rental"):
    return {"th": th, "en": en, "amount": amount, "quantity": 1}


def reduced(amount, discount):
    return line(amount) | {"discount": discount, "coupon": "HALF"}


def document(total=149_900, rate=700, **changes):
    amounts = vat.split(Satang(total), rate)
    values = {
        "kind": "INVOICE",
        "form": "FULL",
        "number": "INV-00000-2026-000123",
        "seller": SELLER_PRINTED,
        "buyer": BUYER,
        "lines": [line(total)],
        "granted": 0,
        "vat_basis_points": rate,
        "issued_at": datetime(2026, 11, 21, 17, tzinfo=UTC),
        **amounts._asdict(),
    }
    return Document(**values | changes)


def note(**changes):
    cited = {
        "number": "INV-00000-2026-000101",
        "issued_at": "2026-11-12T05:00:00+00:00",
        "net": 46_636,
        "credited": 0,
    }
    return document(
        33_267,
        kind="CREDIT_NOTE",
        number="CN-00000-2026-000007",
        cited=cited | changes,
        reason="เปลี่ยนแพ็กเกจก่อนครบกำหนด",
    )


def pages(file):
    """Return the text of each page."""
    with pypdfium2.PdfDocument(file) as found:
        return [page.get_textpage().get_text_range() for page in found]


def printed(row, locale="th"):
    """Return a document's words in the order in which they stand, on one line."""
    return " ".join(" ".join(pages(pdf.render(row, locale))).split())


def missing(text, *wanted):
    return [each for each in wanted if each not in text]


def test_a_full_tax_invoice_shows_what_the_law_asks_for():
    text = printed(document(granted=20_000))

    wanted = (
        "ใบกำกับภาษี",
        "ใบเสร็จรับเงิน",
        "ต้นฉบับ",
        SELLER.name_th,
        "แขวงคลองเตย กรุงเทพมหานคร 10110",
        f"เลขประจำตัวผู้เสียภาษี {TAX_ID} (สำนักงานใหญ่)",
        BUYER["name"],
        "1 ถนนสุขุมวิท กรุงเทพมหานคร 10110",
        f"เลขประจำตัวผู้เสียภาษี {OTHER_TAX_ID} (สาขาที่ 00012)",
        "INV-00000-2026-000123",
        "22 พฤศจิกายน 2569",
        "1 ค่าเช่าใช้แพลตฟอร์ม PREMIUM 1 1,499.00",
        "มูลค่าก่อนภาษีมูลค่าเพิ่ม 1,400.93",
        "ภาษีมูลค่าเพิ่ม 7% 98.07",
        "จำนวนเงินรวมทั้งสิ้น 1,499.00",
        "(หนึ่งพันสี่ร้อยเก้าสิบเก้าบาทถ้วน)",
        "ชำระด้วยเครดิตที่ได้รับ 200.00",
        "ชำระจากกระเป๋าเงิน 1,299.00",
    )
    assert missing(text, *wanted) == []


def test_an_abbreviated_one_says_that_vat_is_included_and_no_more():
    text = printed(document(form="ABBREVIATED"))

    assert missing(text, "ใบกำกับภาษีอย่างย่อ", "รวมภาษีมูลค่าเพิ่มแล้ว", "1,499.00") == []
    assert "98.07" not in text
    assert "1,400.93" not in text


def test_a_receipt_claims_no_tax():
    nobody = {**SELLER_PRINTED, "tax_id": None, "branch": None}

    text = printed(document(rate=0, form="RECEIPT", seller=nobody))

    assert missing(text, "ใบเสร็จรับเงิน", "1,499.00") == []
    assert "ใบกำกับภาษี" not in text
    assert "ภาษีมูลค่าเพิ่ม" not in text


def test_a_credit_note_shows_what_it_corrects_and_why():
    text = printed(note())

    wanted = (
        "ใบลดหนี้",
        "CN-00000-2026-000007",
        "อ้างถึงเลขที่ INV-00000-2026-000101",
        "ลงวันที่ 12 พฤศจิกายน 2569",
        "เปลี่ยนแพ็กเกจก่อนครบกำหนด",
        "มูลค่าตามเอกสารเดิม 466.36",
        "มูลค่าที่ถูกต้อง 155.45",
        "ผลต่าง 310.91",
        "ภาษีมูลค่าเพิ่ม 7% 21.76",
        "จำนวนเงินที่ลดหนี้ทั้งสิ้น 332.67",
        "คืนเข้ากระเป๋าเงิน 332.67",
    )
    assert missing(text, *wanted) == []
    assert "ลดหนี้ไปก่อนหน้านี้" not in text


def test_a_second_credit_note_counts_from_what_the_first_left():
    text = printed(note(credited=10_000))

    wanted = ("ลดหนี้ไปก่อนหน้านี้ -100.00", "มูลค่าที่ถูกต้อง 55.45", "ผลต่าง 310.91")
    assert missing(text, *wanted) == []


def test_the_english_one_says_that_it_is_a_translation():
    text = printed(document(), "en")

    wanted = (
        "Tax invoice",
        "Translation",
        "A translation: the document is the Thai one of the same number.",
        SELLER.name_en,
        f"Tax ID {TAX_ID} (Head office)",
        "Branch 00012",
        "22 November 2026",
        "Platform rental",
        "VAT 7% 98.07",
        "(One thousand four hundred ninety-nine baht only)",
    )
    assert missing(text, *wanted) == []
    assert "ต้นฉบับ" not in text


@pytest.mark.parametrize("locale", ["th", "en"])
def test_the_same_document_gives_the_same_bytes(locale):
    first = pdf.render(document(), locale)

    assert first == pdf.render(document(), locale)
    assert first != pdf.render(document(total=149_901), locale)


def test_the_file_says_what_it_is():
    about = pypdf.PdfReader(io.BytesIO(pdf.render(document(), "th"))).metadata

    assert about.title == "INV-00000-2026-000123"
    assert about.author == SELLER.name_th
    assert about.creation_date == datetime(2026, 11, 21, 17, tzinfo=UTC)


def test_its_fonts_are_in_the_file():
    [page] = pypdf.PdfReader(io.BytesIO(pdf.render(document(), "th"))).pages
    fonts = page["/Resources"]["/Font"].values()
    inner = [each["/DescendantFonts"][0]["/FontDescriptor"] for each in fonts]

    assert len(inner) == 2
    assert all("Sarabun" in each["/FontName"] for each in inner)
    assert all(each["/FontFile2"] for each in inner)


def test_every_glyph_reads_as_a_letter_even_to_programs_that_know_no_more():
    """Such as pypdf, which looks at the fonts alone: the vowel am has two glyphs."""
    [page] = pypdf.PdfReader(io.BytesIO(pdf.render(document(), "th"))).pages
    text = page.extract_text()

    assert "ําแพงเพชร" in text
    assert "จํานวนเงินรวมทั้งสิ้น 1,499.00" in text


def test_a_long_document_goes_on_with_its_columns_named():
    rows = [
        line(100 * n, th=f"รายการที่ {n}. " + "ก็ได้ " * (n % 30)) for n in range(1, 61)
    ]

    found = pages(pdf.render(document(lines=rows), "th"))

    assert len(found) > 2
    for number, text in enumerate(found, 1):
        assert f"INV-00000-2026-000123, หน้า {number}/{len(found)}" in text
        assert "จำนวนเงิน (บาท)" in text
    whole = "".join(found)
    assert [n for n in range(1, 61) if whole.count(f"รายการที่ {n}.") != 1] == []


@pytest.mark.parametrize("count", range(14, 24))
def test_the_sums_stay_together(count):
    found = pages(pdf.render(document(lines=[line()] * count), "th"))

    assert "มูลค่าก่อนภาษีมูลค่าเพิ่ม" in found[-1]
    assert "ชำระจากกระเป๋าเงิน" in found[-1]


LONG = {
    "name": "บริษัทผู้ซื้อที่มีชื่อยาวมากเหลือเกินจนไม่มีที่สิ้นสุดและไม่มีช่องว่าง" * 3,
    "address": "A" * 300 + "\n" + "W" * 99,
    "tax_id": None,
    "branch": None,
}


@pytest.mark.parametrize("locale", ["th", "en"])
def test_no_text_leaves_the_page(locale):
    row = document(buyer=LONG, lines=[line(th=LONG["name"] * 2, en="W" * 300)])
    row.seller = SELLER_PRINTED | {f"name_{locale}": LONG["name"]}

    with pypdfium2.PdfDocument(pdf.render(row, locale)) as found:
        for page in found:
            text = page.get_textpage()
            boxes = [text.get_rect(n) for n in range(text.count_rects())]
            assert min(box[0] for box in boxes) >= 19.5 * MM
            assert max(box[2] for box in boxes) <= 190.5 * MM
            assert min(box[1] for box in boxes) >= 8 * MM


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("สมชาย Ünlü", "สมชาย Ünlü"),
        ("{nb} of {} (\\) Tj ET", "{nb} of {} (\\) Tj ET"),
        ("王小明 🙂", "??? ?"),
    ],
)
def test_any_name_can_be_printed_and_none_leaves_a_blank(name, shown):
    text = printed(document(buyer=BUYER | {"name": name}))

    assert f"ลูกค้า {shown} 1 ถนนสุขุมวิท" in text


def test_rates_are_written_as_they_are():
    assert "ภาษีมูลค่าเพิ่ม 7.25% " in printed(document(rate=725))
    assert "ภาษีมูลค่าเพิ่ม 10% " in printed(document(rate=1000))


@pytest.mark.parametrize(
    ("locale", "discount", "left"),
    [
        ("en", "Discount, coupon HALF", "After the discount"),
        ("th", "ส่วนลดคูปอง HALF", "ราคาหลังหักส่วนลด"),
    ],
)
def test_a_coupon_s_discount_stands_between_price_and_net(locale, discount, left):
    row = document(277_777, lines=[reduced(277_777, 277_778)])

    text = printed(row, locale)

    order = ["5,555.55", discount, "-2,777.78", left, "2,777.77"]
    assert not missing(text, *order)
    places = [text.index(each) for each in order]
    assert places == sorted(places)


@pytest.mark.parametrize("locale", ["en", "th"])
def test_a_line_without_a_discount_looks_as_it_did_before_there_were_any(locale):
    none = line() | {"discount": 0, "coupon": None}

    assert pdf.render(document(lines=[none]), locale) == pdf.render(document(), locale)


def test_many_discounts_go_on_with_the_next_page():
    row = document(lines=[reduced(100, 50)] * 40)

    found = pages(pdf.render(row, "en"))

    assert len(found) > 1
    assert sum(page.count("coupon HALF") for page in found) == 40
