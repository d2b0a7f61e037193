"""Tickets for the stream of live updates, for programs: pages have theirs already."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import validate
from marshmallow.fields import UUID as UuidField  # noqa: N811 - beside uuid's own
from marshmallow.fields import String

from abtpro_saas.billing.topups import service as topups
from abtpro_saas.blueprints.guard.access import events_url, tenant_access
from abtpro_saas.blueprints.http.fields import StrictSchema, Utc
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity.access.tickets import MAX_AGE_S

blp = Blueprint("live", __name__, url_prefix="/api/v1/live", description="Live updates")


class TicketIn(StrictSchema):
    """What to hear of: one top-up of the caller's, or else the caller's wallet."""

    topup_id = UuidField(load_default=None, allow_none=True)


class TicketOut(StrictSchema):
    """Where the stream is; its address opens it until ``expires_at``."""

    url = String(required=True)
    topic = String(required=True, validate=validate.OneOf(["topup", "wallet"]))
    expires_at = Utc(required=True)


@blp.route("/tickets")
class Tickets(MethodView):
    """Where programs ask for a stream."""

    @blp.arguments(TicketIn)
    @blp.response(201, TicketOut)
    @refuses(NotFoundError)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Give the address of a stream that tells when to look again."""
        with tenant_access(scope="wallet:read") as access:
            topic, subject = "wallet", UUID(str(access.user_id))
            if body["topup_id"] is not None:
                topup = topups.get_topup(
                    access.session, access.tenant_id, body["topup_id"], access.user_id
                )
                topic, subject = "topup", topup.topup_id
            access.note(action="live.ticket", subject=subject)
            return {
                "url": events_url(access.caller, topic, subject),
                "topic": topic,
                "expires_at": access.now + timedelta(seconds=MAX_AGE_S),
            }
