"""Who sells and who buys, as documents name them, and which form that allows.

Only a seller who is registered for VAT may charge it. Of a tenant without a seller
profile, or before its ``registered_since``, the rate is zero, nothing is posted to
OUTPUT_VAT, and its documents are receipts that claim no tax.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abtpro_saas.billing.invoices import vat
from abtpro_saas.billing.invoices.tables import BuyerProfile, SellerProfile
from abtpro_saas.billing.qr.promptpay import check_digit
from abtpro_saas.billing.words import DocumentForm
from abtpro_saas.clock import bangkok_date
from abtpro_saas.database import take_turns
from abtpro_saas.errors import InvalidError
from abtpro_saas.identity.people import get_user
from abtpro_saas.identity.tenants import get_tenant
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import Satang

HEAD_OFFICE = "00000"
LONGEST_NAME, LONGEST_ADDRESS = 200, 400

_TAX_ID = re.compile(r"[0-9]{13}", re.ASCII)
_BRANCH = re.compile(r"[0-9]{5}", re.ASCII)


class PartyError(InvalidError):
    """A name, address, tax ID or branch that no document can show."""

    code = "invalid_tax_details"


@dataclass(frozen=True)
class Seller:
    """A place of business. Registered for VAT from ``registered_since`` on, if ever."""

    name_th: str
    name_en: str
    address_th: str
    address_en: str
    tax_id: str | None = None
    branch: str = HEAD_OFFICE
    form: DocumentForm = DocumentForm.FULL
    registered_since: date | None = None


@dataclass(frozen=True)
class Buyer:
    """Whom a user's documents are made out to; ``branch`` only of a VAT registrant."""

    name: str
    address: str
    tax_id: str | None = None
    branch: str | None = None


@dataclass(frozen=True)
class Selling:
    """A seller on the day of a document, as it is printed, with the rate of VAT."""

    branch: str
    basis_points: int
    form: DocumentForm
    printed: dict[str, Any]


def set_seller(
    session: Session, tenant_id: TenantId, seller: Seller, now: datetime
) -> SellerProfile:
    """Let this place of business issue from now on; another one stops.

    Raises:
        PartyError: a document could not show it, or VAT is charged without a tax ID.
    """
    if seller.form is DocumentForm.RECEIPT:
        raise PartyError("documents are FULL or ABBREVIATED", "form")
    if seller.registered_since is not None and seller.tax_id is None:
        raise PartyError("a VAT registrant has a tax ID", "tax_id")
    take_turns(session, f"sellers:{tenant_id}")  # only one is active
    session.execute(
        update(SellerProfile)
        .where(SellerProfile.tenant_id == tenant_id, SellerProfile.active)
        .values(active=False)
    )
    values = {
        "branch": _branch(seller.branch),
        "name_th": _name(seller.name_th, "name_th"),
        "name_en": _name(seller.name_en, "name_en"),
        "address_th": _address(seller.address_th, "address_th"),
        "address_en": _address(seller.address_en, "address_en"),
        "tax_id": _tax_id(seller.tax_id),
        "form": seller.form,
        "registered_since": seller.registered_since,
        "active": True,
        "updated_at": now,
    }
    row = session.merge(SellerProfile(tenant_id=tenant_id, **values))
    session.flush()
    return row


def get_seller(session: Session, tenant_id: TenantId) -> SellerProfile | None:
    """Return the place of business that issues, if the tenant has named one."""
    return session.scalar(
        select(SellerProfile)
        .where(SellerProfile.tenant_id == tenant_id, SellerProfile.active)
        .execution_options(populate_existing=True)
    )


def set_buyer(
    session: Session, tenant_id: TenantId, user_id: UserId, buyer: Buyer, now: datetime
) -> BuyerProfile:
    """Make a user's documents out to ``buyer`` from now on.

    Raises:
        NotFoundError: the tenant has no such user.
        PartyError: a document could not show it, or a branch comes without a tax ID.
    """
    get_user(session, tenant_id, user_id)
    if buyer.branch is not None and buyer.tax_id is None:
        raise PartyError("only who has a tax ID has a branch", "branch")
    values = {
        "name": _name(buyer.name, "name"),
        "address": _address(buyer.address, "address"),
        "tax_id": _tax_id(buyer.tax_id),
        "branch": None if buyer.branch is None else _branch(buyer.branch),
        "updated_at": now,
    }
    key = {"tenant_id": tenant_id, "user_id": user_id}
    row = session.merge(BuyerProfile(**key, **values))
    session.flush()
    return row


def get_buyer(
    session: Session, tenant_id: TenantId, user_id: UserId
) -> BuyerProfile | None:
    """Return whom a user's documents are made out to, if they said so."""
    return session.get(BuyerProfile, (tenant_id, user_id), populate_existing=True)


def selling(session: Session, tenant_id: TenantId, now: datetime) -> Selling:
    """Return who sells at the instant ``now``."""
    tenant = get_tenant(session, tenant_id)
    row = get_seller(session, tenant_id)
    if row is None:
        nobody = {"address_th": "", "address_en": "", "tax_id": None, "branch": None}
        printed = {"name_th": tenant.name, "name_en": tenant.name, **nobody}
        return Selling(HEAD_OFFICE, 0, DocumentForm.RECEIPT, printed)
    since = row.registered_since
    registered = since is not None and since <= bangkok_date(now)
    names = ("name_th", "name_en", "address_th", "address_en", "tax_id", "branch")
    return Selling(
        row.branch,
        tenant.vat_basis_points if registered else 0,
        DocumentForm(row.form) if registered else DocumentForm.RECEIPT,
        {name: getattr(row, name) for name in names},
    )


def vat_rate(session: Session, tenant_id: TenantId, now: datetime) -> int:
    """Return the rate that the tenant must charge, in basis points: 0 unregistered."""
    return selling(session, tenant_id, now).basis_points


def gross_price(
    session: Session, tenant_id: TenantId, price: Satang, now: datetime
) -> Satang:
    """Return what a user pays for ``price``, by the tenant's setting and standing."""
    included = get_tenant(session, tenant_id).prices_include_vat
    return vat.gross(price, vat_rate(session, tenant_id, now), included=included)


def buying(session: Session, tenant_id: TenantId, user_id: UserId) -> dict[str, Any]:
    """Return a user as documents name them: by their profile, or by their account."""
    row = get_buyer(session, tenant_id, user_id)
    if row is None:
        name = get_user(session, tenant_id, user_id).name
        return {"name": name, "address": "", "tax_id": None, "branch": None}
    return {
        name: getattr(row, name) for name in ("name", "address", "tax_id", "branch")
    }


def form_of(seller: Selling, buyer: dict[str, Any]) -> DocumentForm:
    """Return the form of an invoice.

    A buyer with a tax ID gets a full one, who could not deduct the VAT of another;
    everybody else what the seller has chosen. Without VAT it is a receipt.
    """
    if seller.form is DocumentForm.ABBREVIATED and buyer["tax_id"] is not None:
        return DocumentForm.FULL
    return seller.form


def _tax_id(text: str | None) -> str | None:
    if text is None:
        return None
    if _TAX_ID.fullmatch(text) is None:
        raise PartyError("a tax ID has 13 digits", "tax_id")
    if check_digit(text[:12]) != text[12]:
        raise PartyError("the check digit of this tax ID is wrong", "tax_id")
    return text


def _branch(text: str) -> str:
    if _BRANCH.fullmatch(text) is None:
        raise PartyError("a branch has 5 digits; the head office is 00000", "branch")
    return text


def _name(text: str, field: str) -> str:
    return _shown(" ".join(text.split()), LONGEST_NAME, field)


def _address(text: str, field: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return _shown("\n".join(filter(None, lines)), LONGEST_ADDRESS, field)


def _shown(text: str, longest: int, field: str) -> str:
    normal = unicodedata.normalize("NFC", text)
    if not 1 <= len(normal) <= longest or not normal.replace("\n", " ").isprintable():
        raise PartyError(f"this has 1 to {longest} characters that can be read", field)
    return normal
