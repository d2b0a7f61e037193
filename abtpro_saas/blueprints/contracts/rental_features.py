"""What the caller's contract gives at this moment."""

from typing import Any

from flask.views import MethodView

from abtpro_saas.blueprints.contracts.answers import features_answer
from abtpro_saas.blueprints.contracts.rental_schemas import FeaturesOut, HasFeatureOut
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.contracts.entitlements import Entitlement, entitlement
from abtpro_saas.contracts.terms.features import CATALOGUE

blp = Blueprint(
    "rental_features",
    __name__,
    url_prefix="/api/v1/rental",
    description="What your contract gives",
)


@blp.route("/features")
class FeatureList(MethodView):
    """All features of the caller."""

    @blp.response(200, FeaturesOut)
    def get(self) -> dict[str, Any]:
        """List what the contract gives now; a renewal that is due is tried first."""
        with tenant_access(scope="rental:read", renewed=True) as access:
            found = _present(access)
            return features_answer(
                access.session, access.tenant_id, access.user_id, found
            )


@blp.route("/has-feature/<string:feature_name>")
class HasFeature(MethodView):
    """One feature of the caller."""

    @blp.response(200, HasFeatureOut)
    def get(self, feature_name: str) -> dict[str, Any]:
        """Tell whether the contract gives a feature now; of a limit, any of it."""
        with tenant_access(scope="rental:read", renewed=True) as access:
            found = _present(access)
            return {
                "feature": feature_name,
                "has_access": found.allows(feature_name),
                "known": feature_name in CATALOGUE,
            }


def _present(access: Access) -> Entitlement:
    return entitlement(access.session, access.tenant_id, access.user_id, access.now)
