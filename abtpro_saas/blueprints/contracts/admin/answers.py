"""What the API tells admins of a contract."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from abtpro_saas.billing.invoices import issuing
from abtpro_saas.blueprints.contracts.answers import contract_answer, standing_answer
from abtpro_saas.blueprints.contracts.invoices import OF_CONTRACT, document_answer
from abtpro_saas.contracts.history import history
from abtpro_saas.contracts.offers.plans import get_plan
from abtpro_saas.contracts.office.listing import ListedContract, periods_of
from abtpro_saas.contracts.tables import Event, Period
from abtpro_saas.money import baht

FILE = "admin_contracts.DocumentFile"
"""Where an admin reads a document as a file."""

MOST = 200
"""How much of each a contract shows, newest first."""


def listed_answer(found: ListedContract, now: datetime) -> dict[str, Any]:
    """Return a contract with whose it is."""
    contract, user = found.contract, found.user
    return {
        **standing_answer(contract, found.plan, found.running, now),
        "user": {"id": user.user_id, "email": user.email, "name": user.name},
        "suspended_at": contract.blocked_at,
        "suspended_reason": contract.blocked_reason,
        "replaced_at": contract.closed_at,
    }


def whole_answer(
    session: Session, found: ListedContract, now: datetime
) -> dict[str, Any]:
    """Return a contract with all that was done, paid and issued."""
    contract = found.contract
    place = contract.tenant_id, contract.contract_id
    documents = issuing.documents_of(
        session,
        contract.tenant_id,
        subject=f"{OF_CONTRACT}{contract.contract_id}",
        limit=MOST,
    )
    return {
        **contract_answer(session, contract, now),
        **listed_answer(found, now),
        "history": [_event(each) for each in history(session, *place, limit=MOST)],
        "periods": [_period(session, each) for each in periods_of(session, *place)],
        "documents": [document_answer(each, FILE) for each in documents],
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "id": event.event_id,
        "kind": event.kind,
        "at": event.happened_at,
        "recorded_at": event.recorded_at,
        "actor_id": event.actor_id,
        "detail": {name: _said(value) for name, value in event.detail.items()},
    }


def _said(value: object) -> object:
    """Return what a history's detail holds; its whole numbers are satang."""
    return baht(value) if type(value) is int else value


def _period(session: Session, period: Period) -> dict[str, Any]:
    plan = get_plan(session, period.tenant_id, period.plan_id)
    return {
        "plan": plan.code,
        **{
            name: getattr(period, name)
            for name in (
                "plan_id",
                "billing",
                "kind",
                "period_start",
                "period_end",
                "price",
                "paid",
                "document_id",
                "left_at",
                "created_at",
            )
        },
    }
