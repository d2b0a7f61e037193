"""The bodies of documents, and of who is named in them."""

from marshmallow import validate
from marshmallow.fields import UUID, Date, Integer, List, Nested, String

from abtpro_saas.billing.words import DocumentForm, DocumentKind
from abtpro_saas.blueprints.contracts.rental_schemas import WordsOut
from abtpro_saas.blueprints.http.fields import Baht, StrictSchema, Utc

NAME, ADDRESS = validate.Length(1, 400), validate.Length(1, 800)
THIRTEEN = {"description": "13 digits, of which the last is a check digit."}
BRANCH = {"description": "5 digits; 00000 is the head office."}
FORMS = [str(DocumentForm.FULL), str(DocumentForm.ABBREVIATED)]


class LineOut(StrictSchema):
    """What was sold, or what of it is given back; the amount is of all of them."""

    description = Nested(WordsOut, required=True)
    quantity = Integer(required=True)
    price = Baht(required=True, metadata={"description": "Before the discount."})
    discount = Baht(required=True, metadata={"description": "price - amount."})
    coupon = String(
        required=True,
        allow_none=True,
        metadata={"description": "The code of the coupon that gave the discount."},
    )
    amount = Baht(required=True)


class SellerOut(StrictSchema):
    """Who issued a document, as it is printed."""

    name_th = String(required=True)
    name_en = String(required=True)
    address_th = String(required=True)
    address_en = String(required=True)
    tax_id = String(required=True, allow_none=True)
    branch = String(required=True, allow_none=True)


class BuyerOut(StrictSchema):
    """Whom a document is made out to."""

    name = String(required=True)
    address = String(required=True)
    tax_id = String(required=True, allow_none=True)
    branch = String(required=True, allow_none=True)


class CitedOut(StrictSchema):
    """The invoice of which a credit note takes something back."""

    id = UUID(required=True)
    number = String(required=True)


class InvoiceOut(StrictSchema):
    """A document, as it was on its day; nothing changes it."""

    id = UUID(required=True)
    number = String(required=True)
    kind = String(required=True, validate=validate.OneOf(list(DocumentKind)))
    form = String(required=True, validate=validate.OneOf(list(DocumentForm)))
    issued_at = Utc(required=True)
    currency = String(required=True)
    net = Baht(required=True)
    vat = Baht(required=True)
    total = Baht(required=True)
    granted = Baht(
        required=True,
        metadata={"description": "What of the total was, or is again, granted credit."},
    )
    vat_basis_points = Integer(required=True)
    contract_id = UUID(required=True, allow_none=True)
    cites = Nested(CitedOut, required=True, allow_none=True)
    reason = String(required=True, allow_none=True)
    lines = List(Nested(LineOut), required=True)
    seller = Nested(SellerOut, required=True)
    buyer = Nested(BuyerOut, required=True)
    pdf_url = String(required=True)


class InvoicesOut(StrictSchema):
    """A page of documents, newest first."""

    invoices = List(Nested(InvoiceOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)


class PdfArgs(StrictSchema):
    """The language of the file: Thai is the document, English a translation."""

    locale = String(load_default="th", validate=validate.OneOf(["th", "en"]))


class BuyerProfileIn(StrictSchema):
    """Whom documents are to be made out to; a branch only of who has a tax ID."""

    name = String(required=True, validate=NAME)
    address = String(required=True, validate=ADDRESS)
    tax_id = String(load_default=None, allow_none=True, metadata=THIRTEEN)
    branch = String(load_default=None, allow_none=True, metadata=BRANCH)


class BuyerProfileOut(BuyerOut):
    """Whom the next document is made out to; from the account, until one is named."""

    updated_at = Utc(required=True, allow_none=True)


class SellerProfileIn(StrictSchema):
    """The place of business that issues; registered for VAT from a day on, if ever."""

    name_th = String(required=True, validate=NAME)
    name_en = String(required=True, validate=NAME)
    address_th = String(required=True, validate=ADDRESS)
    address_en = String(required=True, validate=ADDRESS)
    tax_id = String(load_default=None, allow_none=True, metadata=THIRTEEN)
    branch = String(load_default="00000", metadata=BRANCH)
    form = String(load_default=FORMS[0], validate=validate.OneOf(FORMS))
    registered_since = Date(load_default=None, allow_none=True)


class SellerProfileOut(SellerOut):
    """The place of business that issues."""

    form = String(required=True, validate=validate.OneOf(FORMS))
    registered_since = Date(required=True, allow_none=True)
    updated_at = Utc(required=True)
