"""The bodies of what admins sell: plans, coupons, and credit that they give."""

from marshmallow import ValidationError, validate
from marshmallow.fields import UUID, Boolean, Dict, Integer, List, Nested, Raw, String

from abtpro_saas.blueprints.contracts.rental_schemas import PlanOut
from abtpro_saas.blueprints.http.fields import Baht, Shaped, StrictSchema, Utc
from abtpro_saas.contracts.offers.defaults import GRACE, PERIOD
from abtpro_saas.money import Satang

MOST = Satang(1_000_000_000)
MANY = 1_000_000

CODE = Shaped(r"^[A-Z][A-Z0-9_]{0,31}$")
COUPON_CODE = Shaped(r"^[A-Za-z0-9][A-Za-z0-9-]{1,31}$")
DURATION = validate.Length(1, 40)
ISO = {"description": "ISO 8601, such as P1M, P3D or PT20S."}


def affordable(amount: Satang) -> None:
    """Refuse a slip of the finger: no plan costs more than ten million baht."""
    if amount > MOST:
        raise ValidationError("Ten million baht at most.")


def above_zero(amount: Satang) -> None:
    """Refuse nothing at all."""
    if not amount:
        raise ValidationError("More than nothing.")


class NamesIn(StrictSchema):
    """A plan's name in both languages."""

    th = String(required=True, validate=validate.Length(1, 60))
    en = String(required=True, validate=validate.Length(1, 60))


class PlanIn(StrictSchema):
    """A plan, or a new version of one; prices as the tenant names them."""

    code = String(required=True, validate=CODE)
    name = Nested(NamesIn, required=True)
    price = Baht(required=True, validate=affordable)
    yearly_price = Baht(load_default=None, allow_none=True, validate=affordable)
    period = String(load_default=PERIOD, validate=DURATION, metadata=ISO)
    grace_period = String(load_default=GRACE, validate=DURATION, metadata=ISO)
    trial_period = String(
        load_default=None, allow_none=True, validate=DURATION, metadata=ISO
    )
    features = Dict(
        keys=String(),
        values=Raw(),
        required=True,
        metadata={"description": "True of a flag; of a limit a number, -1 for any."},
    )
    offered = Boolean(load_default=True, truthy={True}, falsy={False})


class AdminPlanOut(PlanOut):
    """The newest version of a plan, and how the tenant names its prices."""

    list_price = Baht(required=True)
    yearly_list_price = Baht(required=True, allow_none=True)
    offered = Boolean(required=True)
    published_at = Utc(required=True)
    published_by = UUID(required=True, allow_none=True)


class AdminPlansOut(StrictSchema):
    """The newest version of each plan, sold or not, cheapest first."""

    plans = List(Nested(AdminPlanOut), required=True)
    count = Integer(required=True)


class CouponIn(StrictSchema):
    """A coupon: so many percent, or an amount, off the first charges."""

    code = String(required=True, validate=COUPON_CODE)
    percent_off = Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 100)
    )
    amount_off = Baht(
        load_default=None, allow_none=True, validate=[above_zero, affordable]
    )
    periods = Integer(
        load_default=1,
        strict=True,
        validate=validate.Range(1, 1200),
        metadata={"description": "How many charges of a contract it lowers."},
    )
    plans = List(
        String(validate=CODE),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "Which plans it is for; empty for any."},
    )
    max_redemptions = Integer(
        load_default=1, strict=True, validate=validate.Range(1, MANY)
    )
    expires_at = Utc(load_default=None, allow_none=True)


class CouponOut(StrictSchema):
    """A coupon, and how often it was used."""

    id = UUID(required=True, attribute="coupon_id")
    code = String(required=True)
    percent_off = Integer(required=True, allow_none=True)
    amount_off = Baht(required=True, allow_none=True)
    periods = Integer(required=True)
    plans = List(String(), required=True)
    max_redemptions = Integer(required=True, attribute="most")
    redeemed = Integer(required=True)
    expires_at = Utc(required=True, allow_none=True)
    withdrawn_at = Utc(required=True, allow_none=True)
    created_at = Utc(required=True)
    created_by = UUID(required=True, allow_none=True)


class CouponsOut(StrictSchema):
    """All coupons, newest first."""

    coupons = List(Nested(CouponOut), required=True)
    count = Integer(required=True)


class GrantIn(StrictSchema):
    """Credit for a user: it pays charges before the wallet does, until it expires."""

    user_id = UUID(required=True)
    amount = Baht(required=True, validate=affordable)
    expires_at = Utc(required=True)
    reason = String(required=True, validate=validate.Length(1, 200))


class GrantArgs(StrictSchema):
    """Whose grants to list."""

    user_id = UUID(required=True)


class GrantOut(StrictSchema):
    """Credit that was given, and what is left of it."""

    id = UUID(required=True, attribute="grant_id")
    user_id = UUID(required=True)
    amount = Baht(required=True)
    remaining = Baht(required=True)
    reason = String(required=True)
    granted_by = UUID(required=True, allow_none=True)
    created_at = Utc(required=True)
    expires_at = Utc(required=True)
    expired_at = Utc(required=True, allow_none=True)


class GrantsOut(StrictSchema):
    """A user's latest grants, newest first."""

    grants = List(Nested(GrantOut), required=True)
    count = Integer(required=True)
