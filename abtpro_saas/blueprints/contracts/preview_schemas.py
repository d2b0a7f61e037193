"""The body of a change of plan that is only thought of."""

from marshmallow import validate
from marshmallow.fields import List, Nested, String

from abtpro_saas.blueprints.contracts.rental_schemas import NextChargeOut
from abtpro_saas.blueprints.http.fields import Baht, StrictSchema, Utc
from abtpro_saas.contracts.words import Billing, When

SIGNED = {"description": "Below zero where more is given back than charged."}


class ComingDocumentOut(StrictSchema):
    """A document that a change would issue; its stretch is [from, to)."""

    kind = String(required=True)
    plan = String(required=True)
    amount = Baht(required=True)
    net = Baht(required=True)
    vat = Baht(required=True)
    since = Utc(required=True, data_key="from")
    until = Utc(required=True, data_key="to")


class ShareOut(StrictSchema):
    """How a part of a price is reckoned: price x left / whole, rounded half up."""

    left = String(required=True, metadata={"description": "Of `unit`, as decimal."})
    whole = String(required=True, metadata={"description": "Of the whole period."})
    unit = String(required=True, validate=validate.OneOf(["days", "seconds"]))
    price = Baht(required=True, metadata={"description": "Of the whole period."})


class PreviewOut(StrictSchema):
    """What a change would do to the wallet, to the satang."""

    plan = String(required=True)
    billing_period = String(required=True, validate=validate.OneOf(list(Billing)))
    when = String(required=True, validate=validate.OneOf([*map(str, When)]))
    starts_at = Utc(required=True)
    ends_at = Utc(required=True)
    given_until = Utc(
        required=True,
        allow_none=True,
        metadata={"description": "Until when given time follows, if any is left."},
    )
    price = Baht(
        required=True,
        metadata={"description": "Of a whole period, without a coupon."},
    )
    credit = Baht(
        required=True, metadata={"description": "What is given back of the old plan."}
    )
    credit_share = Nested(
        ShareOut,
        required=True,
        allow_none=True,
        metadata={"description": "Of what was paid; refunds lower the credit further."},
    )
    charge = Baht(required=True, metadata={"description": "What the new plan costs."})
    charge_share = Nested(
        ShareOut,
        required=True,
        allow_none=True,
        metadata={"description": "Null where a whole period, or a trial, is charged."},
    )
    discount = Baht(
        required=True,
        metadata={
            "description": "What of `charge` a coupon has taken off: at the end of a "
            "trial alone. Another change at once is not lowered, and uses none up."
        },
    )
    coupon = String(
        required=True,
        allow_none=True,
        metadata={"description": "The code of the coupon that lowers `charge`."},
    )
    due = Baht(required=True, metadata={"description": "charge - credit."})
    currency = String(required=True)
    balance = Baht(required=True, metadata={"description": "With granted credit."})
    balance_after = Baht(required=True, metadata=SIGNED)
    next_charge = Nested(
        NextChargeOut,
        required=True,
        metadata={
            "description": "What is taken when the change comes, or after one at once; "
            "a contract without auto-renewal is renewed by hand for it."
        },
    )
    documents = List(Nested(ComingDocumentOut), required=True)
