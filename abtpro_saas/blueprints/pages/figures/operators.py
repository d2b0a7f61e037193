"""The figures of each tenant, for the platform's operators: sums, never a row."""

from collections.abc import Iterator

from flask import Blueprint, request
from sqlalchemy import Engine
from werkzeug.wrappers import Response

from abtpro_saas.blueprints.contracts.admin.figure_rows import csv_columns, csv_rows
from abtpro_saas.blueprints.contracts.admin.figures import figures_csv
from abtpro_saas.blueprints.guard.access import operator_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.hosts import HostKind, current_host
from abtpro_saas.blueprints.http.csv_files import csv_stream
from abtpro_saas.blueprints.http.pagination import Pager
from abtpro_saas.blueprints.pages.figures.view import (
    months_context,
    page_context,
    page_months,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.contracts.figures.months import Months
from abtpro_saas.contracts.figures.reading import read_tenants
from abtpro_saas.contracts.figures.report import Figures
from abtpro_saas.database import plain_transaction
from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity import tenants
from abtpro_saas.identity.tables import Tenant

ON_A_PAGE = 50

blp = Blueprint("operators_figures_page", __name__, url_prefix="/operators/figures")


@blp.before_request
def _at_their_host_alone() -> None:
    if current_host().kind is not HostKind.OPERATORS:
        raise NotFoundError("there is nothing here")


@blp.get("")
def show() -> Response:
    """Show what each tenant's renting comes to."""
    with operator_access() as access:
        months = page_months(access.now)
        cursor = request.args.get("cursor")
        pager = Pager(None, "pages.operators_figures", ON_A_PAGE, {}, cursor)
        after = pager.after
        rows = tenants.list_tenants(
            access.session, after=str(after[0]) if after else None, limit=pager.fetch
        )
        page = pager.close(rows, lambda row: (row.slug,))
        found = read_tenants(
            access.session, [row.tenant_id for row in page.rows], months
        )
    return render(
        "figures/tenants.html",
        fragment="figures/_tenants.html",
        page=page,
        found=found,
        **months_context(months),
    )


@blp.get("/figures.csv")
def as_csv() -> Response:
    """Give all tenants' figures: a row for each tenant and month."""
    with operator_access() as access:
        months = page_months(access.now)
    columns = ("tenant", *csv_columns(len(months.each)))
    name = f"tenants-{months.first}-{months.last}"
    return csv_stream(name, columns, _all(house().operator_engine, months))


def _all(engine: Engine, months: Months) -> Iterator[tuple[object, ...]]:
    """Yield the rows of all tenants, some tenants from each transaction."""
    after: str | None = None
    while True:
        with plain_transaction(engine) as session:
            rows = tenants.list_tenants(session, after=after, limit=ON_A_PAGE)
            found = read_tenants(session, [row.tenant_id for row in rows], months)
        for tenant in rows:
            for row in csv_rows(found[tenant.tenant_id]):
                yield (tenant.slug, *row)
        if len(rows) < ON_A_PAGE:
            return
        after = rows[-1].slug


@blp.get("/<slug>")
def item(slug: str) -> Response:
    """Show one tenant's figures, as its admins see them."""
    tenant, figures = _one(slug)
    return render("figures/show.html", tenant=tenant, **page_context(figures))


@blp.get("/<slug>/figures.csv")
def item_as_csv(slug: str) -> Response:
    """Give one tenant's figures, a row for each month."""
    return figures_csv(_one(slug)[1])


def _one(slug: str) -> tuple[Tenant, Figures]:
    with operator_access() as access:
        tenant = tenants.find_by_slug(access.session, slug)
        months = page_months(access.now)
        found = read_tenants(access.session, [tenant.tenant_id], months)
    return tenant, found[tenant.tenant_id]
