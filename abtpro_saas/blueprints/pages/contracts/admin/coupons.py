"""Coupons: what they take off, how often they were used, and who may use them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.pages.contracts.wording import plan_name
from abtpro_saas.blueprints.pages.frame.forms import (
    ANSWERABLE,
    EMPTY,
    Form,
    day_of,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.clock import bangkok_date, bangkok_day
from abtpro_saas.contracts.offers.coupons import (
    CouponError,
    NewCoupon,
    list_coupons,
    make_coupon,
    withdraw,
)
from abtpro_saas.contracts.offers.plans import newest_plans
from abtpro_saas.money import parse_baht

AMOUNT = "amount"
_DIGITS = 7

blp = Blueprint("coupons_page", __name__, url_prefix="/admin/coupons")


@blp.get("")
def show() -> Response:
    """Show all coupons, newest first, and the form of a new one."""
    return _page(EMPTY)


@blp.post("")
def make() -> Response:
    """Make a coupon."""
    try:
        with tenant_access(scope="plans:write") as access:
            session, tenant_id, now = access.session, access.tenant_id, access.now
            new = _new(now)
            made = make_coupon(session, tenant_id, new, by=access.user_id, now=now)
            access.note(action="coupon.create", subject=made.code)
    except ANSWERABLE as error:
        return _page(refused(error, beside=FIELDS))
    flash(_("The coupon can be used now."))
    return redirect(url_for("coupons_page.show"), 303)


@blp.post("/<uuid:coupon_id>/withdrawal")
def end(coupon_id: UUID) -> Response:
    """Let nobody use a coupon any more; again changes nothing."""
    with tenant_access(scope="plans:write") as access:
        gone = withdraw(access.session, access.tenant_id, coupon_id, access.now)
        access.note(action="coupon.withdraw", subject=gone.code)
    flash(_("Nobody can use it any more."))
    return redirect(url_for("coupons_page.show"), 303)


FIELDS = {
    "coupon_exists": "code",
    "percent_off": "off",
    "amount_off": "off",
    "amount": "off",
}


def _new(now: datetime) -> NewCoupon:
    percent = text("kind") != AMOUNT
    return NewCoupon(
        code=text("code"),
        percent_off=_whole("off") if percent else None,
        amount_off=None if percent else parse_baht(text("off").replace(",", "")),
        periods=_whole("periods"),
        plans=request.form.getlist("plans"),
        most=_whole("most"),
        expires_at=_expiry(now),
    )


def _whole(name: str) -> int:
    typed = text(name)
    if not typed.isdecimal() or len(typed) > _DIGITS:
        raise CouponError("a whole number", name)
    return int(typed)


def _expiry(now: datetime) -> datetime | None:
    """Return the end of the last day on which the coupon can be used, if any."""
    if not text("last_day"):
        return None
    day = day_of(text("last_day"))
    if day is None or day < bangkok_date(now):
        raise CouponError("a day to come", "last_day")
    return bangkok_day(day)[1].astimezone(UTC)


def _page(form: Form) -> Response:
    with tenant_access(scope="contracts:read") as access:
        session, tenant_id = access.session, access.tenant_id
        sold = newest_plans(session, tenant_id, access.now)
        context: dict[str, Any] = {
            "coupons": list_coupons(session, tenant_id),
            "plans": [(plan.code, plan_name(plan)) for plan in sold],
            "now": access.now,
            "may_write": "plans:write" in access.caller.scopes,
        }
    return render(
        "coupons/show.html",
        status=form.status,
        form=form,
        chosen=request.form.getlist("plans"),
        **context,
    )
