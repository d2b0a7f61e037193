"""The bodies of business figures."""

from marshmallow import validate
from marshmallow.fields import Boolean, Integer, List, Nested, String

from abtpro_saas.blueprints.http.fields import Baht, Shaped, StrictSchema, Utc

MONTH = Shaped(r"^2[01]\d\d-(0[1-9]|1[0-2])$", error="A month such as 2026-11.")
BPS = {"description": "In basis points: 8333 is 83.33 %; null of nothing."}
MS = {"description": "In milliseconds; null where there was none."}


class FiguresArgs(StrictSchema):
    """Which months, both included; the last twelve unless told otherwise."""

    first = String(load_default=None, validate=MONTH, data_key="from")
    last = String(
        load_default=None,
        validate=MONTH,
        data_key="to",
        metadata={"description": "Months to come are left out; 36 at most."},
    )
    format = String(load_default="json", validate=validate.OneOf(["json", "csv"]))


class MrrOut(StrictSchema):
    """What is paid a month, VAT included, and why it changed."""

    opening = Baht(required=True)
    new = Baht(required=True)
    reactivation = Baht(required=True)
    expansion = Baht(required=True)
    contraction = Baht(required=True)
    churn = Baht(required=True)
    closing = Baht(required=True)


class RentersOut(StrictSchema):
    """How many renters there are at the end."""

    paying = Integer(required=True)
    with_access = Integer(required=True)


class TopupFiguresOut(StrictSchema):
    """Top-ups that were begun in the month, and those of them that were paid."""

    created = Integer(required=True)
    paid = Integer(required=True)
    waiting = Integer(
        required=True, metadata={"description": "They can still be paid."}
    )
    rate_bps = Integer(required=True, allow_none=True, metadata=BPS)


class RenewalFiguresOut(StrictSchema):
    """Periods that came due in the month."""

    due = Integer(required=True)
    renewed = Integer(required=True)
    lapsed = Integer(required=True)
    waiting = Integer(required=True, metadata={"description": "Still in grace."})
    rate_bps = Integer(required=True, allow_none=True, metadata=BPS)


class RevenueOut(StrictSchema):
    """What was sold, without VAT; ``net`` and ``vat`` are the ledger's."""

    invoiced = Baht(required=True)
    credited = Baht(required=True)
    net = Baht(required=True)
    vat = Baht(required=True)
    agrees = Boolean(
        required=True,
        metadata={"description": "net is invoiced less credited, as it must be."},
    )


class EnforcementOut(StrictSchema):
    """How late the ends of periods and of grace were written down."""

    measured = Integer(required=True)
    median_ms = Integer(required=True, allow_none=True, metadata=MS)
    p99_ms = Integer(required=True, allow_none=True, metadata=MS)
    longest_ms = Integer(required=True, allow_none=True, metadata=MS)
    missed = Integer(
        required=True,
        metadata={"description": "Contracts that the sweep found forgotten: aim at 0."},
    )


class ShortPeriodsOut(StrictSchema):
    """Periods of less than a day, which MRR leaves out; paid with VAT."""

    periods = Integer(required=True)
    paid = Baht(required=True)


class TotalsOut(StrictSchema):
    """All months together."""

    mrr = Nested(MrrOut, required=True)
    topups = Nested(TopupFiguresOut, required=True)
    renewals = Nested(RenewalFiguresOut, required=True)
    revenue = Nested(RevenueOut, required=True)
    enforcement = Nested(EnforcementOut, required=True)
    short = Nested(ShortPeriodsOut, required=True)


class MonthFiguresOut(StrictSchema):
    """One month."""

    month = String(required=True)
    is_over = Boolean(required=True)
    mrr = Nested(MrrOut, required=True)
    renters = Nested(RentersOut, required=True)
    topups = Nested(TopupFiguresOut, required=True)
    renewals = Nested(RenewalFiguresOut, required=True)
    revenue = Nested(RevenueOut, required=True)
    enforcement = Nested(EnforcementOut, required=True)
    short = Nested(ShortPeriodsOut, required=True)


class CohortOut(StrictSchema):
    """Those whose first contract began in the month, and how many stayed."""

    month = String(required=True)
    size = Integer(required=True)
    kept = List(
        Integer(),
        required=True,
        metadata={
            "description": "With access at the end of the 1st, 2nd … next month."
        },
    )
    kept_bps = List(Integer(allow_none=True), required=True, metadata=BPS)


class FiguresOut(StrictSchema):
    """Business figures, the earliest month first."""

    since = String(required=True, data_key="from")
    until = String(required=True, data_key="to")
    as_of = Utc(required=True)
    currency = String(required=True)
    months = List(Nested(MonthFiguresOut), required=True)
    total = Nested(TotalsOut, required=True)
    cohorts = List(Nested(CohortOut), required=True)
