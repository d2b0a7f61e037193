"""The audit trail: who did what, from where; searched and exported."""

import json
from contextlib import suppress
from uuid import UUID

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.http.csv_files import csv_stream
from abtpro_saas.blueprints.http.pagination import Pager
from abtpro_saas.blueprints.identity.audit import COLUMNS, exported, json_chunks
from abtpro_saas.blueprints.pages.frame import deeds
from abtpro_saas.blueprints.pages.frame.forms import asked_period
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity import audit, people
from abtpro_saas.identity.audit import Filter
from abtpro_saas.identity.tables import AuditEntry
from abtpro_saas.identity.words import Outcome
from abtpro_saas.ids import UserId

ON_A_PAGE = 50

blp = Blueprint("audit_page", __name__, url_prefix="/audit")


@blp.get("")
def show() -> AnyResponse:
    """Show the newest entries that the filters let through."""
    with tenant_access(scope="audit:read") as access:
        cursor = request.args.get("cursor")
        filters = {k: v for k, v in request.args.items() if k != "cursor" and v}
        pager = Pager(access.tenant_id, "pages.audit", ON_A_PAGE, filters, cursor)
        after = pager.after
        rows = audit.search(
            access.session,
            access.tenant_id,
            _filter(access),
            before=(after[0], after[1]) if after else None,
            limit=pager.fetch,
        )
        page = pager.close(rows, lambda row: (row.at, row.entry_id))
        names = _names(access, page.rows)
    return render(
        "audit/show.html",
        fragment="audit/_entries.html",
        page=page,
        names=names,
        filters=filters,
        actions=_actions(filters.get("action", "")),
        outcomes=list(Outcome),
    )


@blp.get("/entries.csv")
def as_csv() -> AnyResponse:
    """Give every entry that the filters let through, oldest first."""
    with tenant_access(scope="audit:read") as access:
        entries = exported(access, _filter(access))
    return csv_stream("audit", COLUMNS, (_cells(entry) for entry in entries))


@blp.get("/entries.json")
def as_json() -> AnyResponse:
    """Give the same as JSON."""
    with tenant_access(scope="audit:read") as access:
        entries = exported(access, _filter(access))
    members = (dict(zip(COLUMNS, _plain(entry), strict=True)) for entry in entries)
    return Response(
        json_chunks(json.dumps(each) for each in members),
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="audit.json"'},
    )


def _actions(asked: str) -> list[tuple[str, str]]:
    """Return what the filter offers; an endpoint that was refused may be asked for."""
    known = deeds.deeds()
    if not asked or asked in deeds.ACTIONS:
        return known
    return [*known, (asked, deeds.deed(asked))]


def _filter(access: Access) -> Filter:
    since, until = asked_period()
    outcome = request.args.get("outcome")
    return Filter(
        actor_id=_actor(access, request.args.get("who", "").strip()),
        action=request.args.get("action", "").strip() or None,
        outcome=Outcome(outcome) if outcome in set(Outcome) else None,
        since=since,
        until=until,
    )


def _actor(access: Access, asked: str) -> UUID | None:
    """Return whose entries are asked for, by e-mail or id; nobody's for a stranger."""
    if not asked:
        return None
    user = people.find_user(access.session, access.tenant_id, asked)
    if user is not None:
        return user.user_id
    with suppress(ValueError):
        return UUID(asked)
    return UUID(int=0)


def _names(access: Access, rows: list[AuditEntry]) -> dict[UUID, str]:
    names = {}
    for actor_id in {row.actor_id for row in rows if row.actor_id}:
        with suppress(NotFoundError):
            user = people.get_user(access.session, access.tenant_id, UserId(actor_id))
            names[actor_id] = user.email
    return names


def _plain(entry: AuditEntry) -> list[object]:
    values = [getattr(entry, column) for column in COLUMNS]
    return [
        value if value is None or isinstance(value, dict) else _text(value)
        for value in values
    ]


def _cells(entry: AuditEntry) -> list[object]:
    return [
        json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
        for value in _plain(entry)
    ]


def _text(value: object) -> str:
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat() if isoformat else value)
