"""The words of a printed document, in Thai and in English."""

from dataclasses import dataclass
from datetime import date

from abtpro_saas.billing.invoices import spelling
from abtpro_saas.billing.words import DocumentForm, DocumentKind
from abtpro_saas.formats import format_month
from abtpro_saas.money import Satang

_PERCENT = 100


@dataclass(frozen=True)
class Wording:
    """One language's words; ``titles`` by kind and form, a main one and one below."""

    locale: str
    titles: dict[tuple[DocumentKind, DocumentForm], tuple[str, str]]
    original: str
    tax_id: str
    head_office: str
    branch: str
    buyer: str
    number: str
    issued: str
    cited: str
    cited_date: str
    reason: str
    item: str
    description: str
    quantity: str
    amount: str
    discount: str
    discounted: str
    net: str
    vat: str
    total: str
    taken_back: str
    includes_vat: str
    value_before: str
    credited_before: str
    value_after: str
    difference: str
    paid_granted: str
    paid_wallet: str
    back_granted: str
    back_wallet: str
    unsigned: str
    translation: str
    page: str


def _titles(
    full: str, abbreviated: str, receipt: str, note: str
) -> dict[tuple[DocumentKind, DocumentForm], tuple[str, str]]:
    kind, form = DocumentKind.INVOICE, DocumentForm
    return {
        (kind, form.FULL): (full, receipt),
        (kind, form.ABBREVIATED): (abbreviated, receipt),
        (kind, form.RECEIPT): (receipt, ""),
        **{(DocumentKind.CREDIT_NOTE, each): (note, "") for each in form},
    }


THAI = Wording(
    locale="th",
    titles=_titles("ใบกำกับภาษี", "ใบกำกับภาษีอย่างย่อ", "ใบเสร็จรับเงิน", "ใบลดหนี้"),
    original="ต้นฉบับ",
    tax_id="เลขประจำตัวผู้เสียภาษี",
    head_office="สำนักงานใหญ่",
    branch="สาขาที่",
    buyer="ลูกค้า",
    number="เลขที่",
    issued="วันที่",
    cited="อ้างถึงเลขที่",
    cited_date="ลงวันที่",
    reason="เหตุผลที่ลดหนี้",
    item="ลำดับ",
    description="รายการ",
    quantity="จำนวน",
    amount="จำนวนเงิน (บาท)",
    discount="ส่วนลดคูปอง {code}",
    discounted="ราคาหลังหักส่วนลด",
    net="มูลค่าก่อนภาษีมูลค่าเพิ่ม",
    vat="ภาษีมูลค่าเพิ่ม",
    total="จำนวนเงินรวมทั้งสิ้น",
    taken_back="จำนวนเงินที่ลดหนี้ทั้งสิ้น",
    includes_vat="จำนวนเงินในรายการรวมภาษีมูลค่าเพิ่มแล้ว",
    value_before="มูลค่าตามเอกสารเดิม",
    credited_before="ลดหนี้ไปก่อนหน้านี้",
    value_after="มูลค่าที่ถูกต้อง",
    difference="ผลต่าง",
    paid_granted="ชำระด้วยเครดิตที่ได้รับ",
    paid_wallet="ชำระจากกระเป๋าเงิน",
    back_granted="คืนเป็นเครดิตที่ได้รับ",
    back_wallet="คืนเข้ากระเป๋าเงิน",
    unsigned="เอกสารนี้ออกด้วยระบบคอมพิวเตอร์ ไม่ต้องลงลายมือชื่อ",
    translation="",
    page="หน้า",
)

ENGLISH = Wording(
    locale="en",
    titles=_titles("Tax invoice", "Abbreviated tax invoice", "Receipt", "Credit note"),
    original="Translation",
    tax_id="Tax ID",
    head_office="Head office",
    branch="Branch",
    buyer="Customer",
    number="Number",
    issued="Date",
    cited="Refers to",
    cited_date="Dated",
    reason="Reason",
    item="No.",
    description="Description",
    quantity="Quantity",
    amount="Amount (baht)",
    discount="Discount, coupon {code}",
    discounted="After the discount",
    net="Value before VAT",
    vat="VAT",
    total="Total",
    taken_back="Total credited",
    includes_vat="The amounts above include VAT.",
    value_before="Original value",
    credited_before="Credited earlier",
    value_after="Correct value",
    difference="Difference",
    paid_granted="Paid with granted credit",
    paid_wallet="Paid from the wallet",
    back_granted="Returned as granted credit",
    back_wallet="Returned to the wallet",
    unsigned="Issued by computer; no signature is needed.",
    translation="A translation: the document is the Thai one of the same number.",
    page="page",
)

WORDINGS = {each.locale: each for each in (THAI, ENGLISH)}


def in_words(satang: Satang, locale: str) -> str:
    """Write an amount in words."""
    spell = spelling.in_thai if locale == "th" else spelling.in_english
    return spell(satang)


def in_figures(satang: int) -> str:
    """Write an amount as a column of a document shows it: ``1,499.00``."""
    baht, rest = divmod(abs(satang), 100)
    return f"{'-' * (satang < 0)}{baht:,}.{rest:02d}"


def on_day(day: date, locale: str) -> str:
    """Write a day in full: ``22 พฤศจิกายน 2569`` or ``22 November 2026``."""
    return f"{day.day} {format_month(day, locale)}"


def rate(basis_points: int) -> str:
    """Write a rate of tax: 700 basis points are ``7%``, 750 are ``7.5%``."""
    return f"{basis_points / _PERCENT:g}%"
