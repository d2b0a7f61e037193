"""The bodies of what came out of backtests."""

from marshmallow import validate
from marshmallow.fields import (
    UUID,
    Boolean,
    Dict,
    Float,
    Integer,
    List,
    Nested,
    Raw,
    String,
)

from abtpro_saas.blueprints.backtest.bodies.orders import (
    BROUGHT,
    NUMBER,
    ReasonOut,
    RunOut,
)
from abtpro_saas.blueprints.backtest.bodies.reruns import RepeatedOut
from abtpro_saas.blueprints.http.fields import StrictSchema, Utc
from abtpro_saas.blueprints.http.pagination import CursorArgs
from abtpro_saas.formats import LOCALES

MOST_POINTS = 5_000


class TradeOut(StrictSchema):
    """One round trip; one that is open has the reason OPEN."""

    number = Integer(required=True)
    symbol = String(required=True)
    side = String(required=True, validate=validate.OneOf(["LONG", "SHORT"]))
    entry_time = Utc(required=True)
    entry_price = Float(required=True)
    exit_time = Utc(required=True)
    exit_price = Float(required=True)
    bars = Integer(required=True)
    size = Float(required=True)
    profit = Float(required=True)
    fees = Float(required=True)
    funding = Float(
        required=True,
        allow_none=True,
        metadata={"description": "Null where a rate is not known."},
    )
    slippage = Float(required=True)
    mae = Float(
        required=True,
        metadata={
            "description": "The worst it came to, as a fraction of the entry's value:"
            " 0 or below. Metrics of MAE are positive percent."
        },
    )
    mfe = Float(
        required=True,
        metadata={"description": "The best it came to, alike: 0 or above."},
    )
    reason = String(required=True)


class TradesOut(StrictSchema):
    """A page of trades, in the order of their exits."""

    trades = List(Nested(TradeOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)


class EquityArgs(CursorArgs):
    """Every candle by pages, or as many points of all as a chart shows."""

    limit = Integer(
        load_default=500,
        validate=validate.Range(1, MOST_POINTS),
        metadata={"description": "How many rows at most."},
    )
    points = Integer(
        load_default=None,
        validate=validate.Range(4, MOST_POINTS),
        metadata={"description": "So many rows of all of them, no extreme missing."},
    )


class PointOut(StrictSchema):
    """The account at the close of a candle, which opened at ``time``."""

    time = Utc(required=True)
    equity = Float(required=True)
    exposure = Float(required=True)
    benchmark = Float(required=True)


class EquityOut(StrictSchema):
    """Equity over time, oldest first."""

    equity = List(Nested(PointOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)


class ReportArgs(StrictSchema):
    """The form of a report."""

    format = String(
        load_default="json", validate=validate.OneOf(["json", "html", "pdf", "xlsx"])
    )
    locale = String(
        load_default=None,
        validate=validate.OneOf(LOCALES),
        metadata={"description": "Of the words: else `Accept-Language`, else yours."},
    )


class MetricOut(StrictSchema):
    """A metric with what it means."""

    key = String(required=True)
    group = String(required=True)
    unit = String(required=True)
    title = Dict(keys=String(), values=String(), required=True)
    definition = Dict(keys=String(), values=String(), required=True)
    source = String(required=True)
    value = Raw(required=True, allow_none=True, metadata=NUMBER)
    reason = Nested(ReasonOut, required=True, allow_none=True)


class MonthOut(StrictSchema):
    """One month, as 2023-01; trades count where they were closed."""

    month = String(required=True)
    equity = Float(required=True)
    profit = Float(required=True)
    return_percent = Float(required=True)
    trades = Integer(required=True)
    winning_trades = Integer(required=True)


class DrawnOut(PointOut):
    """A point of the equity, and how far it is below the highest so far."""

    drawdown_percent = Float(required=True)


class ReportOut(StrictSchema):
    """All of a run: what was ordered, every metric explained, every trade.

    Of more than 5,000 candles (``candles`` says how many there are) the equity has so
    many rows as stand for all, no extreme missing.
    """

    backtest = Nested(RunOut, required=True)
    certified = Dict(keys=String(), required=True)
    metrics = List(Nested(MetricOut), required=True)
    months = List(Nested(MonthOut), required=True)
    candles = Integer(required=True)
    equity = List(Nested(DrawnOut), required=True)
    trades = List(Nested(TradeOut), required=True)


class CompareIn(StrictSchema):
    """Which backtests to lay side by side."""

    backtest_ids = List(UUID(), required=True, validate=validate.Length(2, 10))


class ComparedOut(StrictSchema):
    """A metric of each, in the order in which they were named."""

    key = String(required=True)
    unit = String(required=True)
    title = Dict(keys=String(), values=String(), required=True)
    values = List(Raw(allow_none=True, metadata=NUMBER), required=True)


class CompareOut(StrictSchema):
    """Backtests side by side; ``same`` says in what they do not differ."""

    backtests = List(Nested(RunOut), required=True)
    metrics = List(Nested(ComparedOut), required=True)
    same = Dict(keys=String(), values=Boolean(), required=True)
    count = Integer(required=True)


class CertificateOut(StrictSchema):
    """What was certified; the certificate is the SHA-256 of ``certified``."""

    certificate = String(required=True)
    valid = Boolean(required=True)
    certified = Dict(keys=String(), required=True)
    results = Dict(keys=String(), values=Raw(metadata=NUMBER), required=True)
    simulated = Boolean(required=True)
    brought = Boolean(required=True, metadata=BROUGHT)
    first_computed_at = Utc(required=True)
    computed = Integer(
        required=True, metadata={"description": "How often this very result came out."}
    )
    rerun = Nested(
        RepeatedOut,
        required=True,
        allow_none=True,
        metadata={"description": "The latest time it was computed again to compare."},
    )
