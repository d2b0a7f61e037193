"""Whose pages these are, and who reads them."""

import time
from dataclasses import dataclass

from flask import current_app, g, url_for
from flask_login import AnonymousUserMixin

from abtpro_saas.blueprints.guard import callers
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.hosts import current_host
from abtpro_saas.blueprints.pages.contracts.standing import Standing, standing_of
from abtpro_saas.blueprints.pages.frame.contrast import DEFAULT_ACCENT
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.caller import Caller
from abtpro_saas.identity.tables import Tenant, User
from abtpro_saas.ids import TenantId
from abtpro_saas.notifications.service import count_unread

PLATFORM = "ABTPro"
REMEMBERED_S = 5.0
"""How late a change of a tenant's brand may be seen."""


@dataclass(frozen=True)
class Brand:
    """Whose pages these are: a tenant's, or the platform's own."""

    name: str = PLATFORM
    accent: str = DEFAULT_ACCENT
    logo_url: str | None = None
    locale: str | None = None
    sign_up: bool = False

    @property
    def colours_url(self) -> str:
        """The address of the style sheet with the brand's colours."""
        return url_for("brand.colours", colour=self.accent.removeprefix("#"))


@dataclass(frozen=True)
class News:
    """How many notices wait, and what must be said of the contract, if anything."""

    unread: int = 0
    standing: Standing | None = None


def brand() -> Brand:
    """Return the brand of this request's host: its tenant's, else the platform's."""
    if "brand" not in g:
        tenant = current_host().tenant
        g.brand = Brand() if tenant is None else _remembered(tenant.tenant_id)
    found: Brand = g.brand
    return found


def reader() -> User | None:
    """Return the person who is signed in with this browser, or None."""
    if "reader" not in g:
        browser = callers.signed_in()
        g.reader = browser.user if browser else None
    found: User | None = g.reader
    return found


def news() -> News:
    """Return what the reader should know on whatever page; asked once a request."""
    if "news" not in g:
        user, who = reader(), callers.known()
        g.news = News()
        if user is not None and isinstance(who, Caller):
            with tenant_transaction(house().engine, user.tenant_id) as session:
                g.news = News(
                    count_unread(session, user.tenant_id, user.user_id),
                    standing_of(session, who, utc_now()),
                )
    found: News = g.news
    return found


def read_nothing() -> None:
    """Draw this page for nobody in particular: the database may be what failed."""
    g.brand, g.reader, g.caller, g.operator = Brand(), None, None, None
    g.news = News()
    # flask-login would look for whoever the cookie names, for its templates.
    g._login_user = AnonymousUserMixin()  # noqa: SLF001 - its only way


def _brands() -> dict[TenantId, tuple[float, Brand]]:
    known: dict[TenantId, tuple[float, Brand]]
    known = current_app.extensions.setdefault("abtpro.brands", {})
    return known


def _remembered(tenant_id: TenantId) -> Brand:
    known = _brands().get(tenant_id)
    if known is not None and known[0] > time.monotonic():
        return known[1]
    with tenant_transaction(house().engine, tenant_id) as session:
        row = session.get(Tenant, tenant_id)
    found = Brand() if row is None else _of(row)
    _brands()[tenant_id] = (time.monotonic() + REMEMBERED_S, found)
    return found


def forget(tenant_id: TenantId) -> None:
    """Read a tenant's brand anew: it has just been changed in this process."""
    _brands().pop(tenant_id, None)


def _of(row: Tenant) -> Brand:
    return Brand(row.name, row.accent, row.logo_url, row.locale, row.sign_up)
