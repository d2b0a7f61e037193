"""Certificates, for whoever was given one."""

from typing import Any

from flask.views import MethodView

from abtpro_saas.backtesting.certificate import certificate_of
from abtpro_saas.backtesting.runs.finding import find_certificate
from abtpro_saas.blueprints.backtest.answers import in_order
from abtpro_saas.blueprints.backtest.bodies import results as bodies
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.marks import open_to_all
from abtpro_saas.blueprints.http.openapi import Blueprint

blp = Blueprint(
    "backtest_verify",
    __name__,
    url_prefix="/api/v1/backtest/verify",
    description="Certificates of backtests",
)


@blp.route("/<string:certificate>")
class Certificate(MethodView):
    """What a certificate says."""

    @open_to_all()
    @blp.response(200, bodies.CertificateOut)
    def get(self, certificate: str) -> dict[str, Any]:
        """Return what was certified, to anybody: nobody's name is in it."""
        asked = certificate.strip().lower()
        found = find_certificate(house().engine, asked)
        return {
            "certificate": asked,
            "valid": certificate_of(found.certified) == asked,
            "certified": found.certified,
            "results": in_order(found.metrics),
            "simulated": found.simulated,
            "brought": found.brought,
            "first_computed_at": found.first_at,
            "computed": found.runs,
            "rerun": None
            if found.rerun is None
            else found.rerun | {"completed_at": found.rerun_at},
        }
