"""A tenant's business figures, month by month."""

from typing import Any

from flask import Response
from flask.views import MethodView

from abtpro_saas.blueprints.contracts.admin.figure_rows import (
    csv_columns,
    csv_rows,
    figures_answer,
)
from abtpro_saas.blueprints.contracts.admin.figure_schemas import (
    FiguresArgs,
    FiguresOut,
)
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.http.csv_files import csv_file
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.contracts.figures.months import MonthsError, asked_months
from abtpro_saas.contracts.figures.reading import read_figures
from abtpro_saas.contracts.figures.report import Figures
from abtpro_saas.identity.roles import Role

blp = Blueprint(
    "admin_figures",
    __name__,
    url_prefix="/api/v1/admin/figures",
    description="Admins: business figures",
)
CSV = {"type": "string"}


@blp.route("")
class BusinessFigures(MethodView):
    """The tenant's figures."""

    @blp.arguments(FiguresArgs, location="query")
    @blp.response(200, FiguresOut)
    @blp.alt_response(200, schema=CSV, content_type="text/csv")
    @refuses(MonthsError)
    def get(self, args: dict[str, Any]) -> dict[str, Any] | Response:
        """Return what was rented, renewed, paid and earned; as CSV a row a month."""
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="contracts:read") as access:
            months = asked_months(args["first"], args["last"], access.now)
            figures = read_figures(access.session, access.tenant_id, months)
        if args["format"] == "csv":
            return figures_csv(figures)
        return figures_answer(figures)


def figures_csv(figures: Figures) -> Response:
    """Return figures as a CSV file, a row for each month."""
    months = figures.months
    name = f"figures-{months.first}-{months.last}"
    return csv_file(name, csv_columns(len(figures.lines)), csv_rows(figures))
