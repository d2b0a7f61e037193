"""The parts of an order that say what trading costs, and on which terms."""

from marshmallow import validate
from marshmallow.fields import Boolean, Float, Nested, String

from abtpro_saas.backtesting.engines.port import FeeIn, SlippageModel
from abtpro_saas.blueprints.http.fields import StrictSchema

FEE = {"description": "A fraction: 0.001 is 0.1 %."}


class SlippageIn(StrictSchema):
    """How much worse than the price that is seen an order is filled."""

    model = String(load_default=None, validate=validate.OneOf(list(SlippageModel)))
    value = Float(load_default=None)


class CostsIn(StrictSchema):
    """What is not given is free, or unlimited."""

    maker = Float(load_default=None, allow_none=True, metadata=FEE)
    taker = Float(load_default=None, allow_none=True, metadata=FEE)
    slippage = Nested(SlippageIn, load_default=None, allow_none=True)
    price_tick = Float(load_default=None, allow_none=True)
    size_step = Float(load_default=None, allow_none=True)
    minimum_notional = Float(load_default=None, allow_none=True)
    participation = Float(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Of a candle's volume, what all fills in it may take: the "
            "rest goes on. 0 is unlimited."
        },
    )
    fee_in = String(
        load_default=None,
        validate=validate.OneOf(list(FeeIn)),
        metadata={"description": "What the fee of a purchase is taken in: quote."},
    )


class MarginIn(StrictSchema):
    """A perpetual contract, each position on a margin of its own (isolated)."""

    leverage = Float(
        load_default=None,
        allow_none=True,
        metadata={"description": "A position's value by its margin, from 1."},
    )
    maintenance = Float(
        load_default=None,
        allow_none=True,
        metadata={"description": "Which part of its value must be left of the margin."},
    )
    liquidation_fee = Float(
        load_default=None,
        allow_none=True,
        metadata={"description": "A fraction, beside the taker's fee."},
    )


class FundingIn(StrictSchema):
    """What longs pay to shorts: without a rate, as the market's history says."""

    rate = Float(
        load_default=None,
        allow_none=True,
        metadata={"description": "At each interval, of a position's value."},
    )
    interval_hours = Float(load_default=None, allow_none=True)


class SizingIn(StrictSchema):
    """How much is committed to an entry, and which way may be traded."""

    fraction = Float(
        load_default=None,
        allow_none=True,
        metadata={"description": "Of the equity; 1 unless told otherwise."},
    )
    shorts = Boolean(load_default=False)
