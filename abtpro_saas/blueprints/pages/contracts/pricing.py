"""The plans side by side, open to everybody; and renting one, with what it costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from abtpro_saas.billing.grants import granted_balance
from abtpro_saas.billing.invoices import parties
from abtpro_saas.blueprints.guard import callers
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.pages.contracts.agreement import (
    require_agreed,
    topup_url,
)
from abtpro_saas.blueprints.pages.contracts.offers import (
    Visitor,
    compared,
    offers,
    saving,
)
from abtpro_saas.blueprints.pages.contracts.outlook import find_outlook
from abtpro_saas.blueprints.pages.frame.forms import (
    ANSWERABLE,
    EMPTY,
    Form,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.identity.signin import host_tenant
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.deals.buying import Purchase, buy, is_first
from abtpro_saas.contracts.deals.finding import (
    ContractBlockedError,
    ContractRunsError,
)
from abtpro_saas.contracts.deals.quoting import quote
from abtpro_saas.contracts.offers.coupons import CouponError
from abtpro_saas.contracts.offers.plans import plan, plans
from abtpro_saas.contracts.words import Billing
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.caller import Caller
from abtpro_saas.ids import TenantId
from abtpro_saas.money import Satang

blp = Blueprint("pricing_page", __name__, url_prefix="/pricing")


@blp.get("")
def show() -> Response:
    """Show what is sold, to whoever asks at a tenant's host."""
    billing = asked_billing()
    with _reading() as look:
        visitor = _visitor(look)
        session, tenant_id, now = look.session, look.tenant_id, look.now
        sold = plans(session, tenant_id, now)
        found = offers(session, tenant_id, billing, visitor, now)
        context: dict[str, Any] = {
            "offers": found,
            "compared": compared(found),
            "yearly": any(each.yearly_price is not None for each in sold),
            "saving": saving(session, sold, now),
            "vat": parties.vat_rate(session, tenant_id, now),
        }
    return render("pricing/show.html", billing=billing, visitor=visitor, **context)


@blp.get("/<code>")
def choose(code: str) -> Response:
    """Show what a plan costs to the satang, before anything is paid."""
    coupon = request.args.get("coupon", "").strip() or None
    return _choice(EMPTY, Purchase(code, asked_billing(), coupon))


@blp.post("/<code>")
def rent(code: str) -> Response:
    """Pay the first period from the wallet, or begin the trial."""
    renews = "auto_renew" in request.form
    order = Purchase(code, _billing(text("billing")), text("coupon") or None, renews)
    try:
        with tenant_access(scope="rental:write") as access:
            key = access.session, access.tenant_id, access.user_id
            require_agreed(quote(*key, order, access.now).due)
            made = buy(*key, order, access.now)
            access.note(action="rental.rent", subject=made.contract_id, plan=code)
    except (ContractRunsError, ContractBlockedError) as error:
        refused(error)  # sent twice: the contract's page shows what came of the first
        return redirect(url_for("contract_page.show"), 303)
    except ANSWERABLE as error:
        return _choice(refused(error), order)
    flash(_("Your trial has begun.") if made.trial else _("Your plan is active."))
    return redirect(url_for("contract_page.show"), 303)


def asked_billing() -> Billing:
    """Return the billing that the query names, by the month otherwise."""
    return _billing(request.args.get("billing", ""))


def _billing(word: str) -> Billing:
    return Billing.YEARLY if word == Billing.YEARLY else Billing.MONTHLY


def _choice(form: Form, order: Purchase) -> Response:
    wrong: CouponError | None = None
    with tenant_access(scope="rental:write") as access:
        key = access.session, access.tenant_id, access.user_id
        plan(access.session, access.tenant_id, order.plan, access.now)  # else 404
        try:
            quoted = quote(*key, order, access.now)
        except CouponError as error:
            wrong = error
            quoted = quote(*key, replace(order, coupon=None), access.now)
        except ContractRunsError:
            wanted: dict[str, Any] = {"plan": order.plan, "billing": order.billing}
            return redirect(url_for("change_page.show", **wanted))
        except ContractBlockedError:
            return redirect(url_for("contract_page.show"))
        granted = granted_balance(*key, access.now)
        vat = parties.vat_rate(access.session, access.tenant_id, access.now)
    if wrong is not None and form is EMPTY:
        form = _beside_coupon(refused(wrong), order.coupon)
    missing = Satang(max(quoted.due - quoted.balance, 0))
    kept = quoted.coupon.code if quoted.coupon else None
    code, billing = quoted.plan.code, order.billing
    back = url_for("pricing_page.choose", code=code, billing=billing, coupon=kept)
    return render(
        "pricing/choose.html",
        status=form.status,
        form=form,
        order=order,
        quote=quoted,
        granted=granted,
        missing=missing,
        top_up=topup_url(missing, back) if missing else None,
        vat=vat,
    )


def _beside_coupon(form: Form, typed: str | None) -> Form:
    told = form.problem or form.error("coupon") or ""
    return replace(
        form, values={"coupon": typed}, errors={"coupon": told}, problem=None
    )


@dataclass(frozen=True)
class _Look:
    session: Session
    tenant_id: TenantId
    who: Caller | None
    now: datetime


@contextmanager
def _reading() -> Iterator[_Look]:
    """Open a transaction of the reader's tenant, or of the host's for a stranger."""
    who = callers.known()
    if isinstance(who, Caller):
        with tenant_access(renewed=True) as access:
            yield _Look(access.session, access.tenant_id, who, access.now)
        return
    tenant_id = host_tenant()
    with tenant_transaction(house().engine, tenant_id) as session:
        yield _Look(session, tenant_id, None, utc_now())


def _visitor(look: _Look) -> Visitor:
    if look.who is None:
        return Visitor()
    key = look.session, look.tenant_id, look.who.user_id
    return Visitor(
        find_outlook(*key, look.now),
        may_rent="rental:write" in look.who.scopes,
        may_try=is_first(*key),
    )
