"""The bodies of results computed again."""

from typing import Any

from marshmallow import validate
from marshmallow.fields import UUID, Integer, List, String

from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import Repeated, RunStatus
from abtpro_saas.blueprints.http.fields import StrictSchema, Utc


class RepeatedOut(StrictSchema):
    """What computing a result again has shown; ``differs`` are parts of `certified`."""

    verdict = String(required=True, validate=validate.OneOf(list(Repeated)))
    differs = List(String(), required=True)
    completed_at = Utc(required=True)


class RerunOut(StrictSchema):
    """A result that is computed again; without a verdict until it has completed."""

    backtest_id = UUID(
        required=True, metadata={"description": "The rerun's own, to cancel it by."}
    )
    parent_id = UUID(required=True)
    status = String(required=True, validate=validate.OneOf(list(RunStatus)))
    progress = Integer(required=True)
    verdict = String(
        required=True, allow_none=True, validate=validate.OneOf([*Repeated, None])
    )
    differs = List(String(), required=True)
    created_at = Utc(required=True)
    completed_at = Utc(required=True, allow_none=True)


def rerun_answer(rerun: Backtest) -> dict[str, Any]:
    """Return what the API says of a rerun."""
    found = rerun.findings or {}
    return {
        "backtest_id": rerun.backtest_id,
        "parent_id": rerun.parent_id,
        "status": rerun.status,
        "progress": rerun.progress,
        "verdict": found.get("verdict"),
        "differs": found.get("differs", []),
        "created_at": rerun.created_at,
        "completed_at": rerun.completed_at,
    }
