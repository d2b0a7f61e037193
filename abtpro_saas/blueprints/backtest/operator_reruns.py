"""For operators: a certificate that somebody doubts is computed again."""

from typing import Any

from flask.views import MethodView

from abtpro_saas.backtesting.runs.ordering import TooManyRunsError
from abtpro_saas.backtesting.runs.rerunning import find_certified_run, order_rerun_of
from abtpro_saas.blueprints.backtest.bodies import reruns as bodies
from abtpro_saas.blueprints.backtest.runs import most_at_once
from abtpro_saas.blueprints.guard.access import operator_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.idempotency import idempotent
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.database import tenant_transaction

blp = Blueprint(
    "operator_certificates",
    __name__,
    url_prefix="/api/v1/operator/certificates",
    description="For operators: certificates computed again",
)


@blp.route("/<string:certificate>/rerun")
class CertificateRerun(MethodView):
    """A certificate computed again, in the queue of whose it is."""

    @idempotent(operators=True)
    @blp.response(202, bodies.RerunOut)
    @blp.alt_response(409, description="Too many of the owner's backtests wait.")
    @refuses(TooManyRunsError)
    def post(self, certificate: str) -> dict[str, Any]:
        """Queue it; the public page of the certificate tells what it shows."""
        asked, most = certificate.strip().lower(), most_at_once()
        with operator_access() as access:
            tenant_id, run_id = find_certified_run(house().engine, asked)
            access.note(action="backtest.rerun", subject=asked)
            with tenant_transaction(house().engine, tenant_id) as session:
                rerun = order_rerun_of(
                    session, tenant_id, run_id, most=most, now=access.now
                )
            return bodies.rerun_answer(rerun)
