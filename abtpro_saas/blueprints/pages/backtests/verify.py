"""What a certificate says: open to whoever holds it, and without anybody's name."""

import re
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.canonical import digest
from abtpro_saas.backtesting.reporting.writing import NOTHING, quote_of
from abtpro_saas.backtesting.runs.finding import Certified, find_certificate
from abtpro_saas.backtesting.runs.ordering import TooManyRunsError
from abtpro_saas.backtesting.runs.rerunning import (
    find_certified_run,
    latest_rerun,
    order_rerun_of,
)
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.guard import callers
from abtpro_saas.blueprints.guard.access import operator_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.marks import open_to_all
from abtpro_saas.blueprints.pages.backtests.words import in_words, measured
from abtpro_saas.blueprints.pages.frame.forms import EMPTY, Form, refused
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.database import existing, tenant_transaction
from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity.caller import OperatorCaller
from abtpro_saas.performance.definitions import CATALOGUE

SHOWN = (
    *("total_return", "buy_and_hold_return", "max_drawdown", "sharpe_ratio"),
    *("total_trades", "win_rate", "profit_factor", "final_capital"),
)
_CERTIFICATE = re.compile(r"[0-9a-f]{64}", re.ASCII)

blp = Blueprint("verify_page", __name__, url_prefix="/verify")


@blp.get("")
@open_to_all()
def begin() -> Response:
    """Ask for a certificate."""
    asked = request.args.get("certificate", "").strip().lower()
    if _CERTIFICATE.fullmatch(asked):
        return redirect(url_for("verify_page.show", certificate=asked))
    return _looked_up(asked, None)


@blp.get("/<certificate>")
@open_to_all()
def show(certificate: str) -> Response:
    """Show what was certified, and whether its parts still make the certificate."""
    asked = certificate.strip().lower()
    found = _find(asked)
    if found is None:
        return _looked_up(asked, None, status=404)
    return _looked_up(asked, found)


@blp.post("/<certificate>/rerun")
def rerun(certificate: str) -> Response:
    """Queue what a certificate is of, for an operator; its page tells what it shows."""
    asked, most = certificate.strip().lower(), house().settings.max_concurrent_backtests
    try:
        with operator_access() as access:
            tenant_id, run_id = find_certified_run(house().engine, asked)
            access.note(action="backtest.rerun", subject=asked)
            with tenant_transaction(house().engine, tenant_id) as session:
                order_rerun_of(session, tenant_id, run_id, most=most, now=access.now)
    except TooManyRunsError as error:
        form = refused(error)
        return _looked_up(asked, _find(asked), form, status=form.status)
    return redirect(url_for("verify_page.show", certificate=asked), 303)


def _looked_up(
    asked: str, found: Certified | None, form: Form = EMPTY, *, status: int = 200
) -> Response:
    by_operator = isinstance(callers.known(), OperatorCaller)
    return render(
        "backtests/verify.html",
        status=status,
        asked=asked,
        found=found,
        form=form,
        by_operator=by_operator,
        **({} if found is None else _told(asked, found)),
        **(_again(asked) if found is not None and by_operator else {}),
    )


def _told(asked: str, found: Certified) -> dict[str, Any]:
    currency = quote_of(found.certified["symbols"][0])
    return {
        "agrees": digest(found.certified) == asked,
        "parts": found.certified,
        "currency": currency,
        "metrics": [
            (in_words(CATALOGUE[key].title), _value(found.metrics, key, currency))
            for key in SHOWN
        ],
    }


def _again(asked: str) -> dict[str, Any]:
    """Return how the latest rerun stands, and where an operator begins another."""
    tenant_id, run_id = find_certified_run(house().engine, asked)
    with tenant_transaction(house().engine, tenant_id) as session:
        run = existing(session.get(Backtest, (tenant_id, run_id)))
        rerun = latest_rerun(session, run)
    return {
        "rerun": rerun,
        "rerun_url": url_for("verify_page.rerun", certificate=asked),
        "rerun_open": rerun is not None and rerun.completed_at is None,
        "may_write": True,
    }


def _find(certificate: str) -> Certified | None:
    if not _CERTIFICATE.fullmatch(certificate):
        return None
    try:
        return find_certificate(house().engine, certificate)
    except NotFoundError:
        return None


def _value(metrics: dict[str, float | None], key: str, currency: str) -> str:
    value = metrics.get(key)
    return NOTHING if value is None else measured(value, CATALOGUE[key].unit, currency)
