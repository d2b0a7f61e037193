"""The bodies of the rental API."""

from typing import Any

from marshmallow import ValidationError, validate, validates_schema
from marshmallow.fields import UUID, Boolean, Dict, Integer, List, Nested, Raw, String

from abtpro_saas.blueprints.contracts.charges import WAITS
from abtpro_saas.blueprints.http.fields import Baht, StrictSchema, Utc
from abtpro_saas.contracts.terms.features import FeatureType
from abtpro_saas.contracts.words import Billing, ContractStatus, When

PLAN = {"description": "A plan's code, in any case, or its id."}


class Word(String):
    """One of a few words in capitals; requests may write them in any case."""

    def __init__(self, words: type[Billing] | list[str], **options: object) -> None:
        super().__init__(validate=validate.OneOf(list(words)), **options)  # type: ignore[arg-type] # marshmallow's own options

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:  # noqa: ANN401 - marshmallow's signature
        return str(super()._deserialize(*args, **kwargs)).upper()


class WordsOut(StrictSchema):
    """The same in both languages."""

    th = String(required=True)
    en = String(required=True)


class FeatureOut(StrictSchema):
    """One thing that a plan gives: a flag is true, a limit a number or -1 for any."""

    key = String(required=True)
    type = String(required=True, validate=validate.OneOf(list(FeatureType)))
    value = Raw(
        required=True,
        metadata={"type": ["boolean", "integer"], "description": "-1: no limit."},
    )
    name = Nested(WordsOut, required=True)
    description = Nested(WordsOut, required=True)


class PlanOut(StrictSchema):
    """A plan on offer; prices are what a user pays, VAT included."""

    id = UUID(required=True)
    name = String(required=True, metadata={"description": "The same as code."})
    code = String(required=True)
    version = Integer(required=True)
    names = Nested(WordsOut, required=True)
    price = Baht(required=True)
    yearly_price = Baht(required=True, allow_none=True)
    currency = String(required=True)
    duration_days = Integer(required=True)
    period = String(required=True, metadata={"description": "ISO 8601, such as P1M."})
    grace_period = String(required=True)
    trial_period = String(required=True, allow_none=True)
    max_bots = Integer(required=True, metadata={"description": "-1: no limit."})
    features = List(String(), required=True, metadata={"description": "The flags."})
    limits = Dict(keys=String(), values=Integer(), required=True)
    feature_details = List(Nested(FeatureOut), required=True)


class PlansOut(StrictSchema):
    """What the tenant sells, cheapest first."""

    plans = List(Nested(PlanOut), required=True)
    count = Integer(required=True)


class OnePlanOut(StrictSchema):
    """One plan."""

    plan = Nested(PlanOut, required=True)


class LimitOut(StrictSchema):
    """How many of something the plan gives (-1: any number), and how many are used."""

    limit = Integer(required=True)
    used = Integer(required=True)


class NextChargeOut(StrictSchema):
    """What will be taken from the wallet, and when."""

    amount = Baht(required=True)
    price = Baht(required=True, metadata={"description": "Without the coupon."})
    discount = Baht(required=True, metadata={"description": "price - amount."})
    coupon = String(
        required=True,
        allow_none=True,
        metadata={"description": "The code of what lowers it."},
    )
    at = Utc(
        required=True,
        allow_none=True,
        metadata={"description": "Null where it is due, and waits for money."},
    )
    reason = String(
        required=True,
        allow_none=True,
        validate=validate.OneOf([WAITS]),
        metadata={
            "description": "Why `at` is null: it is taken as soon as the money is in "
            "the wallet."
        },
    )
    plan = String(required=True)
    billing_period = String(required=True, validate=validate.OneOf(list(Billing)))


class NextPlanOut(StrictSchema):
    """The plan that begins with the next period."""

    plan = String(required=True)
    billing_period = String(required=True, validate=validate.OneOf(list(Billing)))
    at = Utc(required=True)


class ContractCouponOut(StrictSchema):
    """The coupon of a contract, and how many more charges it lowers."""

    code = String(required=True)
    charges_left = Integer(required=True)


class CurrentPeriodOut(StrictSchema):
    """The stretch [start, end) that runs at this moment."""

    start = Utc(required=True)
    end = Utc(required=True)


class StandingOut(StrictSchema):
    """How a contract stands at this moment."""

    id = UUID(required=True)
    plan = String(required=True)
    plan_id = UUID(required=True)
    status = String(required=True, validate=validate.OneOf(list(ContractStatus)))
    trial = Boolean(required=True)
    billing_period = String(required=True, validate=validate.OneOf(list(Billing)))
    price = Baht(required=True, metadata={"description": "Of a period, in full."})
    currency = String(required=True)
    period_start = Utc(
        required=True,
        metadata={"description": "When the running period began, or the last one."},
    )
    current_period = Nested(
        CurrentPeriodOut,
        required=True,
        allow_none=True,
        metadata={"description": "The running period; null where none runs."},
    )
    expiry = Utc(
        required=True,
        metadata={
            "description": "When all that is paid or given ends: later than the "
            "running period where more was paid ahead."
        },
    )
    grace_ends_at = Utc(required=True)
    grace_period_days = Integer(required=True)
    is_expired = Boolean(
        required=True, metadata={"description": "Whether expiry is past."}
    )
    days_until_expiry = Integer(
        required=True, metadata={"description": "Days in Bangkok, 0 at least."}
    )
    auto_renew = Boolean(required=True)
    cancelled_at = Utc(required=True, allow_none=True)
    cancels_at = Utc(required=True, allow_none=True)
    created_at = Utc(required=True)
    renewed_at = Utc(required=True, allow_none=True)


class GivingOut(StrictSchema):
    """What a contract gives, and what comes next.

    Named before the other bases: marshmallow writes the fields of the last one first.
    """

    next_charge = Nested(NextChargeOut, required=True, allow_none=True)
    next_plan = Nested(NextPlanOut, required=True, allow_none=True)
    coupon = Nested(ContractCouponOut, required=True, allow_none=True)
    features = List(String(), required=True)
    limits = Dict(keys=String(), values=Nested(LimitOut), required=True)


class ContractOut(GivingOut, StandingOut):
    """A rental contract as it stands at this moment."""


class CurrentContractOut(StrictSchema):
    """The caller's contract, or null and a message."""

    contract = Nested(ContractOut, required=True, allow_none=True)
    message = String()


class ContractIn(StrictSchema):
    """What to rent."""

    plan = String(required=True, validate=validate.Length(1, 64), metadata=PLAN)
    billing_period = Word(Billing, load_default=Billing.MONTHLY)
    coupon = String(
        load_default=None, allow_none=True, validate=validate.Length(max=64)
    )
    auto_renew = Boolean(load_default=False, truthy={True}, falsy={False})


class AutoRenewIn(StrictSchema):
    """Whether the contract pays for its next period by itself, from the wallet."""

    auto_renew = Boolean(required=True, truthy={True}, falsy={False})


class RenewIn(StrictSchema):
    """Which plan to go on with: the present one, unless another is named."""

    plan = String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 64),
        metadata=PLAN,
    )
    plan_id = String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 64),
        metadata={"description": "Another name for plan; one of the two."},
    )
    billing_period = Word(
        Billing,
        load_default=None,
        allow_none=True,
        metadata={"description": "The present one, unless named."},
    )
    payment_method = Word(
        ["WALLET", "PROMPTPAY"],
        load_default="WALLET",
        metadata={"description": "Both pay from the wallet, which PromptPay fills."},
    )

    @validates_schema
    def one_name_alone(self, data: dict[str, Any], **_: object) -> None:
        """Refuse a body that names a plan twice."""
        if data["plan"] is not None and data["plan_id"] is not None:
            raise ValidationError("Not together with plan.", "plan_id")


class ChangeIn(StrictSchema):
    """Which plan, and from when."""

    plan = String(required=True, validate=validate.Length(1, 64), metadata=PLAN)
    when = String(
        load_default=When.PERIOD_END, validate=validate.OneOf([*map(str, When)])
    )
    billing_period = Word(
        Billing,
        load_default=None,
        metadata={"description": "The present one, unless named."},
    )


class CancelIn(StrictSchema):
    """When the contract ends."""

    when = String(
        load_default=When.PERIOD_END, validate=validate.OneOf([*map(str, When)])
    )


class FeaturesOut(StrictSchema):
    """What the caller has at this moment."""

    features = List(String(), required=True)
    limits = Dict(keys=String(), values=Nested(LimitOut), required=True)


class HasFeatureOut(StrictSchema):
    """Whether the caller has a feature at this moment."""

    feature = String(required=True)
    has_access = Boolean(required=True)
    known = Boolean(
        required=True, metadata={"description": "Whether there is such a feature."}
    )
