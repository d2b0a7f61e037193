"""Bringing candles: from an exchange or a file; how far it is, what was put aside."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.words import BACKTESTING
from abtpro_saas.blueprints.guard.access import Access, events_url, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.http.bodies import LARGEST_UPLOADS
from abtpro_saas.blueprints.market import uploads
from abtpro_saas.blueprints.pages.frame.forms import (
    ANSWERABLE,
    EMPTY,
    Form,
    day_of,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.market.words import ASIDE, FAULTS
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.errors import DomainError
from abtpro_saas.identity.roles import Role
from abtpro_saas.ids import new_id
from abtpro_saas.markets.imports import ordering
from abtpro_saas.markets.imports.ordering import SpanError, Wanted
from abtpro_saas.markets.sources.catalogue import source_of
from abtpro_saas.markets.sources.port import UnknownExchangeError
from abtpro_saas.markets.tables import Import
from abtpro_saas.markets.timeframes import STEPS
from abtpro_saas.markets.words import ENDED, FUNDING, IMPORT_TOPIC, ImportKind

IMPORTERS = (Role.TRADER, Role.ADMIN)
MEBIBYTE = 1024 * 1024
SHOWN_ASIDE = 100
"""Of the rows that were put aside; the API lists more."""

blp = Blueprint("market_imports_page", __name__, url_prefix="/market/imports")


@blp.get("/new")
@needs_feature(BACKTESTING)
def begin() -> Response:
    """Ask where the candles are to come from."""
    return _form(EMPTY, "exchange")


@blp.post("")
@needs_feature(BACKTESTING)
def create() -> Response:
    """Ask an exchange for candles."""
    try:
        with tenant_access(*IMPORTERS, scope="market:write") as access:
            made = ordering.import_span(
                access.session,
                access.tenant_id,
                _wanted(access),
                (_day("start"), _day("end", last=True)),
                access.now,
                urls=house().settings.exchange_urls,
            )
            _note(access, made)
    except ANSWERABLE as error:
        return _form(_told(error), "exchange")
    return _to(made)


@blp.post("/file")
@needs_feature(BACKTESTING)
def create_from_file() -> Response:
    """Read the candles of a file."""
    try:
        made = _kept()
    except ANSWERABLE as error:
        return _form(_told(error), "file")
    return _to(made)


@blp.get("/<uuid:import_id>")
def show(import_id: UUID) -> Response:
    """Show how far an import is, then what came of it."""
    with tenant_access(scope="market:read") as access:
        found = ordering.get_import(
            access.session, access.tenant_id, access.user_id, import_id
        )
        is_open = found.status not in ENDED
        live = events_url(access.caller, IMPORT_TOPIC, import_id) if is_open else None
        may_write = "market:write" in access.caller.scopes
    return render(
        "market/import.html",
        fragment="market/_import.html",
        found=found,
        live_url=live,
        may_write=may_write,
        simulated=is_simulated(found),
        aside=ASIDE,
        shown_aside=SHOWN_ASIDE,
        fault=FAULTS.get(found.error_code or ""),
    )


@blp.post("/<uuid:import_id>/cancellation")
def cancel(import_id: UUID) -> Response:
    """End an import; what it has fetched is not kept."""
    with tenant_access(*IMPORTERS, scope="market:write") as access:
        access.note(action="market.cancel_import", subject=import_id)
        ended = ordering.cancel_import(
            access.session, access.tenant_id, access.user_id, import_id, access.now
        )
    return _to(ended)


def is_simulated(found: Import) -> bool:
    """Tell whether nobody ever traded at the prices that an import asks for."""
    if found.kind != ImportKind.EXCHANGE:
        return False
    urls = house().settings.exchange_urls
    try:
        return source_of(found.exchange, urls).origin(found.exchange).simulated
    except UnknownExchangeError:
        return False


def _kept() -> Import:
    """Keep the file, and the order to read it; or neither."""
    root, import_id = house().settings.backtest_data_path, new_id()
    with (
        uploads.brought_file() as file,
        tenant_access(*IMPORTERS, scope="market:write") as access,
    ):
        wanted = _wanted(access)
        ordering.check_names(wanted)
        covered = _covered()
        path = uploads.keep(root, access.tenant_id, import_id, file)
        where = access.session, access.tenant_id
        try:
            made = ordering.import_file(
                *where, wanted, import_id, path, access.now, covered
            )
        except BaseException:
            uploads.drop(root, access.tenant_id, import_id)
            raise
        _note(access, made)
        return made


def _covered() -> tuple[datetime, datetime] | None:
    """Return what a file of trades was said to cover, None where nothing is said.

    Raises:
        SpanError: half of it is said, or what is no day.
    """
    if not text("start") and not text("end"):
        return None
    return _day("start"), _day("end", last=True)


def _wanted(access: Access) -> Wanted:
    own = access.caller.role is Role.TRADER
    return Wanted(
        user_id=access.user_id,
        owner_id=access.user_id if own else None,
        exchange=text("exchange"),
        symbol=text("symbol"),
        timeframe=text("timeframe"),
    )


def _day(name: str, *, last: bool = False) -> datetime:
    """Return when the day of a field begins in UTC, or ends.

    Raises:
        SpanError: there is none.
    """
    found = day_of(text(name))
    if found is None:
        raise SpanError("not a day", name)
    begins = datetime(found.year, found.month, found.day, tzinfo=UTC)
    return begins + timedelta(days=1) if last else begins


def _note(access: Access, made: Import) -> None:
    access.note(
        action="market.import",
        subject=made.import_id,
        exchange=made.exchange,
        symbol=made.symbol,
        timeframe=made.timeframe,
    )


def _to(found: Import) -> Response:
    return redirect(url_for("market_imports_page.show", import_id=found.import_id), 303)


def _told(error: DomainError) -> Form:
    """Return the form with what is wrong, by the field, in words of its own."""
    form = refused(error)
    field = getattr(error, "field", None)
    words = {
        "exchange": _("No exchange of this name can be asked here, or it is not free."),
        "symbol": _("A symbol is two currencies, such as BTC/USDT."),
        "timeframe": _("Choose a time frame."),
        "start": _of_day("start")
        or _("This day must come before the last one, and not lie ahead."),
        "end": _of_day("end") or _("Choose fewer candles: 3,000,000 at once at most."),
        "file": _("Choose one file: CSV or Parquet."),
    }.get(field or "")
    if field is None or words is None:
        return form
    return replace(form, errors={field: words}, problem=None)


def _of_day(field: str) -> str:
    """Tell that a field has no day, or that none is asked for; empty where it has."""
    if day_of(text(field)) is None:
        return str(_("A day is needed here: day, month and year."))
    if text("timeframe") == FUNDING and "file" in request.files:
        return str(_("Days are said of files of trades alone."))
    return ""


def _form(form: Form, way: str) -> Response:
    with tenant_access(*IMPORTERS, scope="market:write") as access:
        own = access.caller.role is Role.TRADER
        today = access.now.date()
    return render(
        "market/new.html",
        status=form.status,
        form=form,
        way=way,
        own=own,
        today=today,
        timeframes=list(STEPS),
        largest=LARGEST_UPLOADS["/market/imports/file"] // MEBIBYTE,
    )
