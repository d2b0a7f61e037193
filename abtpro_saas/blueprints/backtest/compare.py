"""Backtests of whoever asks, side by side."""

from collections.abc import Callable, Sequence
from typing import Any

from flask.views import MethodView

from abtpro_saas.backtesting.runs.finding import NotCompletedError, completed_run
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import BACKTESTING
from abtpro_saas.blueprints.backtest.answers import run_answer
from abtpro_saas.blueprints.backtest.bodies import results as bodies
from abtpro_saas.blueprints.backtest.metrics import compared_answer
from abtpro_saas.blueprints.backtest.runs import READ
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.errors import NotFoundError

blp = Blueprint(
    "backtest_compare",
    __name__,
    url_prefix="/api/v1/backtest",
    description="Backtests side by side",
)


@blp.route("/compare")
class Comparison(MethodView):
    """Several backtests at once."""

    @needs_feature(BACKTESTING)
    @blp.arguments(bodies.CompareIn)
    @blp.response(200, bodies.CompareOut)
    @refuses(NotFoundError, NotCompletedError)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return completed backtests with their metrics side by side."""
        with tenant_access(scope=READ) as access:
            access.note(action="backtest.compare")
            runs = [
                completed_run(access.session, access.tenant_id, each, access.user_id)
                for each in body["backtest_ids"]
            ]
            return {
                "backtests": [run_answer(access.session, run) for run in runs],
                "metrics": compared_answer([run.metrics or {} for run in runs]),
                "same": {name: _same(runs, of) for name, of in SAME.items()},
                "count": len(runs),
            }


SAME: dict[str, Callable[[Backtest], object]] = {
    "data": lambda run: run.fingerprint,
    "time": lambda run: (run.ordered["start"], run.ordered["end"]),
    "strategy": lambda run: run.strategy,
    "parameters": lambda run: run.ordered["parameters"],
    "setup": lambda run: run.ordered["setup"],
    "engine": lambda run: run.engine,
}
"""In what backtests may agree: those that differ in data or costs tell little."""


def _same(runs: Sequence[Backtest], of: Callable[[Backtest], object]) -> bool:
    return all(of(run) == of(runs[0]) for run in runs)
