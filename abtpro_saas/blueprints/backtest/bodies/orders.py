"""The bodies of backtests."""

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

from abtpro_saas.backtesting.engines.port import FillAt, Members
from abtpro_saas.backtesting.robustness.grade import Verdict
from abtpro_saas.backtesting.words import EngineName, RunKind, RunStatus
from abtpro_saas.blueprints.backtest.bodies.optional import (
    NAME,
    named,
    number,
    one_of,
    whole,
)
from abtpro_saas.blueprints.backtest.bodies.reruns import RerunOut
from abtpro_saas.blueprints.backtest.bodies.setups import (
    FEE,
    CostsIn,
    FundingIn,
    MarginIn,
    SizingIn,
)
from abtpro_saas.blueprints.http.fields import StrictSchema, Utc
from abtpro_saas.blueprints.http.pagination import CursorArgs

MOST_SYMBOLS = 100
DATE = "A day in UTC, or an instant; the day of an end is included."
VALUE = {"type": ["number", "integer", "string"]}
NUMBER = {"type": ["number", "null"]}


class OrderIn(StrictSchema):
    """A backtest to run: ``symbol``, or several ``symbols``."""

    strategy_name = String(required=True, validate=NAME)
    strategy_code = String(
        load_default=None,
        allow_none=True,
        metadata={"description": "Refused: code of your own has no sandbox yet."},
    )
    symbol = named()
    symbols = List(
        String(validate=NAME),
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, MOST_SYMBOLS),
    )
    exchange = named("Where the candles are from: else the tenant's own.")
    timeframe = String(required=True, validate=NAME)
    start_date = named(DATE)
    end_date = named(DATE)
    initial_capital = Float(load_default=10_000.0)
    commission = number(FEE)
    slippage = number(FEE)
    parameters = Dict(
        keys=String(validate=NAME),
        values=Raw(metadata=VALUE),
        load_default=None,
        allow_none=True,
    )
    costs = Nested(CostsIn, load_default=None, allow_none=True)
    sizing = Nested(SizingIn, load_default=None, allow_none=True)
    margin = Nested(MarginIn, load_default=None, allow_none=True)
    funding = Nested(FundingIn, load_default=None, allow_none=True)
    detail_timeframe = named("Whose candles tell what came first within one.")
    universe = one_of(Members, "Which times of many symbols: shared, or all.")
    fill_at = one_of(FillAt)
    engine = one_of(EngineName)
    gap_tolerance = number("Which part of the candles may be missing; 0.01.")
    seed = whole()


BROUGHT = {"description": "Somebody brought prices or funding as a file."}


class SeriesOut(StrictSchema):
    """Candles that a run reads; of the market model where ``simulated``.

    Where ``brought``, somebody brought some of them as a file.
    """

    series_id = UUID(required=True)
    exchange = String(required=True)
    symbol = String(required=True)
    timeframe = String(required=True)
    simulated = Boolean(required=True)
    brought = Boolean(required=True, metadata=BROUGHT)


class ListedOut(StrictSchema):
    """A run or a study in a list."""

    backtest_id = UUID(required=True)
    kind = String(required=True, validate=validate.OneOf(list(RunKind)))
    strategy_name = String(required=True)
    symbol = String(required=True)
    symbols = List(String(), required=True)
    exchange = String(required=True)
    timeframe = String(required=True)
    start_date = Utc(required=True)
    end_date = Utc(required=True)
    status = String(required=True, validate=validate.OneOf(list(RunStatus)))
    progress = Integer(required=True)
    engine = String(required=True)
    simulated = Boolean(required=True)
    brought = Boolean(required=True, metadata=BROUGHT)
    created_at = Utc(required=True)
    started_at = Utc(required=True, allow_none=True)
    completed_at = Utc(required=True, allow_none=True)


class OrderedOut(ListedOut):
    """A run or a study with all that was ordered, each default in full."""

    parent_id = UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The run that a Monte Carlo is about."},
    )
    study = Dict(
        keys=String(),
        required=True,
        allow_none=True,
        metadata={"description": "What a study was asked beyond the order."},
    )

    parameters = Dict(keys=String(), values=Raw(metadata=VALUE), required=True)
    initial_capital = Float(required=True)
    costs = Dict(keys=String(), required=True)
    sizing = Dict(keys=String(), required=True)
    margin = Dict(keys=String(), required=True, allow_none=True)
    funding = Dict(keys=String(), required=True, allow_none=True)
    detail_timeframe = String(required=True, allow_none=True)
    universe = String(required=True)
    fill_at = String(required=True)
    gap_tolerance = Float(required=True)
    seed = Integer(required=True)
    series = List(Nested(SeriesOut), required=True)


class ReasonOut(StrictSchema):
    """Why something is as it is: the code for programs, words for people."""

    code = String(required=True)
    en = String(required=True)
    th = String(required=True)


class ErrorOut(StrictSchema):
    """Why a run came to nothing."""

    code = String(required=True)
    detail = String(required=True)


class CheckOut(StrictSchema):
    """A question that was asked of a run, and what it came to, with its figures."""

    code = String(required=True)
    verdict = String(required=True, validate=validate.OneOf(list(Verdict)))
    title = Dict(keys=String(), values=String(), required=True)
    text = Dict(keys=String(), values=String(), required=True)


class TrustOut(StrictSchema):
    """How far a run can be trusted, by the trials that are counted now."""

    grade = String(required=True)
    score = Integer(required=True)
    trials = Integer(required=True)
    deflated_sharpe_ratio = Float(required=True, allow_none=True)
    checks = List(Nested(CheckOut), required=True)


class RunOut(OrderedOut):
    """A run or a study, with what came out of it once it has completed."""

    eta_seconds = Integer(
        required=True,
        allow_none=True,
        metadata={"description": "How long it will still take, where that is known."},
    )

    results = Dict(
        keys=String(),
        values=Raw(metadata=NUMBER),
        required=True,
        allow_none=True,
        metadata={"description": "Every metric; null where it has no value."},
    )
    undefined = Dict(
        keys=String(),
        values=Nested(ReasonOut),
        required=True,
        metadata={"description": "Why a metric has no value."},
    )
    assumptions = List(Nested(ReasonOut), required=True)
    trials = Integer(
        required=True,
        metadata={"description": "How many results the caller saw on these data."},
    )
    fingerprint = String(required=True)
    stale = Boolean(
        required=True,
        metadata={"description": "Whether the data have changed since, or are gone."},
    )
    certificate = String(required=True, allow_none=True)
    findings = Dict(
        keys=String(),
        required=True,
        allow_none=True,
        metadata={"description": "What a study came to; of a run, null."},
    )
    rerun = Nested(
        RerunOut,
        required=True,
        allow_none=True,
        metadata={"description": "The latest time it was computed again."},
    )
    trust = Nested(TrustOut, required=True, allow_none=True)
    trust_reason = Nested(
        ReasonOut,
        required=True,
        allow_none=True,
        metadata={"description": "Why there is no `trust`."},
    )
    error = Nested(ErrorOut, required=True, allow_none=True)


class RunsArgs(CursorArgs):
    """Which runs and studies to list."""

    kind = one_of(RunKind)

    status = one_of(RunStatus)
    strategy_name = String(load_default=None, validate=NAME)


class RunsOut(StrictSchema):
    """A page of runs, newest first."""

    backtests = List(Nested(ListedOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)


class RemovedOut(StrictSchema):
    """A run that is gone from view."""

    success = Boolean(required=True)
    backtest_id = UUID(required=True)
