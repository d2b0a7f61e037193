"""What a certificate says: open to whoever holds it, and without anybody's name."""

import re

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.canonical import digest
from abtpro_saas.backtesting.reporting.writing import NOTHING, quote_of
from abtpro_saas.backtesting.runs.finding import Certified, find_certificate
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.marks import open_to_all
from abtpro_saas.blueprints.pages.backtests.words import in_words, measured
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.errors import NotFoundError
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
    return render("backtests/verify.html", found=None, asked=asked)


@blp.get("/<certificate>")
@open_to_all()
def show(certificate: str) -> Response:
    """Show what was certified, and whether its parts still make the certificate."""
    asked = certificate.strip().lower()
    found = _find(asked)
    if found is None:
        return render("backtests/verify.html", status=404, found=None, asked=asked)
    currency = quote_of(found.certified["symbols"][0])
    return render(
        "backtests/verify.html",
        found=found,
        asked=asked,
        agrees=digest(found.certified) == asked,
        parts=found.certified,
        metrics=[
            (in_words(CATALOGUE[key].title), _value(found.metrics, key, currency))
            for key in SHOWN
        ],
    )


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
