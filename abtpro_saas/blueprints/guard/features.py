"""What a request needs of its caller's contract, asked at the moment it is needed.

Nobody is refused before a renewal that is due has been tried: whoever can pay is let
in, whatever the processes in the background are doing.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, g, request
from sqlalchemy.orm import Session

from abtpro_saas.blueprints.guard.callers import caller, known
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.entitlements import Entitlement, entitlement, needed
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
    """Let the templates of ``app`` ask ``entitled("backtesting")``."""
    app.jinja_env.globals["entitled"] = entitled


def needs_feature(feature: str) -> Callable[[View], View]:
    """Let a handler serve who has ``feature`` alone; stands above all but ``refuses``.

    Whatever their role: a contract is one's own, and so is what it gives.
    """
    _check(feature)

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*args: object, **kwargs: object) -> object:
            who = caller()
            with tenant_transaction(house().engine, who.tenant_id) as session:
                _require(session, who, feature, utc_now())
            return view(*args, **kwargs)

        setattr(wrapper, _MARK, feature)
        return wrapper  # type: ignore[return-value] # the same signature, by wraps

    return decorate


def feature_of(view: object) -> str | None:
    """Return the feature that a handler needs, if any."""
    found: str | None = getattr(view, _MARK, None)
    return found


def require_api_access(session: Session, who: Caller, now: datetime) -> None:
    """Refuse a trader's key where the trader's contract holds no API access.

    Raises:
        FeatureNeededError: it does not, or not now.
    """
    of_trader = who.via == "key" and who.role is Role.TRADER
    if of_trader and not request.path.startswith(ALWAYS_OPEN):
        _require(session, who, API_ACCESS, now)


def present(session: Session, who: Caller, now: datetime) -> Entitlement:
    """Return what ``who`` has now; where a renewal is due, after trying it."""
    found = entitlement(session, who.tenant_id, who.user_id, now)
    return _renewed(session, who, now) if found.may_renew else found


def entitled(feature: str) -> bool:
    """Tell a page whether its reader has ``feature``; asked once for each request."""
    _check(feature)
    who = known()
    if not isinstance(who, Caller):
        return False
    if "entitlement" not in g:
        with tenant_transaction(house().engine, who.tenant_id) as session:
            g.entitlement = present(session, who, utc_now())
    found: Entitlement = g.entitlement
    return found.allows(feature)


def _require(session: Session, who: Caller, feature: str, now: datetime) -> None:
    found = entitlement(session, who.tenant_id, who.user_id, now)
    if not found.allows(feature) and found.may_renew:
        found = _renewed(session, who, now)
    if not found.allows(feature):
        raise needed(session, who.tenant_id, found, feature, now)


def _renewed(session: Session, who: Caller, now: datetime) -> Entitlement:
    """Try the renewal, in a transaction that stays; return what there is then."""
    renew_where_due(house().engine, who.tenant_id, who.user_id, now)
    return entitlement(session, who.tenant_id, who.user_id, now)


def _check(feature: str) -> None:
    if feature not in CATALOGUE:
        raise ValueError(f"no plan could have {feature!r}")
