"""A tenant's audit trail, searched and exported by its admins."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from flask import Response, request
from flask.views import MethodView
from sqlalchemy import Engine

from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.http.csv_files import csv_stream
from abtpro_saas.blueprints.http.fields import utc_text
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import Pager
from abtpro_saas.blueprints.identity.schemas import (
    AuditArgs,
    AuditEntryOut,
    AuditOut,
)
from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import InvalidError
from abtpro_saas.identity import audit
from abtpro_saas.identity.audit import Filter, Place
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.tables import AuditEntry
from abtpro_saas.identity.words import Outcome
from abtpro_saas.ids import TenantId

MOST_EXPORTED = 100_000
BATCH = 1000
START = '{"entries": ['
CSV = {"type": "string"}

COLUMNS = (
    "at",
    "actor_kind",
    "actor_id",
    "action",
    "subject",
    "outcome",
    "code",
    "address",
    "request_id",
    "detail",
)

blp = Blueprint(
    "audit",
    __name__,
    url_prefix="/api/v1/admin/audit",
    description="Who did what in your tenant",
)


class ExportTooLargeError(InvalidError):
    """More entries than one answer holds: a shorter period helps."""

    code = "export_too_large"


@blp.route("")
class Audit(MethodView):
    """The trail."""

    @blp.arguments(AuditArgs, location="query")
    @blp.response(200, AuditOut)
    @blp.alt_response(200, schema=CSV, content_type="text/csv")
    def get(self, args: dict[str, Any]) -> object:
        """Search the trail, newest first; with ``format``, give all that was found."""
        wanted = Filter(
            actor_id=args["actor"],
            action=args["action"],
            subject=args["subject"],
            outcome=args["outcome"] and Outcome(args["outcome"]),
            since=args["since"],
            until=args["until"],
        )
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="audit:read") as access:
            if (args["format"] or _accepted()) == "csv":
                return _as_csv(access, wanted)
            if args["format"] == "json":
                return _as_json(access, wanted)
            return _page(access, wanted, args)


def _accepted() -> str:
    best = request.accept_mimetypes.best_match(["application/json", "text/csv"])
    return "csv" if best == "text/csv" else ""


def _page(access: Access, wanted: Filter, args: dict[str, Any]) -> dict[str, Any]:
    filters = {k: v for k, v in args.items() if k not in {"limit", "cursor", "format"}}
    pager = Pager(access.tenant_id, "audit", args["limit"], filters, args["cursor"])
    after = pager.after
    rows = audit.search(
        access.session,
        access.tenant_id,
        wanted,
        before=(after[0], after[1]) if after else None,
        limit=pager.fetch,
    )
    return pager.close(rows, lambda row: (row.at, row.entry_id)).under("entries")


def _as_csv(access: Access, wanted: Filter) -> Response:
    rows = (_cells(entry) for entry in exported(access, wanted))
    return csv_stream("audit", COLUMNS, rows)


def _as_json(access: Access, wanted: Filter) -> Response:
    dump = AuditEntryOut().dump
    entries = (json.dumps(dump(entry)) for entry in exported(access, wanted))
    return Response(json_chunks(entries), mimetype="application/json")


def json_chunks(entries: Iterable[str]) -> Iterator[str]:
    """Yield the answer that holds ``entries``, each of them JSON already."""
    count = 0
    for count, entry in enumerate(entries, 1):
        yield (", " if count > 1 else START) + entry
    yield f'{"" if count else START}], "count": {count}, "next_cursor": null}}'


def exported(access: Access, wanted: Filter) -> Iterator[AuditEntry]:
    """Return what is asked for, the oldest first, to be sent while it is read.

    Each batch is read in a transaction of its own: a slow reader holds none open.

    Raises:
        ExportTooLargeError: it is more than one file holds.
    """
    wanted = replace(wanted, until=wanted.until or access.now)
    found = audit.count(
        access.session, access.tenant_id, wanted, most=MOST_EXPORTED + 1
    )
    if found > MOST_EXPORTED:
        raise ExportTooLargeError(
            "more than 100,000 entries: ask for less time", "from"
        )
    return _batches(house().engine, access.tenant_id, wanted)


def _batches(
    engine: Engine, tenant_id: TenantId, wanted: Filter
) -> Iterator[AuditEntry]:
    after: Place | None = None
    while True:
        with tenant_transaction(engine, tenant_id) as session:
            batch = audit.oldest(session, tenant_id, wanted, after=after, limit=BATCH)
        yield from batch
        if len(batch) < BATCH:
            return
        after = (batch[-1].at, batch[-1].entry_id)


def _cells(entry: AuditEntry) -> list[object]:
    cells = [getattr(entry, column) for column in COLUMNS]
    return [utc_text(cells[0]), *cells[1:-1], json.dumps(cells[-1])]
