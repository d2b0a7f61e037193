"""The tenant's contracts, for its staff: found by state, plan and what is due."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, request
from sqlalchemy import Engine
from werkzeug.wrappers import Response

from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.http.csv_files import csv_stream
from abtpro_saas.blueprints.http.pagination import Page, Pager
from abtpro_saas.blueprints.pages.contracts.wording import plan_names
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.contracts.office.listing import (
    ContractFilter,
    ListedContract,
    list_contracts,
)
from abtpro_saas.contracts.words import ContractStatus
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity import people
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import baht

ON_A_PAGE = 50
BATCH = 500
DUE = {"1": timedelta(days=1), "7": timedelta(days=7), "30": timedelta(days=30)}
"""Within how many days a period ends that is asked for."""

NOBODY = UserId(UUID(int=0))

blp = Blueprint("contracts_page", __name__, url_prefix="/admin/contracts")


@blp.get("")
def show() -> Response:
    """Show the newest contracts that the filters let through."""
    with tenant_access(scope="contracts:read") as access:
        filters = {k: v for k, v in request.args.items() if k != "cursor" and v}
        context: dict[str, Any] = {
            "page": _page(access, filters),
            "names": plan_names(access.session, access.tenant_id, access.now),
            "now": access.now,
        }
    return render(
        "contracts/show.html",
        fragment="contracts/_list.html",
        filters=filters,
        statuses=list(ContractStatus),
        **context,
    )


@blp.get("/contracts.csv")
def as_csv() -> Response:
    """Give the contracts that the filters let through, newest first."""
    with tenant_access(scope="contracts:read") as access:
        chosen = _filter(access)
        rows = _all(house().engine, access.tenant_id, chosen, access.now)
    return csv_stream("contracts", CSV_COLUMNS, map(_cells, rows))


CSV_COLUMNS = (
    "contract_id",
    "email",
    "name",
    "plan",
    "billing",
    "status",
    "price",
    "currency",
    "auto_renew",
    "created_at",
    "period_start",
    "period_end",
    "grace_ends_at",
    "cancelled_at",
    "suspended_at",
    "replaced_at",
)


def _cells(row: ListedContract) -> tuple[object, ...]:
    contract = row.contract
    instants = (
        contract.created_at,
        row.running.period_start if row.running else contract.period_start,
        contract.period_end,
        contract.grace_ends_at,
        contract.cancelled_at,
        contract.blocked_at,
        contract.closed_at,
    )
    return (
        contract.contract_id,
        row.user.email,
        row.user.name,
        row.plan.code,
        contract.billing,
        row.status,
        baht(contract.price),
        "THB",
        str(contract.auto_renew).lower(),
        *(instant and instant.isoformat() for instant in instants),
    )


def _all(
    engine: Engine, tenant_id: TenantId, chosen: ContractFilter, now: datetime
) -> Iterator[ListedContract]:
    """Yield the contracts, each batch from a transaction of its own."""
    before: UUID | None = None
    while True:
        with tenant_transaction(engine, tenant_id) as session:
            batch = list_contracts(
                session, tenant_id, chosen, now, limit=BATCH, before=before
            )
        yield from batch
        if len(batch) < BATCH:
            return
        before = batch[-1].contract.contract_id


def _page(access: Access, filters: dict[str, str]) -> Page[ListedContract]:
    cursor = request.args.get("cursor")
    pager = Pager(access.tenant_id, "pages.contracts", ON_A_PAGE, filters, cursor)
    after = pager.after
    rows = list_contracts(
        access.session,
        access.tenant_id,
        _filter(access),
        access.now,
        limit=pager.fetch,
        before=after[0] if after else None,
    )
    return pager.close(rows, lambda row: (row.contract.contract_id,))


def _filter(access: Access) -> ContractFilter:
    asked = request.args
    status, due = asked.get("status"), DUE.get(asked.get("due", ""))
    return ContractFilter(
        status=ContractStatus(status) if status in set(ContractStatus) else None,
        plan=asked.get("plan") or None,
        due_before=access.now + due if due else None,
        closed=asked.get("closed") == "yes",
        user_id=_member(access, asked.get("email", "").strip()),
    )


def _member(access: Access, email: str) -> UserId | None:
    """Return whose contracts are asked for; of an unknown address there are none."""
    if not email:
        return None
    found = people.find_user(access.session, access.tenant_id, email)
    return found.user_id if found else NOBODY
