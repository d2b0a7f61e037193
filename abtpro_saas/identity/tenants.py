"""Tenants: made, changed and suspended by operators; found by host for everybody."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abtpro_saas.database import existing, lock, plain_transaction
from abtpro_saas.errors import ConflictError, ForbiddenError, InvalidError
from abtpro_saas.identity import brand
from abtpro_saas.identity.hosts import (
    HostError,
    HostRules,
    check_host,
    host_rules,
    plain_host,
)
from abtpro_saas.identity.tables import Tenant, TenantHost
from abtpro_saas.identity.words import Locale
from abtpro_saas.ids import TenantId, new_id
from abtpro_saas.settings import Settings

MAIN = "main"
"""The tenant of direct customers, at the bare host."""

# Browsers show xn-- names in other letters, which may look like another tenant's.
_SLUG = re.compile(r"(?!xn--)[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
WHOLE = 10_000
"""100 % in basis points."""

_RESERVED = frozenset({"ops", "www", "api", "admin", "static", "mail"})


class SlugError(InvalidError):
    """Not a name that a tenant can have in hosts and logs."""

    code = "invalid_slug"


class VatError(InvalidError):
    """Not a rate of value added tax."""

    code = "invalid_vat"


class SlugTakenError(ConflictError):
    """Another tenant has the slug."""

    code = "slug_taken"


class HostTakenError(ConflictError):
    """Another tenant has the host."""

    code = "host_taken"


class TenantChangedError(ConflictError):
    """Somebody else changed the tenant meanwhile."""

    code = "tenant_changed"


class TenantSuspendedError(ForbiddenError):
    """The platform's operators have suspended the tenant."""

    code = "tenant_suspended"


@dataclass(frozen=True)
class FoundTenant:
    """What a host name leads to."""

    tenant_id: TenantId
    slug: str
    suspended: bool


def find_tenant(engine: Engine, host: str) -> FoundTenant | None:
    """Return the tenant of a request's ``Host`` (a port is ignored), or None."""
    with plain_transaction(engine) as session:
        row = session.execute(
            text("SELECT tenant_id, slug, suspended FROM find_tenant(:host)"),
            {"host": plain_host(host)},
        ).one_or_none()
    if row is None:
        return None
    return FoundTenant(TenantId(row.tenant_id), row.slug, row.suspended)


def create_tenant(
    session: Session,
    *,
    slug: str,
    name: str,
    hosts: Sequence[str],
    now: datetime,
    locale: Locale = Locale.TH,
    sign_up: bool = False,
) -> Tenant:
    """Make a tenant; ``session`` is one of the operators' role.

    Raises:
        SlugError, BrandError, HostError: a name cannot be used.
        SlugTakenError, HostTakenError: another tenant has it.
    """
    if _SLUG.fullmatch(slug) is None or slug in _RESERVED:
        raise SlugError("1 to 32 of a-z, 0-9 and -, and no reserved word", "slug")
    values = {
        "tenant_id": new_id(),
        "slug": slug,
        "name": brand.check_name(name),
        "locale": locale,
        "sign_up": sign_up,
        "created_at": now,
    }
    adding = insert(Tenant).values(values).on_conflict_do_nothing().returning(Tenant)
    tenant = session.scalars(adding).one_or_none()
    if tenant is None:
        raise SlugTakenError(f"a tenant {slug} is there already")
    _put_hosts(session, tenant.tenant_id, [check_host(host) for host in hosts], now)
    return tenant


def ensure_main_tenant(engine: Engine, settings: Settings, now: datetime) -> TenantId:
    """Make the tenant of direct customers, or give it the hosts that it lacks.

    ``engine`` is one of the operators' role; safe to repeat and to run twice at once.
    """
    hosts = {host_rules(settings).base, "localhost", "127.0.0.1"}
    with plain_transaction(engine) as session:
        adding = insert(Tenant).values(
            tenant_id=new_id(), slug=MAIN, name="ABTPro", locale="th", created_at=now
        )
        session.execute(adding.on_conflict_do_nothing())
        tenant = session.scalars(select(Tenant).where(Tenant.slug == MAIN)).one()
        _add_hosts(session, tenant.tenant_id, hosts, now)
        return tenant.tenant_id


def get_tenant(session: Session, tenant_id: TenantId) -> Tenant:
    """Return the tenant's own row.

    Raises:
        NotFoundError: the transaction does not see this tenant.
    """
    return existing(session.get(Tenant, tenant_id))


def find_by_slug(session: Session, slug: str) -> Tenant:
    """Return a tenant by its slug; ``session`` is one of the operators' role.

    Raises:
        NotFoundError: there is none.
    """
    return existing(session.scalars(select(Tenant).filter_by(slug=slug)).one_or_none())


def list_tenants(
    session: Session, *, after: str | None = None, limit: int = 50
) -> list[Tenant]:
    """Return up to ``limit`` tenants by slug, those behind ``after``."""
    chosen = select(Tenant).where(Tenant.slug > (after or ""))
    return list(session.scalars(chosen.order_by(Tenant.slug).limit(limit)))


def update_tenant(
    session: Session,
    tenant_id: TenantId,
    *,
    name: str | None = None,
    accent: str | None = None,
    logo_url: str | None = None,
    locale: Locale | None = None,
    sign_up: bool | None = None,
    vat_basis_points: int | None = None,
    prices_include_vat: bool | None = None,
    version: int | None = None,
) -> Tenant:
    """Change what is given; an empty ``logo_url`` removes the logo.

    Raises:
        BrandError: a page could not show it.
        VatError: not from 0 to 10000 basis points.
        TenantChangedError: ``version`` is no longer the present one.
    """
    tenant = lock(session, Tenant, (tenant_id,))
    if version not in {None, tenant.version}:
        raise TenantChangedError("somebody else changed this meanwhile: look again")
    if vat_basis_points is not None and not 0 <= vat_basis_points <= WHOLE:
        raise VatError("VAT in basis points, from 0 to 10000", "vat_basis_points")
    given = {
        "name": None if name is None else brand.check_name(name),
        "accent": None if accent is None else brand.check_colour(accent),
        "locale": locale,
        "sign_up": sign_up,
        "vat_basis_points": vat_basis_points,
        "prices_include_vat": prices_include_vat,
    }
    for field, value in given.items():
        if value is not None:
            setattr(tenant, field, value)
    if logo_url is not None:
        tenant.logo_url = brand.check_logo(logo_url) if logo_url else None
    tenant.version += 1
    session.flush()
    return tenant


def list_hosts(session: Session, tenant_id: TenantId) -> list[str]:
    """Return the tenant's host names in alphabetical order."""
    chosen = select(TenantHost.host).where(TenantHost.tenant_id == tenant_id)
    return list(session.scalars(chosen.order_by(TenantHost.host)))


def hosts_of(
    session: Session, tenant_ids: Collection[TenantId]
) -> dict[TenantId, list[str]]:
    """Return the host names of several tenants, each list in alphabetical order."""
    chosen = select(TenantHost).where(TenantHost.tenant_id.in_(tenant_ids))
    found: dict[TenantId, list[str]] = {tenant_id: [] for tenant_id in tenant_ids}
    for row in session.scalars(chosen.order_by(TenantHost.host)):
        found[row.tenant_id].append(row.host)
    return found


def set_hosts(
    session: Session,
    tenant_id: TenantId,
    hosts: Sequence[str],
    now: datetime,
    *,
    rules: HostRules,
) -> list[str]:
    """Give the tenant exactly these host names; return them as stored.

    Raises:
        HostError: none is given, or one is no host name, or the platform's own.
        HostTakenError: another tenant has one.
    """
    if not hosts:
        raise HostError("keep one host name, or nobody can sign in", "hosts")
    tenant = lock(session, Tenant, (tenant_id,))
    held = set(list_hosts(session, tenant_id))
    # What an operator once gave stays allowed; only what is new is checked.
    wanted = {
        host if host in held else rules.check(host, tenant.slug)
        for host in map(check_host, hosts)
    }
    session.execute(
        delete(TenantHost).where(
            TenantHost.tenant_id == tenant_id, TenantHost.host.not_in(wanted)
        )
    )
    _put_hosts(session, tenant_id, wanted - held, now)
    return sorted(wanted)


def suspend_tenant(
    session: Session, tenant_id: TenantId, reason: str, now: datetime
) -> Tenant:
    """Shut the tenant's doors: no sign-in, no API; payments still arrive."""
    tenant = lock(session, Tenant, (tenant_id,))
    tenant.suspended_at = tenant.suspended_at or now
    tenant.suspended_reason = reason
    return tenant


def resume_tenant(session: Session, tenant_id: TenantId) -> Tenant:
    """Open the tenant's doors again; opening them twice is no error."""
    tenant = lock(session, Tenant, (tenant_id,))
    tenant.suspended_at = tenant.suspended_reason = None
    return tenant


def _put_hosts(
    session: Session, tenant_id: TenantId, hosts: Collection[str], now: datetime
) -> None:
    if _add_hosts(session, tenant_id, hosts, now) != len(set(hosts)):
        raise HostTakenError("another tenant has one of these host names")


def _add_hosts(
    session: Session, tenant_id: TenantId, hosts: Collection[str], now: datetime
) -> int:
    """Add those hosts that nobody has; return how many."""
    # Sorted: two who add the same hosts wait for each other in one order.
    rows = [
        {"tenant_id": tenant_id, "host": host, "created_at": now}
        for host in sorted(set(hosts))
    ]
    if not rows:
        return 0
    adding = insert(TenantHost).values(rows).on_conflict_do_nothing()
    return len(session.scalars(adding.returning(TenantHost.host)).all())
