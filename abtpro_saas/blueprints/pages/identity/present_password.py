"""The present password, asked for again before an account changes hands."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flask import request
from flask_babel import gettext as _

from abtpro_saas.blueprints.guard import callers
from abtpro_saas.blueprints.guard.access import Access, admission, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.pages.frame.forms import Form, refused
from abtpro_saas.clock import utc_now
from abtpro_saas.errors import DomainError
from abtpro_saas.identity.access import signin

CURRENT = "current_password"
"""The field in which it is typed."""


def confirm() -> None:
    """See that whoever holds the session knows the password as well.

    Raises:
        WrongCredentialsError: it is another one.
        TooManyError: too many were tried.
    """
    who = callers.caller()
    signin.confirm_password(
        house().engine,
        who.tenant_id,
        who.user_id,
        request.form.get(CURRENT, ""),
        origin=callers.origin(),
        now=utc_now(),
    )


@contextmanager
def confirmed_access(*, scope: str) -> Iterator[Access]:
    """Open a transaction for who may do this and knows the password.

    Rights come first: who may not do it is told so, and no attempt is counted.

    Raises:
        ScopeError: the caller may not do this.
        WrongCredentialsError, TooManyError: as ``confirm`` does.
    """
    with admission(), tenant_access(scope=scope):
        pass
    confirm()
    with tenant_access(scope=scope) as access:
        yield access


def refused_form(
    error: DomainError, *, at: str | None = None, beside: dict[str, str] | None = None
) -> Form:
    """Return the form of a refusal, with words for a wrong password at its field."""
    form = refused(error, at=at, beside={"wrong_credentials": CURRENT} | (beside or {}))
    if CURRENT not in form.errors:
        return form
    # Who is signed in typed no e-mail address here.
    return replace(form, errors={CURRENT: _("This is not your present password.")})
