"""Imports of candles: from an exchange, or from a file that is brought along."""

from typing import Any
from uuid import UUID

from flask import request
from flask.views import MethodView
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.guard.idempotency import idempotent
from abtpro_saas.blueprints.http.bodies import LARGEST_BODY, StrictParser
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import CursorArgs, Pager
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.blueprints.market import schemas as bodies
from abtpro_saas.blueprints.market import uploads
from abtpro_saas.blueprints.market.series import BACKTESTING
from abtpro_saas.identity.roles import Role
from abtpro_saas.ids import new_id
from abtpro_saas.markets.imports import ordering
from abtpro_saas.markets.imports.limits import (
    TooManyImportsError,
    TooManySeriesError,
)
from abtpro_saas.markets.imports.ordering import Wanted
from abtpro_saas.markets.naming import MarketNameError
from abtpro_saas.markets.sources.port import UnknownExchangeError
from abtpro_saas.markets.tables import Import
from abtpro_saas.markets.timeframes import TimeframeError

blp = Blueprint(
    "market_imports",
    __name__,
    url_prefix="/api/v1/market",
    description="Candles that are brought",
)

IMPORTERS = (Role.TRADER, Role.ADMIN)
OF_ORDERS = (
    MarketNameError,
    TimeframeError,
    UnknownExchangeError,
    ordering.SpanError,
    TooManyImportsError,
    TooManySeriesError,
)
REQUEST = {
    "required": True,
    "content": {
        "application/json": {"schema": bodies.ImportIn},
        uploads.MULTIPART: {"schema": bodies.UploadIn},
    },
}

_parser = StrictParser()


@blp.route("/import")
class NewImport(MethodView):
    """An order for candles, or for funding."""

    @needs_feature(BACKTESTING)
    @blp.doc(requestBody=REQUEST)
    @idempotent()
    @blp.response(202, bodies.ImportOut)
    @blp.alt_response(409, description="Too many are under way, or kept.")
    @refuses(*OF_ORDERS)
    def post(self) -> dict[str, Any]:
        """Import candles or funding from an exchange (JSON), or from a file (a form).

        A trader's become that trader's own; an admin's are for the whole tenant.
        """
        if uploads.is_upload():
            return _from_file()
        return _from_exchange()


@blp.route("/imports")
class ImportList(MethodView):
    """The caller's imports."""

    @needs_feature(BACKTESTING)
    @blp.arguments(CursorArgs, location="query")
    @blp.response(200, bodies.ImportsOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List your imports, newest first."""
        with tenant_access(*Role, scope="market:read") as access:
            name = f"imports:{access.user_id}"
            pager = Pager(access.tenant_id, name, args["limit"], {}, args["cursor"])
            before = pager.after
            found = ordering.list_imports(
                access.session,
                access.tenant_id,
                access.user_id,
                limit=pager.fetch,
                before=before[0] if before else None,
            )
            page = pager.close(found, lambda row: (row.import_id,))
            return page.under("imports", [import_answer(row) for row in page.rows])


@blp.route("/imports/<uuid:import_id>")
class OneImport(MethodView):
    """One import of the caller's."""

    @needs_feature(BACKTESTING)
    @blp.response(200, bodies.ImportOut)
    def get(self, import_id: UUID) -> dict[str, Any]:
        """Return how far an import is, and what it put aside."""
        with tenant_access(*Role, scope="market:read") as access:
            found = ordering.get_import(
                access.session, access.tenant_id, access.user_id, import_id
            )
            return import_answer(found)


@blp.route("/imports/<uuid:import_id>/cancel")
class ImportCancellation(MethodView):
    """The end of an import that goes on."""

    @needs_feature(BACKTESTING)
    @idempotent()
    @blp.response(200, bodies.ImportOut)
    def post(self, import_id: UUID) -> dict[str, Any]:
        """Cancel an import; one that has ended stays as it is."""
        with tenant_access(*IMPORTERS, scope="market:write") as access:
            access.note(action="market.cancel_import", subject=import_id)
            ended = ordering.cancel_import(
                access.session,
                access.tenant_id,
                access.user_id,
                import_id,
                access.now,
            )
            return import_answer(ended)


def import_answer(row: Import) -> dict[str, Any]:
    """Return what the API says of an import."""
    error = None
    if row.error_code is not None:
        error = {"code": row.error_code, "message": row.error}
    return {
        "id": row.import_id,
        "kind": row.kind,
        "exchange": row.exchange,
        "symbol": row.symbol,
        "timeframe": row.timeframe,
        "start": row.starts_at,
        "end": row.ends_at,
        "status": row.status,
        "progress": row.progress,
        "rows": row.rows,
        "quarantined": row.quarantined,
        "findings": row.findings,
        "series_id": row.series_id,
        "error": error,
        "created_at": row.created_at,
        "finished_at": row.finished_at,
    }


def _from_exchange() -> dict[str, Any]:
    if (request.content_length or 0) > LARGEST_BODY:
        raise RequestEntityTooLarge
    body = _parser.parse(bodies.ImportIn(), request, location="json")
    urls = house().settings.exchange_urls
    with tenant_access(*IMPORTERS, scope="market:write") as access:
        made = ordering.import_span(
            access.session,
            access.tenant_id,
            _wanted(access, body),
            (body["start"], body["end"]),
            access.now,
            urls=urls,
        )
        return _noted(access, made)


def _from_file() -> dict[str, Any]:
    with uploads.brought_file() as file:
        body = _parser.parse(bodies.FileIn(), request, location="form")
        return _kept(file, body)


def _kept(file: FileStorage, body: dict[str, Any]) -> dict[str, Any]:
    """Keep the file, and the order to read it; or neither."""
    root, import_id = house().settings.backtest_data_path, new_id()
    with tenant_access(*IMPORTERS, scope="market:write") as access:
        wanted = _wanted(access, body)
        ordering.check_names(wanted)
        path = uploads.keep(root, access.tenant_id, import_id, file)
        covered = (body["start"], body["end"]) if body["start"] else None
        where = access.session, access.tenant_id
        try:
            made = ordering.import_file(
                *where, wanted, import_id, path, access.now, covered
            )
        except BaseException:
            uploads.drop(root, access.tenant_id, import_id)
            raise
        return _noted(access, made)


def _wanted(access: Access, body: dict[str, Any]) -> Wanted:
    own = access.caller.role is Role.TRADER
    return Wanted(
        user_id=access.user_id,
        owner_id=access.user_id if own else None,
        exchange=body["exchange"],
        symbol=body["symbol"],
        timeframe=body["timeframe"],
    )


def _noted(access: Access, made: Import) -> dict[str, Any]:
    access.note(
        action="market.import",
        subject=made.import_id,
        exchange=made.exchange,
        symbol=made.symbol,
        timeframe=made.timeframe,
    )
    return import_answer(made)
