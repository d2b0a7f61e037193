"""The bodies and queries of markets."""

from marshmallow import ValidationError, validate, validates_schema
from marshmallow.fields import (
    UUID,
    Boolean,
    Dict,
    Integer,
    List,
    Nested,
    Raw,
    String,
)

from abtpro_saas.blueprints.http.fields import StrictSchema, Utc
from abtpro_saas.blueprints.http.pagination import CursorArgs
from abtpro_saas.blueprints.market.days import (
    DayOrInstant,
    LastDayOrInstant,
    refuse_backwards,
)
from abtpro_saas.markets.timeframes import STEPS
from abtpro_saas.markets.words import FUNDING, ImportKind, ImportStatus

NAME = validate.Length(1, 60)
FRAMES = validate.OneOf(list(STEPS))
CONTENTS = validate.OneOf([*STEPS, FUNDING])
CONTENT = {"description": "Of candles, or `funding` for a perpetual's funding rates."}
MOST_POINTS = 5000
START = {"description": "An instant, or a day, from its first instant in UTC on."}
END = {"description": "An instant, or a day, which is included."}


class SeriesArgs(CursorArgs):
    """Narrows the list of series."""

    exchange = String(load_default=None, validate=NAME)
    symbol = String(load_default=None, validate=NAME)
    timeframe = String(load_default=None, validate=CONTENTS, metadata=CONTENT)


class MarketSeriesOut(StrictSchema):
    """Candles of one symbol and time frame; they open in [starts_at, ends_at).

    Where `timeframe` is `funding`, rates of a perpetual that were due then.
    """

    id = UUID(required=True)
    exchange = String(required=True)
    symbol = String(required=True)
    timeframe = String(required=True)
    simulated = Boolean(
        required=True,
        metadata={"description": "Made by a market model: nobody traded so."},
    )
    brought = Boolean(
        required=True,
        metadata={"description": "Somebody brought some of it as a file."},
    )
    own = Boolean(
        required=True, metadata={"description": "Yours alone, not the tenant's."}
    )
    starts_at = Utc(required=True)
    ends_at = Utc(required=True)
    rows = Integer(required=True)
    fingerprint = String(
        required=True, metadata={"description": "SHA-256 of all times and values."}
    )
    updated_at = Utc(required=True)


class MarketSeriesListOut(StrictSchema):
    """A page of series, in the order in which they came."""

    series = List(Nested(MarketSeriesOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)


class DescribedSeriesOut(MarketSeriesOut):
    """A series with its passport: gaps, outliers, and what was put aside."""

    passport = Dict(required=True)


class RemovedSeriesOut(StrictSchema):
    """A series that is gone."""

    success = Boolean(required=True)
    series_id = UUID(required=True)


class CandlesArgs(StrictSchema):
    """Which candles: by the id of a series, or by its names."""

    series_id = UUID(load_default=None)
    exchange = String(load_default=None, validate=NAME)
    symbol = String(load_default=None, validate=NAME)
    timeframe = String(load_default=None, validate=FRAMES)
    start = DayOrInstant(load_default=None, metadata=START)
    end = LastDayOrInstant(load_default=None, metadata=END)
    points = Integer(
        load_default=1000,
        validate=validate.Range(1, MOST_POINTS),
        metadata={"description": "About how many are returned at most."},
    )

    @validates_schema
    def forwards(self, data: dict[str, object], **_: object) -> None:
        """Refuse a span that ends before it starts."""
        refuse_backwards(data)

    @validates_schema
    def one_way_alone(self, data: dict[str, object], **_: object) -> None:
        """Refuse a query that names no series, or one twice."""
        if data.get("series_id") is None:
            missing = [n for n in ("symbol", "timeframe") if data.get(n) is None]
            if missing:
                raise ValidationError("Needed without series_id.", missing[0])
        elif data.get("symbol") is not None or data.get("exchange") is not None:
            raise ValidationError("Not together with series_id.", "symbol")


class CandlesOut(StrictSchema):
    """Candles, oldest first, each as [time in ms, open, high, low, close, volume]."""

    series = Nested(MarketSeriesOut, required=True)
    timeframe = String(required=True)
    candles = List(List(Raw(metadata={"type": "number"})), required=True)
    count = Integer(required=True)
    each = Integer(
        required=True,
        metadata={"description": "How many candles of the time frame one stands for."},
    )


class ImportIn(StrictSchema):
    """What an exchange is asked for; what is not over yet is left out."""

    exchange = String(required=True, validate=NAME)
    symbol = String(required=True, validate=NAME)
    timeframe = String(required=True, validate=CONTENTS, metadata=CONTENT)
    start = DayOrInstant(required=True, metadata=START)
    end = LastDayOrInstant(required=True, metadata=END)


class FileIn(StrictSchema):
    """What a file holds: the fields beside it; ``start`` and ``end`` are of trades."""

    exchange = String(required=True, validate=NAME)
    symbol = String(required=True, validate=NAME)
    timeframe = String(required=True, validate=CONTENTS, metadata=CONTENT)
    start = DayOrInstant(
        load_default=None,
        metadata={"description": "From when on a file of trades has all of them."},
    )
    end = LastDayOrInstant(
        load_default=None,
        metadata={"description": "Until when it has all; a day is included."},
    )

    @validates_schema
    def both_or_none(self, data: dict[str, object], **_: object) -> None:
        """Refuse half of a span."""
        for name, other in (("start", "end"), ("end", "start")):
            if data.get(name) is None and data.get(other) is not None:
                raise ValidationError(f"Needed with {other}.", name)


class UploadIn(FileIn):
    """A file and what it holds, as a form."""

    file = Raw(
        required=True,
        metadata={
            "type": "string",
            "format": "binary",
            "description": "CSV or Parquet of candles, trades or funding, 64 MiB.",
        },
    )


class ImportErrorOut(StrictSchema):
    """Why an import failed."""

    code = String(required=True)
    message = String(required=True)


class ImportOut(StrictSchema):
    """An import and how far it is."""

    id = UUID(required=True)
    kind = String(required=True, validate=validate.OneOf(list(ImportKind)))
    exchange = String(required=True)
    symbol = String(required=True)
    timeframe = String(required=True)
    start = Utc(required=True, allow_none=True)
    end = Utc(required=True, allow_none=True)
    status = String(required=True, validate=validate.OneOf(list(ImportStatus)))
    progress = Integer(required=True, metadata={"description": "Percent."})
    rows = Integer(required=True)
    quarantined = Integer(
        required=True, metadata={"description": "Rows that were put aside."}
    )
    findings = Dict(
        required=True, metadata={"description": "Which rows were put aside, and why."}
    )
    series_id = UUID(required=True, allow_none=True)
    error = Nested(ImportErrorOut, required=True, allow_none=True)
    created_at = Utc(required=True)
    finished_at = Utc(required=True, allow_none=True)


class ImportsOut(StrictSchema):
    """A page of imports, newest first."""

    imports = List(Nested(ImportOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)
