"""Results computed again, for whoever owns them."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from abtpro_saas.backtesting.runs.finding import NotCompletedError
from abtpro_saas.backtesting.runs.ordering import TooManyRunsError
from abtpro_saas.backtesting.runs.rerunning import order_rerun
from abtpro_saas.backtesting.words import BACKTESTING
from abtpro_saas.blueprints.backtest.bodies import reruns as bodies
from abtpro_saas.blueprints.backtest.runs import WRITE, most_at_once
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.guard.idempotency import idempotent
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.identity.roles import Role

blp = Blueprint(
    "backtest_reruns",
    __name__,
    url_prefix="/api/v1/backtest/runs",
    description="Backtests computed again",
)


@blp.route("/<uuid:backtest_id>/rerun")
class Rerun(MethodView):
    """A result computed again, and compared with its certificate."""

    @needs_feature(BACKTESTING)
    @idempotent()
    @blp.response(202, bodies.RerunOut)
    @blp.alt_response(409, description="It has no result, or too many runs wait.")
    @refuses(NotCompletedError, TooManyRunsError)
    def post(self, backtest_id: UUID) -> dict[str, Any]:
        """Queue it; while one goes on, that one is the answer. It is no trial."""
        with tenant_access(Role.TRADER, Role.ADMIN, scope=WRITE) as access:
            where = access.session, access.tenant_id, backtest_id, access.user_id
            rerun = order_rerun(*where, most=most_at_once(), now=access.now)
            access.note(action="backtest.rerun", subject=backtest_id)
            return bodies.rerun_answer(rerun)
