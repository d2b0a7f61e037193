"""Whether this process lives, and whether it can do its work."""

from functools import cache
from importlib.metadata import version
from pathlib import Path

from alembic.script import ScriptDirectory
from flask import Blueprint as PlainBlueprint
from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import Schema
from marshmallow.fields import String
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.marks import open_to_all
from abtpro_saas.blueprints.http.openapi import Blueprint

MIGRATIONS = Path(__file__).parents[2] / "migrations"

blp = Blueprint(
    "health",
    __name__,
    url_prefix="/api/v1/health",
    description="Whether the service answers.",
)
probes = PlainBlueprint("probes", __name__)


class HealthOut(Schema):
    """The service's state in a word."""

    status = String(required=True)
    version = String(required=True)


@blp.route("")
class Health(MethodView):
    """Open to all; asks neither database nor Temporal."""

    @open_to_all()
    @blp.response(200, HealthOut)
    def get(self) -> dict[str, str]:
        """Tell that the service answers."""
        return {"status": "ok", "version": version("abtpro")}


@probes.get("/livez")
@open_to_all()
def livez() -> Response:
    """Answer as long as the process lives."""
    return jsonify(status="ok")


@probes.get("/readyz")
@open_to_all()
def readyz() -> tuple[Response, int]:
    """Answer 200 once the database is reached and migrated; Temporal may be away."""
    checks = {"database": "ok", "migrations": "ok"}
    try:
        present = _present_revision()
    except SQLAlchemyError as error:
        checks |= {"database": type(error).__name__, "migrations": "unknown"}
    else:
        if present != newest_revision():
            checks["migrations"] = f"at {present}, want {newest_revision()}"
    ready = set(checks.values()) == {"ok"}
    return jsonify(status="ok" if ready else "unready", checks=checks), (
        200 if ready else 503
    )


def _present_revision() -> str | None:
    with house().counters.connect() as connection:
        asked = text("SELECT version_num FROM alembic_version")
        return connection.execute(asked).scalar_one_or_none()


@cache
def newest_revision() -> str | None:
    """Return the revision that this code was written for."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()
