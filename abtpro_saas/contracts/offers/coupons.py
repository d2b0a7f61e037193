"""Coupons: so much off the first charges of a contract."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from abtpro_saas.contracts.tables import Contract, Coupon
from abtpro_saas.database import lock
from abtpro_saas.errors import ConflictError, InvalidError
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import Satang

_WHOLE = 100
_MANY = 1_000_000
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,31}", re.ASCII)


class CouponError(InvalidError):
    """A coupon that cannot be used here, or not any more."""

    code = "invalid_coupon"


class CouponTakenError(ConflictError):
    """The tenant has a coupon of this code."""

    code = "coupon_exists"


@dataclass(frozen=True)
class NewCoupon:
    """A coupon to be made: ``percent_off``, or ``amount_off`` in satang, not both.

    It lowers the first ``periods`` charges of at most ``most`` contracts; an empty
    ``plans`` means any.
    """

    code: str
    percent_off: int | None = None
    amount_off: Satang | None = None
    periods: int = 1
    plans: Sequence[str] = ()
    most: int = 1
    expires_at: datetime | None = None


def make_coupon(
    session: Session, tenant_id: TenantId, new: NewCoupon, *, by: UserId, now: datetime
) -> Coupon:
    """Write a coupon.

    Raises:
        CouponError: it would take off nothing, or two things, or could not be used.
        CouponTakenError: the code is in use.
    """
    _check(new)
    made = Coupon(
        tenant_id=tenant_id,
        code=new.code.upper(),
        percent_off=new.percent_off,
        amount_off=new.amount_off,
        periods=new.periods,
        plans=[code.upper() for code in new.plans],
        most=new.most,
        redeemed=0,
        expires_at=new.expires_at,
        created_at=now,
        created_by=by,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        if "uq_coupons_tenant_id_code" in str(error.orig):
            raise CouponTakenError("there is a coupon of this code") from None
        raise CouponError("this is no coupon", "code") from error
    return made


def _check(new: NewCoupon) -> None:
    """Refuse what the table would, by the field that is wrong."""
    if (new.percent_off is None) == (new.amount_off is None):
        raise CouponError("either percent_off or amount_off", "percent_off")
    if new.percent_off is not None and not 1 <= new.percent_off <= _WHOLE:
        raise CouponError("1 to 100 percent", "percent_off")
    if new.amount_off is not None and new.amount_off <= 0:
        raise CouponError("more than nothing", "amount_off")
    if _CODE.fullmatch(new.code.upper()) is None:
        raise CouponError("2 to 32 letters, digits and hyphens", "code")
    for field, count in (("periods", new.periods), ("most", new.most)):
        if not 1 <= count <= _MANY:
            raise CouponError(f"1 to {_MANY:,}", field)


def list_coupons(session: Session, tenant_id: TenantId) -> Sequence[Coupon]:
    """Return all coupons of a tenant, newest first."""
    query = select(Coupon).where(Coupon.tenant_id == tenant_id)
    return session.scalars(query.order_by(Coupon.coupon_id.desc())).all()


def withdraw(
    session: Session, tenant_id: TenantId, coupon_id: UUID, now: datetime
) -> Coupon:
    """Let nobody use a coupon any more; contracts that have it keep it."""
    coupon = lock(session, Coupon, (tenant_id, coupon_id))
    coupon.withdrawn_at = coupon.withdrawn_at or now
    session.flush()
    return coupon


def find_coupon(
    session: Session, tenant_id: TenantId, code: str, plan_code: str, now: datetime
) -> Coupon:
    """Return the coupon that ``code`` names, if it may be used for a plan now.

    Raises:
        CouponError: there is none, or not for this plan, or not any more.
    """
    query = select(Coupon).where(
        Coupon.tenant_id == tenant_id, Coupon.code == code.strip().upper()
    )
    coupon = session.scalar(query)
    if coupon is None or coupon.withdrawn_at is not None:
        raise CouponError("there is no such coupon", "coupon")
    if coupon.expires_at is not None and now >= coupon.expires_at:
        raise CouponError("this coupon has expired", "coupon")
    if coupon.plans and plan_code not in coupon.plans:
        raise CouponError(f"this coupon is for {', '.join(coupon.plans)}", "coupon")
    if coupon.redeemed >= coupon.most:
        raise CouponError("this coupon has been used up", "coupon")
    return coupon


def require_unused(session: Session, coupon: Coupon, user_id: UserId) -> None:
    """Refuse a coupon to who has used it: a contract ended and made anew is no first.

    Raises:
        CouponError: a contract of this user's has it.
    """
    used = select(Contract.contract_id).where(
        Contract.tenant_id == coupon.tenant_id,
        Contract.user_id == user_id,
        Contract.coupon_id == coupon.coupon_id,
    )
    if session.scalar(used.limit(1)) is not None:
        raise CouponError("you have used this coupon before", "coupon")


def redeem(session: Session, coupon: Coupon) -> None:
    """Count one use of a coupon; the last one goes to one of those who race for it.

    Raises:
        CouponError: it has been used up meanwhile.
    """
    change = (
        update(Coupon)
        .where(
            Coupon.tenant_id == coupon.tenant_id,
            Coupon.coupon_id == coupon.coupon_id,
            Coupon.redeemed < Coupon.most,
        )
        .values(redeemed=Coupon.redeemed + 1)
        .returning(Coupon.redeemed)
    )
    if session.scalar(change) is None:
        raise CouponError("this coupon has been used up", "coupon")


def reduced(price: Satang, coupon: Coupon | None) -> Satang:
    """Return what is left of ``price``; a percentage rounds in the user's favour."""
    if coupon is None:
        return price
    if coupon.amount_off is not None:
        return Satang(max(price - coupon.amount_off, 0))
    return Satang(price * (_WHOLE - (coupon.percent_off or 0)) // _WHOLE)
