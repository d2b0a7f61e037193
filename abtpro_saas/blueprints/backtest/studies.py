"""Studies of whoever asks: many runs at once that say how far one can be trusted."""

from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.orders import Order, OrderError
from abtpro_saas.backtesting.result_store import ResultsAwayError
from abtpro_saas.backtesting.robustness.resampled import plan_from
from abtpro_saas.backtesting.robustness.search import search_from
from abtpro_saas.backtesting.robustness.walking import walk_from
from abtpro_saas.backtesting.runs.finding import NotCompletedError, get_run
from abtpro_saas.backtesting.runs.ordering import TooManyRunsError
from abtpro_saas.backtesting.studies import ordering, reading
from abtpro_saas.backtesting.words import BACKTESTING
from abtpro_saas.blueprints.backtest.answers import ordered_answer
from abtpro_saas.blueprints.backtest.bodies import studies as bodies
from abtpro_saas.blueprints.backtest.bodies.orders import OrderedOut
from abtpro_saas.blueprints.backtest.runs import READ, REFUSED, WRITE, most_at_once
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.guard.idempotency import idempotent
from abtpro_saas.blueprints.http.fields import JsonNumber
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import CursorArgs, Pager
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.errors import Faults, NotFoundError
from abtpro_saas.identity.roles import Role
from abtpro_saas.ids import TenantId, UserId

blp = Blueprint(
    "backtest_studies",
    __name__,
    url_prefix="/api/v1/backtest",
    description="Studies of backtests",
)

TRADERS = (Role.TRADER, Role.ADMIN)


@blp.route("/optimise")
class NewOptimisation(MethodView):
    """Where searches for parameters begin."""

    @needs_feature(BACKTESTING)
    @blp.arguments(bodies.OptimiseIn)
    @idempotent()
    @blp.response(202, OrderedOut)
    @blp.alt_response(409, description="Too many backtests wait.")
    @refuses(*REFUSED)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Queue a search for parameters; it counts as one backtest."""
        faults = Faults()
        order, asked = _read(body, faults)
        search = search_from(asked["search"], faults)
        with tenant_access(*TRADERS, scope=WRITE) as access:
            who, turn = _whose(access), _turn(access)
            study = ordering.order_optimisation(
                *who, order, search, **turn, faults=faults
            )
            access.note(action="backtest.optimise", subject=study.backtest_id)
            return ordered_answer(study)


@blp.route("/walk-forward")
class NewWalkForward(MethodView):
    """Where walks forward begin."""

    @needs_feature(BACKTESTING)
    @blp.arguments(bodies.WalkForwardIn)
    @idempotent()
    @blp.response(202, OrderedOut)
    @blp.alt_response(409, description="Too many backtests wait.")
    @refuses(*REFUSED)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Queue a walk forward; it counts as one backtest."""
        faults = Faults()
        order, asked = _read(body, faults)
        search = search_from(asked["search"], faults)
        walk = walk_from(asked["walk"], faults)
        with tenant_access(*TRADERS, scope=WRITE) as access:
            who, turn = _whose(access), _turn(access)
            study = ordering.order_walk_forward(
                *who, order, (search, walk), **turn, faults=faults
            )
            access.note(action="backtest.walk_forward", subject=study.backtest_id)
            return ordered_answer(study)


@blp.route("/monte-carlo")
class NewMonteCarlo(MethodView):
    """Where completed backtests are drawn anew."""

    @needs_feature(BACKTESTING)
    @blp.arguments(bodies.MonteCarloIn)
    @idempotent()
    @blp.response(202, OrderedOut)
    @blp.alt_response(409, description="Too many backtests wait, or it has no results.")
    @refuses(OrderError, NotFoundError, NotCompletedError, TooManyRunsError)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Queue a Monte Carlo of a completed backtest; it counts as one itself."""
        backtest_id = body.pop("backtest_id")
        plan = plan_from(_plain(body))
        with tenant_access(*TRADERS, scope=WRITE) as access:
            who, turn = _whose(access), _turn(access)
            study = ordering.order_monte_carlo(*who, backtest_id, plan, **turn)
            access.note(action="backtest.monte_carlo", subject=study.backtest_id)
            return ordered_answer(study)


@blp.route("/runs/<uuid:backtest_id>/trials")
class Trials(MethodView):
    """What an optimisation has tried."""

    @needs_feature(BACKTESTING)
    @blp.arguments(CursorArgs, location="query")
    @blp.response(200, bodies.TrialsOut)
    @refuses(reading.NoTrialsError, ResultsAwayError)
    def get(self, args: dict[str, Any], backtest_id: UUID) -> dict[str, Any]:
        """List the trials that are done, in the order in which they were tried."""
        with tenant_access(scope=READ) as access:
            where = access.session, access.tenant_id, backtest_id, access.user_id
            run = get_run(*where)
            parts = reading.parts_of(access.session, run)
        name = f"backtest_trials:{backtest_id}"
        pager = Pager(run.tenant_id, name, args["limit"], {}, args["cursor"])
        start = pager.after[0] if pager.after else 0
        root = house().settings.backtest_data_path
        found = reading.trials_in(root, run, parts, start, pager.fetch)
        page = pager.close(found, lambda each: (each.number,))
        return page.under("trials", [_trial(each) for each in page.rows])


def _trial(found: reading.Numbered) -> dict[str, Any]:
    trial = found.trial
    return {
        "number": found.number,
        "values": dict(trial.values),
        "metrics": dict(trial.metrics),
        "score": trial.score,
        "feasible": trial.feasible,
    }


class Turn(TypedDict):
    """By what a study's turn is decided: its user's places, and the time."""

    most: int
    now: datetime


def _whose(access: Access) -> tuple[Session, TenantId, UserId]:
    return access.session, access.tenant_id, access.user_id


def _turn(access: Access) -> Turn:
    return Turn(most=most_at_once(), now=access.now)


def _read(body: dict[str, Any], faults: Faults) -> tuple[Order, dict[str, Any]]:
    """Return the order of a study, and what is asked beyond it."""
    asked = {name: _plain(body.pop(name, None) or {}) for name in ("search", "walk")}
    parameters = _plain(body["parameters"] or {})
    return read_order(body | {"parameters": parameters}, faults), asked


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a value with numbers of Python's own; null is not given."""
    if isinstance(value, dict):
        given = value.items()
        return {name: _plain(each) for name, each in given if each is not None}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return float(value) if isinstance(value, JsonNumber) else value
