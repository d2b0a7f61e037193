"""Backtests of whoever asks: ordered, looked at, cancelled, removed."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from abtpro_saas.backtesting.asking import SandboxUnavailableError, read_order
from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.backtesting.runs import ending, finding, ordering
from abtpro_saas.backtesting.words import BACKTESTING
from abtpro_saas.blueprints.backtest.answers import listed, ordered_answer, run_answer
from abtpro_saas.blueprints.backtest.bodies import orders as bodies
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.guard.idempotency import idempotent
from abtpro_saas.blueprints.http.fields import JsonNumber
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import Pager
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.errors import Faults
from abtpro_saas.identity.roles import Role
from abtpro_saas.markets.naming import MarketNameError
from abtpro_saas.markets.timeframes import TimeframeError

blp = Blueprint(
    "backtest", __name__, url_prefix="/api/v1/backtest", description="Backtests"
)

READ, WRITE = "backtests:read", "backtests:write"
REFUSED = (
    OrderError,
    SandboxUnavailableError,
    MarketNameError,
    TimeframeError,
    ordering.TooManyRunsError,
)
"""What an order can be refused with, a study's too."""


@blp.route("/run")
class NewRun(MethodView):
    """Where backtests begin."""

    @needs_feature(BACKTESTING)
    @blp.arguments(bodies.OrderIn)
    @idempotent()
    @blp.response(202, bodies.OrderedOut)
    @blp.alt_response(409, description="Too many backtests wait.")
    @refuses(*REFUSED)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Queue a backtest; what could not succeed is refused before it runs."""
        faults = Faults()
        order = read_order(body | {"parameters": _plain(body["parameters"])}, faults)
        with tenant_access(Role.TRADER, Role.ADMIN, scope=WRITE) as access:
            run = ordering.order_run(
                access.session,
                access.tenant_id,
                access.user_id,
                order,
                most=most_at_once(),
                now=access.now,
                faults=faults,
            )
            access.note(
                action="backtest.run", subject=run.backtest_id, strategy=run.strategy
            )
            return ordered_answer(run)


@blp.route("/runs")
class Runs(MethodView):
    """The caller's backtests and studies."""

    @needs_feature(BACKTESTING)
    @blp.arguments(bodies.RunsArgs, location="query")
    @blp.response(200, bodies.RunsOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List backtests, newest first."""
        chosen = {"status": args["status"], "strategy": args["strategy_name"]}
        chosen["kind"] = args["kind"]
        chosen["strategy"] = (chosen["strategy"] or "").upper() or None
        with tenant_access(scope=READ) as access:
            name = f"backtests:{access.user_id}"
            pager = Pager(access.tenant_id, name, args["limit"], chosen, args["cursor"])
            found = finding.list_runs(
                access.session,
                access.tenant_id,
                access.user_id,
                **chosen,
                limit=pager.fetch,
                before=pager.after[0] if pager.after else None,
            )
            page = pager.close(found, lambda run: (run.backtest_id,))
            return page.under("backtests", [listed(run) for run in page.rows])


@blp.route("/runs/<uuid:backtest_id>")
class Run(MethodView):
    """One backtest of the caller's."""

    @needs_feature(BACKTESTING)
    @blp.response(200, bodies.RunOut)
    def get(self, backtest_id: UUID) -> dict[str, Any]:
        """Return how a backtest stands, with its results once it has completed."""
        with tenant_access(scope=READ) as access:
            where = access.session, access.tenant_id, backtest_id, access.user_id
            return run_answer(access.session, finding.get_run(*where), access.now)

    @blp.response(200, bodies.RemovedOut)
    def delete(self, backtest_id: UUID) -> dict[str, Any]:
        """Remove a backtest from view; one that has not ended is cancelled."""
        with tenant_access(Role.TRADER, Role.ADMIN, scope=WRITE) as access:
            access.note(action="backtest.remove", subject=backtest_id)
            where = access.session, access.tenant_id, backtest_id, access.user_id
            ending.remove_run(*where, most=most_at_once(), now=access.now)
            return {"success": True, "backtest_id": backtest_id}


@blp.route("/runs/<uuid:backtest_id>/cancel")
class Cancellation(MethodView):
    """The end of a backtest that has not ended."""

    @idempotent()
    @blp.response(200, bodies.OrderedOut)
    @blp.alt_response(409, description="It has ended.")
    @refuses(ending.RunEndedError)
    def post(self, backtest_id: UUID) -> dict[str, Any]:
        """Cancel a backtest that waits or runs; again, nothing changes."""
        with tenant_access(Role.TRADER, Role.ADMIN, scope=WRITE) as access:
            access.note(action="backtest.cancel", subject=backtest_id)
            where = access.session, access.tenant_id, backtest_id, access.user_id
            run = ending.cancel_run(*where, most=most_at_once(), now=access.now)
            return ordered_answer(run)


def most_at_once() -> int:
    """Return how many of a user's backtests run at once."""
    return house().settings.max_concurrent_backtests


def _plain(parameters: dict[str, Any] | None) -> dict[str, Any]:
    """Return parameters with numbers of Python's own, as strategies read them."""
    given = (parameters or {}).items()
    return {
        name: float(value) if isinstance(value, JsonNumber) else value
        for name, value in given
    }
