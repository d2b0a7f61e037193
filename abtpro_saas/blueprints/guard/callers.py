"""Who is asking: by API key, or by the session that a browser's cookie carries.

The cookie is Flask's signed one; flask-login keeps in it a random token whose hash
stands in ``user_sessions`` (or ``operator_sessions``), so signing out anywhere ends it
everywhere. A token is looked up at its host's tenant alone: elsewhere it is worth
nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask, g, request
from flask import session as cookie
from flask_login import LoginManager, current_user, login_user
from flask_wtf.csrf import CSRFError, CSRFProtect

from abtpro_saas.blueprints.guard import limits
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.hosts import HostKind, current_host
from abtpro_saas.blueprints.guard.trail import suspect_key
from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from abtpro_saas.identity.access import sessions
from abtpro_saas.identity.caller import Caller, OperatorCaller, Origin
from abtpro_saas.identity.keys import service as keys
from abtpro_saas.identity.keys.keytext import OPERATOR_PREFIX, InvalidKeyError
from abtpro_saas.identity.operators import keys as operator_keys
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.identity.roles import SCOPES, Role
from abtpro_saas.identity.tables import User, UserSession
from abtpro_saas.identity.tenants import FoundTenant, TenantSuspendedError
from abtpro_saas.ids import TenantId

csrf = CSRFProtect()


class NotSignedInError(UnauthenticatedError):
    """Neither an API key nor a session came with the request."""

    code = "not_signed_in"


class CsrfError(ForbiddenError):
    """A browser's session came without proof that a page of ours sent it."""

    code = "csrf_failed"


class WrongDoorError(ForbiddenError):
    """An operator at a tenant's door, or a tenant's person at the operators'."""

    code = "wrong_door"


@dataclass(frozen=True)
class SignedIn:
    """flask-login's user: somebody signed in with a browser at this host."""

    token: str = field(repr=False)
    caller: Caller | OperatorCaller
    user: User | None
    """The person's row as this request found it; none for an operator."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """Return what the cookie carries."""
        return self.token


def install(app: Flask) -> None:
    """Let ``app`` know people by their cookie, and guard its pages against forgery."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # the edge decides, see ``edge.py``
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session
    csrf.init_app(app)
    manager = LoginManager()
    # A phone changes its address all day; the token is what counts.
    manager.session_protection = None
    manager.user_loader(_load)
    manager.init_app(app)


def begin_session(token: str) -> None:
    """Sign the browser in with the token of a session that was just opened."""
    cookie.clear()  # a form token known before signing in dies with it
    found = _load(token)
    if found is None:
        raise NotSignedInError("this session has ended")
    login_user(found)
    g.pop("caller", None)


def end_session() -> None:
    """Forget the browser's session; its row is ended by the service."""
    cookie.clear()
    g.pop("_login_user", None)
    g.pop("caller", None)


def session_token() -> str | None:
    """Return the token that this browser's cookie carries."""
    return cookie.get("_user_id")


def signed_in() -> SignedIn | None:
    """Return who is signed in with this browser at this host, or None."""
    found = current_user._get_current_object()  # noqa: SLF001 - werkzeug's way to the object behind a proxy
    return found if isinstance(found, SignedIn) else None


def origin() -> Origin:
    """Return where this request comes from."""
    return Origin(
        request.remote_addr or "",
        request.headers.get("User-Agent", ""),
        g.get("request_id"),
    )


def caller() -> Caller:
    """Return the tenant's person on whose behalf this request asks.

    Raises:
        NotSignedInError: nobody known is asking.
        WrongDoorError: an operator is.
    """
    found = known()
    if isinstance(found, OperatorCaller):
        raise WrongDoorError("an operator's key opens /api/v1/operator alone")
    if found is None:
        raise NotSignedInError("sign in, or send an API key")
    return found


def operator() -> OperatorCaller:
    """Return the operator who asks.

    Raises:
        NotSignedInError: nobody known is asking.
        WrongDoorError: a tenant's person is.
    """
    found = known()
    if isinstance(found, Caller):
        raise WrongDoorError("this is for the platform's operators")
    if found is None:
        raise NotSignedInError("sign in as an operator, or send an operator's key")
    return found


def known() -> Caller | OperatorCaller | None:
    """Return who asks, or None where nobody known does.

    Leaves ``g.caller`` or ``g.operator``, and ``g.user``, for pages to show.
    """
    if "caller" not in g:
        browser = signed_in()
        if browser is None:
            _remember(None)
        else:
            _remember(browser.caller, browser.user)
    found: Caller | OperatorCaller | None = g.caller or g.operator
    return found


def _remember(who: Caller | OperatorCaller | None, user: User | None = None) -> None:
    g.caller = who if isinstance(who, Caller) else None
    g.operator = who if isinstance(who, OperatorCaller) else None
    g.user = user


def identify() -> None:
    """Know who asks the API, count the request, and refuse who is not known.

    Raises:
        UnauthenticatedError: nobody known is asking.
        ForbiddenError: the key or the tenant is shut, or a forged form.
        RateLimitError: the key or the address has asked too often.
    """
    now = utc_now()
    scheme, _, plain = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        limits.spend_address(now)
        refuse_suspended()
        if known() is None:
            raise NotSignedInError("send an API key: Authorization: Bearer abt_live_…")
        protect_from_forgery()
        return
    try:
        if scheme.lower() != "bearer":
            raise InvalidKeyError("send the key as Authorization: Bearer abt_live_…")
        who = _key_caller(plain.strip(), now)
    except (UnauthenticatedError, ForbiddenError):
        limits.spend_address(now)
        suspect_key(plain.strip())
        raise
    _remember(who)
    limits.spend_key(who.credential_id, now)


def shown_tenant() -> TenantId:
    """Return the tenant that an open view shows: the key's, or the host's without one.

    Counts the request, so the view's mark is ``open_to_all(limited=False)``.

    Raises:
        UnauthenticatedError, ForbiddenError: a key came, and is not good here.
        NotFoundError: no key came, and the host is no tenant's.
        RateLimitError: the key or the address has asked too often.
    """
    if "Authorization" in request.headers:
        identify()
        return caller().tenant_id
    limits.spend_address(utc_now())
    refuse_suspended()
    tenant = current_host().tenant
    if tenant is None:
        raise NotFoundError("no tenant has this host")
    return tenant.tenant_id


def refuse_suspended() -> None:
    """Refuse whoever comes by the host of a suspended tenant.

    Raises:
        TenantSuspendedError: it is suspended.
    """
    tenant = current_host().tenant
    if tenant is not None and tenant.suspended:
        raise TenantSuspendedError("this service is suspended")


def protect_from_forgery() -> None:
    """Refuse an unsafe request of a browser whose page did not send our token.

    Raises:
        CsrfError: the token is missing or not this session's.
    """
    try:
        csrf.protect()
    except CSRFError as error:
        raise CsrfError(f"{error.description} Reload the page and try again.") from None


def _key_caller(plain: str, now: datetime) -> Caller | OperatorCaller:
    host, engines = current_host(), house()
    address = request.remote_addr or ""
    if plain.startswith(OPERATOR_PREFIX):
        if host.kind is HostKind.TENANT:
            raise _no_such_key()
        return operator_keys.authenticate_operator_key(
            engines.operator_engine, plain, address, now
        )
    found = keys.authenticate_key(engines.engine, plain, address, now)
    own = host.own_tenant
    elsewhere = own is not None and own.tenant_id != found.tenant_id
    if elsewhere or host.kind is HostKind.OPERATORS:
        raise _no_such_key()
    return found


def _no_such_key() -> InvalidKeyError:
    # The same words as for a key that nobody has: another tenant's is nobody's here.
    return InvalidKeyError("there is no such API key")


def _load(token: str) -> SignedIn | None:
    """Return who carries ``token`` at this host, for flask-login."""
    host, now = current_host(), utc_now()
    if host.kind is HostKind.OPERATORS:
        with plain_transaction(house().operator_engine) as session:
            who = operators.find_operator_session(
                session, token, request.remote_addr or "", now
            )
        return None if who is None else SignedIn(token, who, None)
    if host.tenant is None or host.tenant.suspended:
        return None
    with tenant_transaction(house().engine, host.tenant.tenant_id) as session:
        found = sessions.find_session(session, host.tenant.tenant_id, token, now)
    if found is None:
        return None
    user, row = found
    return SignedIn(token, _session_caller(host.tenant, user, row), user)


def _session_caller(tenant: FoundTenant, user: User, row: UserSession) -> Caller:
    role = Role(user.role)
    return Caller(
        tenant_id=tenant.tenant_id,
        tenant_slug=tenant.slug,
        user_id=user.user_id,
        role=role,
        scopes=SCOPES[role],
        via="session",
        credential_id=row.session_id,
        address=request.remote_addr or "",
    )
