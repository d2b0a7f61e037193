"""Who may do what: the one door between a handler and a tenant's rows.

``tenant_access`` checks role and scope, opens the transaction and is the only source
of a ``tenant_id`` in a handler: no handler can forget to authorise. What changes
something leaves a line in the audit trail, in the same transaction.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from flask import g, request
from sqlalchemy.orm import Session

from abtpro_saas.blueprints.guard import features
from abtpro_saas.blueprints.guard.callers import caller, operator
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.trail import (
    SAFE,
    Note,
    record_done,
    record_operator_done,
)
from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.errors import ForbiddenError
from abtpro_saas.identity.access.tickets import Ticket
from abtpro_saas.identity.caller import Caller, OperatorCaller
from abtpro_saas.identity.roles import Role
from abtpro_saas.ids import TenantId, UserId


class RoleError(ForbiddenError):
    """Somebody with another role may do this."""

    code = "wrong_role"


class ScopeError(ForbiddenError):
    """The key was not given this scope, or its owner's role does not have it."""

    code = "missing_scope"


class KeyRequiredError(ForbiddenError):
    """A browser's session does this at a page, which asks for the password."""

    code = "key_required"


class Admitted(Exception):  # noqa: N818 - good news, not an error
    """Ends a handler inside ``admission``: the caller may do what it does."""


@dataclass(frozen=True)
class Access:
    """An open transaction of one tenant, and on whose behalf."""

    session: Session
    tenant_id: TenantId
    user_id: UserId
    caller: Caller
    now: datetime
    _note: Note

    def note(
        self, *, action: str | None = None, subject: object = None, **detail: object
    ) -> None:
        """Say in the audit trail what is being done, to what."""
        self._note.refine(action, subject, detail)


@dataclass(frozen=True)
class OperatorAccess:
    """An open transaction of the operators' role: tenants, never their rows."""

    session: Session
    operator: OperatorCaller
    now: datetime
    _note: Note

    def note(
        self, *, action: str | None = None, subject: object = None, **detail: object
    ) -> None:
        """Say in the operators' trail what is being done, to what."""
        self._note.refine(action, subject, detail)


@contextmanager
def tenant_access(
    *roles: Role,
    scope: str | None = None,
    by_key: bool = False,
    renewed: bool = False,
) -> Iterator[Access]:
    """Open a transaction for the caller, who must have one of ``roles`` and ``scope``.

    No role named means any. ``by_key`` takes no browser's session: what a page asks the
    password for is not to be had without it at the API. ``renewed`` tries the renewal
    of the caller's contract first, if one is due. Inside ``@idempotent`` it joins the
    open transaction.

    Raises:
        UnauthenticatedError: nobody known is asking.
        RoleError, ScopeError: the caller may not do this.
        KeyRequiredError: a browser's session asks for what takes a key.
        FeatureNeededError: a trader's key, and a contract without API access.
    """
    who = caller()
    if roles and who.role not in roles:
        raise RoleError("your role does not allow this")
    if scope is not None and scope not in who.scopes:
        raise ScopeError(f"this needs the scope {scope}")
    if by_key and who.via != "key":
        raise KeyRequiredError("use an API key, or the page that asks your password")
    _end_where_only_asked()
    now, note = utc_now(), Note(request.endpoint or "")
    with ExitStack() as stack:
        session = _admitted(stack, who, now, renewed=renewed)
        yield Access(session, who.tenant_id, who.user_id, who, now, note)
        if request.method not in SAFE:
            record_done(session, who, note, now)


def _admitted(
    stack: ExitStack, who: Caller, now: datetime, *, renewed: bool
) -> Session:
    """Return the open session of who may go on, after the renewal that they wait for.

    Raises:
        FeatureNeededError: a trader's key, and a contract without API access.
    """

    def begin() -> Session:
        opening = partial(tenant_transaction, house().engine, who.tenant_id)
        return stack.enter_context(_joined_or(opening))

    session = begin()
    if features.admit(session, who, now, renewed=renewed, tried=False):
        return session
    # Here the renewal has a transaction of its own, and ours would idle meanwhile;
    # one that is joined cannot be left, and is of a request that carries a mark.
    stack.close()
    features.renew(who, now)
    session = begin()
    features.admit(session, who, now, renewed=renewed, tried=True)
    return session


@contextmanager
def operator_access() -> Iterator[OperatorAccess]:
    """Open a transaction of the operators' role for an operator.

    Inside ``@idempotent`` it joins the open transaction.

    Raises:
        UnauthenticatedError: no operator is asking.
    """
    who = operator()
    _end_where_only_asked()
    now, note = utc_now(), Note(request.endpoint or "")
    with _joined_or(lambda: plain_transaction(house().operator_engine)) as session:
        yield OperatorAccess(session, who, now, note)
        if request.method not in SAFE:
            record_operator_done(session, who, note, now)


@contextmanager
def admission() -> Iterator[None]:
    """Let a handler inside the block check who asks, and go no further.

    Raises:
        ForbiddenError: the caller may not do this.
    """
    g.only_asked = True
    try:
        yield
    except Admitted:
        pass
    finally:
        g.only_asked = False


def _end_where_only_asked() -> None:
    if g.get("only_asked"):
        raise Admitted


@contextmanager
def joined(session: Session) -> Iterator[None]:
    """Let the access inside the block use ``session``, without committing."""
    g.joined_session = session
    try:
        yield
    finally:
        g.joined_session = None


@contextmanager
def _joined_or(
    begin: Callable[[], AbstractContextManager[Session]],
) -> Iterator[Session]:
    """Use the session of ``joined``, where there is one, or a transaction of its own.

    A request has one principal, so the open session is always of that one's role.
    """
    open_one: Session | None = g.get("joined_session")
    if open_one is not None:
        yield open_one
        open_one.flush()
        return
    with begin() as session:
        yield session


def events_ticket(who: Caller, topic: str, subject: object) -> str:
    """Return a ticket, good for a minute, for the stream of ``topic``."""
    ticket = Ticket(
        who.tenant_id, who.user_id, UUID(str(who.credential_id)), topic, str(subject)
    )
    return ticket.sign(house().settings.secret_key)


def events_url(who: Caller, topic: str, subject: object) -> str:
    """Return the address of the stream of ``topic``, with its ticket."""
    query = urlencode({"ticket": events_ticket(who, topic, subject)})
    return f"{events_origin()}/events?{query}"


def events_origin() -> str:
    """Return the origin of the events process, as this request's browser reaches it."""
    settings = house().settings
    if settings.events_url:
        return settings.events_url
    name = urlsplit(request.host_url).hostname or "localhost"
    return f"{request.scheme}://{name}:{settings.port_of('events')}"
