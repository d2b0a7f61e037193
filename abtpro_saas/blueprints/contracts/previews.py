"""What the API says of a change of plan that is only thought of."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from abtpro_saas.billing.invoices import issuing, parties, parts, vat
from abtpro_saas.billing.invoices.vat import Vat
from abtpro_saas.billing.words import DocumentKind
from abtpro_saas.blueprints.contracts.charges import charge_answer
from abtpro_saas.contracts.deals.reckoning import Preview, charge_share, credit_share
from abtpro_saas.contracts.offers.plans import get_plan
from abtpro_saas.contracts.terms.proration import Share
from abtpro_saas.ids import TenantId
from abtpro_saas.money import THB, Satang


def preview_answer(
    session: Session, tenant_id: TenantId, found: Preview, now: datetime
) -> dict[str, Any]:
    """Return a change's amounts, and the documents that it would issue."""
    paid = Satang(0) if found.running is None else found.running.paid
    return {
        "plan": found.plan.code,
        "billing_period": found.billing,
        "when": str(found.when),
        "starts_at": found.start,
        "ends_at": found.end,
        "given_until": found.end + found.given if found.given else None,
        "price": found.full_price,
        "credit": found.credit,
        "credit_share": _share(credit_share(found), paid),
        "charge": found.charge,
        "charge_share": _share(charge_share(found), found.full_price),
        "discount": Satang(found.full_charge - found.charge),
        "coupon": found.coupon.code if found.coupon else None,
        "due": found.due,
        "currency": THB,
        "balance": found.balance,
        "balance_after": found.balance_after,
        "next_charge": charge_answer(
            found.then, found.then_at, found.plan, found.billing
        ),
        "documents": _documents(session, tenant_id, found, now),
    }


def _share(part: Share | None, price: Satang) -> dict[str, Any] | None:
    """Return the figures of an amount that is a part of ``price``."""
    if part is None:
        return None
    left, whole = part.counts
    return {"left": left, "whole": whole, "unit": part.unit, "price": price}


def _documents(
    session: Session, tenant_id: TenantId, found: Preview, now: datetime
) -> list[dict[str, Any]]:
    coming = []
    running = found.running
    if running is not None and running.document_id is not None and found.credit:
        old = get_plan(session, tenant_id, running.plan_id)
        invoice = issuing.get_document(session, tenant_id, running.document_id)
        credited = parts.credited(session, invoice)
        amounts = parts.part_of(invoice, credited, found.credit).amounts
        coming.append(
            _document(DocumentKind.CREDIT_NOTE, old.code, amounts)
            | {"since": found.start, "until": running.period_end}
        )
    if found.charge:
        amounts = vat.split(found.charge, parties.vat_rate(session, tenant_id, now))
        coming.append(
            _document(DocumentKind.INVOICE, found.plan.code, amounts)
            | {"since": found.start, "until": found.end}
        )
    return coming


def _document(kind: DocumentKind, plan: str, amounts: Vat) -> dict[str, Any]:
    net, tax, total = amounts
    return {"kind": kind, "plan": plan, "amount": total, "net": net, "vat": tax}
