"""The parts of an order that say what trading costs, and on which terms."""

from marshmallow.fields import Boolean, Float, Nested

from abtpro_saas.backtesting.engines.port import FeeIn, SlippageModel
from abtpro_saas.blueprints.backtest.bodies.optional import number, one_of
from abtpro_saas.blueprints.http.fields import StrictSchema

FEE = "A fraction: 0.001 is 0.1 %."


class SlippageIn(StrictSchema):
    """How much worse than the price that is seen an order is filled."""

    model = one_of(SlippageModel)
    value = Float(load_default=None)


class CostsIn(StrictSchema):
    """What is not given is free, or unlimited."""

    maker = number(FEE)
    taker = number(FEE)
    slippage = Nested(SlippageIn, load_default=None, allow_none=True)
    price_tick = number()
    size_step = number()
    minimum_notional = number()
    participation = number(
        "Of a candle's volume, what all fills in it may take: the "
        "rest goes on. 0 is unlimited."
    )
    fee_in = one_of(FeeIn, "What the fee of a purchase is taken in: quote.")


class MarginIn(StrictSchema):
    """A perpetual contract, each position on a margin of its own (isolated)."""

    leverage = number("A position's value by its margin, from 1.")
    maintenance = number("Which part of its value must be left of the margin.")
    liquidation_fee = number("A fraction, beside the taker's fee.")


class FundingIn(StrictSchema):
    """What longs pay to shorts: without a rate, as the market's history says."""

    rate = number("At each interval, of a position's value.")
    interval_hours = number()


class SizingIn(StrictSchema):
    """How much is committed to an entry, and which way may be traded."""

    fraction = number("Of the equity; 1 unless told otherwise.")
    shorts = Boolean(load_default=False)
