"""The wallet: its balance, and every movement that made it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, request
from sqlalchemy import Engine
from werkzeug.wrappers import Response

from abtpro_saas.billing import grants, wallets
from abtpro_saas.billing.wallets import Movement, MovementFilter
from abtpro_saas.billing.words import TopupStatus
from abtpro_saas.blueprints.guard.access import Access, events_url, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.http.csv_files import csv_stream
from abtpro_saas.blueprints.http.pagination import Page, Pager
from abtpro_saas.blueprints.pages.billing.purposes import in_words, purposes
from abtpro_saas.blueprints.pages.frame.forms import asked_period
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.database import tenant_transaction
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import baht

ON_A_PAGE = 50
BATCH = 1000
TYPES = ("TOP_UP", "DEDUCTION", "REFUND")

blp = Blueprint("wallet_page", __name__, url_prefix="/wallet")


@blp.get("")
def show() -> Response:
    """Show the balance and the newest movements that the filters let through."""
    with tenant_access(scope="wallet:read") as access:
        filters = {k: v for k, v in request.args.items() if k != "cursor" and v}
        page = _page(access, filters)
        told = purposes(access.session, access.tenant_id, page.rows, language())
        context = _held(access) | {"page": page, "purposes": told}
    return render(
        "wallet/show.html",
        fragment="wallet/_movements.html",
        filters=filters,
        types=TYPES,
        statuses=list(TopupStatus),
        **context,
    )


@blp.get("/balance")
def balance() -> Response:
    """Show the balance alone, and where to hear of its next change."""
    with tenant_access(scope="wallet:read") as access:
        context = _held(access)
    return render("wallet/_balance.html", **context)


def _held(access: Access) -> dict[str, Any]:
    """Return what the user may spend, and where to hear of its next change."""
    mine = access.session, access.tenant_id, access.user_id
    return {
        "balance": wallets.balance(*mine),
        "granted": grants.granted_balance(*mine, access.now),
        "live_url": events_url(access.caller, "wallet", access.user_id),
    }


@blp.get("/movements.csv")
def as_csv() -> Response:
    """Give the movements that the filters let through, newest first."""
    with tenant_access(scope="wallet:read") as access:
        key = access.tenant_id, access.user_id
        rows = _all(house().engine, *key, _filter(), language())
    return csv_stream("movements", CSV_COLUMNS, csv_rows(rows))


CSV_COLUMNS = (
    "created_at",
    "completed_at",
    "type",
    "status",
    "reference_id",
    "description",
    "amount",
    "balance_after",
    "currency",
)


def csv_rows(rows: Iterable[Movement]) -> Iterator[tuple[object, ...]]:
    """Return the cells of each movement, in the order of ``CSV_COLUMNS``."""
    for row in rows:
        yield (
            row.created_at.isoformat(),
            row.completed_at and row.completed_at.isoformat(),
            row.type,
            row.status,
            row.reference_id,
            row.description,
            baht(row.amount),
            None if row.balance_after is None else baht(row.balance_after),
            row.currency,
        )


def _all(
    engine: Engine,
    tenant_id: TenantId,
    user_id: UserId,
    chosen: MovementFilter,
    locale: str,
) -> Iterator[Movement]:
    """Yield the movements, each batch from a transaction of its own."""
    before: tuple[datetime, UUID] | None = None
    while True:
        with tenant_transaction(engine, tenant_id) as session:
            batch = wallets.movements(
                session, tenant_id, user_id, chosen, limit=BATCH, before=before
            )
            rows = [movement for _, movement in batch]
            told = list(in_words(session, tenant_id, rows, locale))
        yield from told
        if len(batch) < BATCH:
            return
        before = (batch[-1][0], batch[-1][1].id)


def _page(access: Access, filters: dict[str, str]) -> Page[Movement]:
    cursor = request.args.get("cursor")
    pager = Pager(access.tenant_id, "pages.wallet", ON_A_PAGE, filters, cursor)
    after = pager.after
    rows = _rows(access, pager.fetch, (after[0], after[1]) if after else None)
    page = pager.close(rows, lambda row: (row[0], row[1].id))
    return Page([movement for _, movement in page.rows], page.next_cursor)


def _rows(
    access: Access, limit: int, before: tuple[datetime, UUID] | None = None
) -> list[tuple[datetime, Movement]]:
    return wallets.movements(
        access.session,
        access.tenant_id,
        access.user_id,
        _filter(),
        limit=limit,
        before=before,
    )


def _filter() -> MovementFilter:
    since, until = asked_period()
    kind, status = request.args.get("type"), request.args.get("status")
    return MovementFilter(
        type=kind if kind in TYPES else None,
        status=status if status in set(TopupStatus) else None,
        since=since,
        until=until,
    )
