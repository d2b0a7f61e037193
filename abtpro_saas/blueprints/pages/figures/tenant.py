"""The tenant's business figures, for its staff."""

from flask import Blueprint
from werkzeug.wrappers import Response

from abtpro_saas.blueprints.contracts.admin.figures import figures_csv
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.pages.figures.view import (
    lag,
    page_context,
    page_months,
    share,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.contracts.figures.reading import read_figures
from abtpro_saas.contracts.figures.report import Figures
from abtpro_saas.identity.roles import Role

blp = Blueprint("figures_page", __name__, url_prefix="/admin/figures")
blp.add_app_template_filter(lag, "lag")
blp.add_app_template_filter(share, "share")


@blp.get("")
def show() -> Response:
    """Show the figures of the months asked for, of the last twelve otherwise."""
    return render("figures/show.html", tenant=None, **page_context(_read()))


@blp.get("/figures.csv")
def as_csv() -> Response:
    """Give the same as CSV, a row for each month."""
    return figures_csv(_read())


def _read() -> Figures:
    with tenant_access(Role.ADMIN, Role.VIEWER, scope="contracts:read") as access:
        months = page_months(access.now)
        return read_figures(access.session, access.tenant_id, months)
