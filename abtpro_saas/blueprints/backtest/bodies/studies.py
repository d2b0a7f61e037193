"""The bodies of studies: searches, walks forward, Monte Carlo, and their trials."""

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

from abtpro_saas.backtesting.robustness.resampled import Resampling
from abtpro_saas.backtesting.robustness.search import Method
from abtpro_saas.backtesting.robustness.walking import Choose, Mode
from abtpro_saas.blueprints.backtest.bodies.optional import (
    NAME,
    named,
    number,
    one_of,
    whole,
)
from abtpro_saas.blueprints.backtest.bodies.orders import NUMBER, VALUE, OrderIn
from abtpro_saas.blueprints.http.fields import StrictSchema

MOST_PARAMETERS = 50
MOST_CONSTRAINTS = 20
_ENDS = ("low", "high", "step")
DIMENSION = {
    "description": "Numbers from low to high, step apart; or a list of values.",
    "oneOf": [
        {
            "type": "object",
            "properties": {each: {"type": "number"} for each in _ENDS},
            "required": ["low", "high"],
            "additionalProperties": False,
        },
        {"type": "array", "items": VALUE, "minItems": 1},
    ],
}


class ConstraintIn(StrictSchema):
    """What a metric must be for a trial to count."""

    metric = String(required=True, validate=NAME)
    least = number()
    most = number()


class SearchIn(StrictSchema):
    """Which parameters are varied, within what, and by which metric they are ranked."""

    method = String(required=True, validate=validate.OneOf(list(Method)))
    space = Dict(
        keys=String(validate=NAME),
        values=Raw(metadata=DIMENSION),
        required=True,
        validate=validate.Length(1, MOST_PARAMETERS),
    )
    objective = named("A metric; `sharpe_ratio` unless told otherwise.")
    trials = whole("At most; of a grid, all its combinations.")
    seed = whole()
    constraints = List(
        Nested(ConstraintIn),
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=MOST_CONSTRAINTS),
    )


class WalkIn(StrictSchema):
    """How time is cut; lengths below 1 are shares of all candles, else candles."""

    mode = one_of(Mode)
    windows = whole()
    train = number()
    test = number()
    embargo = whole()
    choose = one_of(Choose)


class OptimiseIn(OrderIn):
    """A search for parameters: a backtest, and what is varied."""

    search = Nested(SearchIn, required=True)


class WalkForwardIn(OptimiseIn):
    """A walk forward: a search on past candles, judged on those that follow."""

    walk = Nested(WalkIn, load_default=dict)


class MonteCarloIn(StrictSchema):
    """A completed backtest, and how it is drawn anew."""

    backtest_id = UUID(required=True)
    method = String(required=True, validate=validate.OneOf(list(Resampling)))
    simulations = whole()
    seed = whole()
    ruin = number("The loss of capital that counts as ruin; 0.5.")
    block = number("The mean length of a bootstrap's blocks, in days.")
    noise = number("How far candles move, in parts of their range.")


class TrialOut(StrictSchema):
    """One combination of values; ``feasible`` ones hold all constraints."""

    number = Integer(required=True)
    values = Dict(keys=String(), values=Raw(metadata=VALUE), required=True)
    metrics = Dict(keys=String(), values=Raw(metadata=NUMBER), required=True)
    score = Float(required=True, allow_none=True)
    feasible = Boolean(required=True)


class TrialsOut(StrictSchema):
    """A page of trials, in the order in which they were tried."""

    trials = List(Nested(TrialOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)
