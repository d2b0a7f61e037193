"""What a request needs of its caller's contract, asked at the moment it is needed.

Nobody is refused before a renewal that is due has been tried: whoever can pay is let
in, whatever the processes in the background are doing.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, g, request
from jinja2 import pass_context
from sqlalchemy.orm import Session

from abtpro_saas.blueprints.guard.callers import caller, known
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.entitlements import (
    Entitlement,
    FeatureNeededError,
    entitlement,
    needed,
)
from abtpro_saas.contracts.life.review import renew_where_due
from abtpro_saas.contracts.terms.features import CATALOGUE
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.caller import Caller
from abtpro_saas.identity.roles import Role

View = TypeVar("View", bound=Callable[..., Any])

API_ACCESS = "api_access"
ALWAYS_OPEN = ("/api/v1/payment/", "/api/v1/rental/")
"""What a trader's key opens on any plan, and on none: the way to pay for one."""

_MARK = "_needs_feature"


def install(app: Flask) -> None:
    """Let the templates of ``app`` ask ``{% if "backtesting" is entitled %}``."""

    # A test that takes the context is asked at each rendering: of a constant, any other
    # would be asked once, when the template is compiled, and answer for everybody.
    @pass_context
    def is_entitled(_context: object, feature: str) -> bool:
        return entitled(feature)

    app.jinja_env.tests["entitled"] = is_entitled


def needs_feature(feature: str) -> Callable[[View], View]:
    """Let a handler serve who has ``feature`` alone; stands above all but ``refuses``.

    Whatever their role: a contract is one's own, and so is what it gives.
    """
    _check(feature)

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*args: object, **kwargs: object) -> object:
            who, now = caller(), utc_now()
            found = _ask(who, now)
            if not found.allows(feature) and found.may_renew:
                renew(who, now)
                found = _ask(who, now)
            if not found.allows(feature):
                raise _refusal(who, found, feature, now)
            return view(*args, **kwargs)

        setattr(wrapper, _MARK, feature)
        return wrapper  # type: ignore[return-value] # the same signature, by wraps

    return decorate


def feature_of(view: object) -> str | None:
    """Return the feature that a handler needs, if any."""
    found: str | None = getattr(view, _MARK, None)
    return found


def admit(
    session: Session, who: Caller, now: datetime, *, renewed: bool, tried: bool
) -> bool:
    """Tell whether the request may go on, or the renewal that is due comes first.

    It does where ``renewed`` asks for it, or where this would else be refused, unless
    it was ``tried``. Browsers and the staff's keys cost no query.

    Raises:
        FeatureNeededError: a trader's key, and a contract without API access.
    """
    needs_access = _needs_api_access(who)
    if not needs_access and (tried or not renewed):
        return True
    found = entitlement(session, who.tenant_id, who.user_id, now)
    lacking = needs_access and not found.allows(API_ACCESS)
    if found.may_renew and not tried and (lacking or renewed):
        return False
    if lacking:
        raise needed(session, who.tenant_id, found, API_ACCESS, now)
    return True


def renew(who: Caller, now: datetime) -> None:
    """Try the renewal that is due, in a transaction of its own, which stays."""
    renew_where_due(house().engine, who.tenant_id, who.user_id, now)


def present(session: Session, who: Caller, now: datetime) -> Entitlement:
    """Return what ``who`` has now; where a renewal is due, after trying it.

    For what reads in an open transaction: ``tenant_access(renewed=True)`` tries it
    before there is one, and so keeps no connection idle meanwhile.
    """
    found = entitlement(session, who.tenant_id, who.user_id, now)
    if found.may_renew:
        renew(who, now)
        found = entitlement(session, who.tenant_id, who.user_id, now)
    return found


def entitled(feature: str) -> bool:
    """Tell a page whether its reader has ``feature``; asked once for each request."""
    _check(feature)
    who = known()
    if not isinstance(who, Caller):
        return False
    if "entitlement" not in g:
        now = utc_now()
        g.entitlement = _ask(who, now)
        if g.entitlement.may_renew:
            renew(who, now)
            g.entitlement = _ask(who, now)
    found: Entitlement = g.entitlement
    return found.allows(feature)


def _needs_api_access(who: Caller) -> bool:
    of_trader = who.via == "key" and who.role is Role.TRADER
    return of_trader and not request.path.startswith(ALWAYS_OPEN)


def _ask(who: Caller, now: datetime) -> Entitlement:
    with tenant_transaction(house().engine, who.tenant_id) as session:
        return entitlement(session, who.tenant_id, who.user_id, now)


def _refusal(
    who: Caller, found: Entitlement, feature: str, now: datetime
) -> FeatureNeededError:
    with tenant_transaction(house().engine, who.tenant_id) as session:
        return needed(session, who.tenant_id, found, feature, now)


def _check(feature: str) -> None:
    if feature not in CATALOGUE:
        raise ValueError(f"no plan could have {feature!r}")
