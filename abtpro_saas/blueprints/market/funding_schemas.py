"""The query and the answer of funding rates."""

from marshmallow import ValidationError, validates_schema
from marshmallow.fields import UUID, Float, Integer, List, Nested, String

from abtpro_saas.blueprints.http.fields import StrictSchema
from abtpro_saas.blueprints.http.pagination import CursorArgs
from abtpro_saas.blueprints.market.days import (
    DayOrInstant,
    LastDayOrInstant,
    refuse_backwards,
)
from abtpro_saas.blueprints.market.schemas import END, NAME, START, MarketSeriesOut


class FundingArgs(CursorArgs):
    """Which funding: by the id of a series, or by its names."""

    series_id = UUID(load_default=None)
    exchange = String(load_default=None, validate=NAME)
    symbol = String(
        load_default=None,
        validate=NAME,
        metadata={
            "description": "`BTC/USDT:USDT`, or `BTC/USDT` for the perpetual"
            " that is settled in its quote currency."
        },
    )
    start = DayOrInstant(load_default=None, metadata=START)
    end = LastDayOrInstant(load_default=None, metadata=END)

    @validates_schema
    def forwards(self, data: dict[str, object], **_: object) -> None:
        """Refuse a span that ends before it starts."""
        refuse_backwards(data)

    @validates_schema
    def one_way_alone(self, data: dict[str, object], **_: object) -> None:
        """Refuse a query that names no series, or one twice."""
        if data.get("series_id") is None:
            if data.get("symbol") is None:
                raise ValidationError("Needed without series_id.", "symbol")
        elif data.get("symbol") is not None or data.get("exchange") is not None:
            raise ValidationError("Not together with series_id.", "symbol")


class FundingRateOut(StrictSchema):
    """What longs paid to shorts at an instant."""

    time = Integer(
        required=True, metadata={"description": "Milliseconds since 1970, UTC."}
    )
    rate = Float(
        required=True,
        metadata={
            "description": "Fraction of a position's value; shorts paid if below 0."
        },
    )
    mark = Float(
        required=True,
        allow_none=True,
        metadata={"description": "The price that valued positions, if it is known."},
    )


class FundingOut(StrictSchema):
    """A page of funding rates, oldest first."""

    series = Nested(MarketSeriesOut, required=True)
    rates = List(Nested(FundingRateOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)
