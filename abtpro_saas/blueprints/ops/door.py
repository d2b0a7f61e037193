"""The operators' door to what stands behind their host: the Temporal UI and its codec.

The UI is a foreign program that cannot send our form token, so its requests are known
by where they come from instead: browsers name the origin of every unsafe request.
"""

from urllib.parse import urlsplit

from flask import request

from abtpro_saas.blueprints.guard.callers import CsrfError, operator
from abtpro_saas.blueprints.guard.hosts import HostKind, current_host
from abtpro_saas.blueprints.guard.trail import SAFE
from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity.caller import OperatorCaller


def let_operator_in() -> OperatorCaller:
    """Return the operator who is signed in with this browser, at their own host.

    Raises:
        NotFoundError: this is another host.
        NotSignedInError: no operator is signed in here.
        CsrfError: another site's page asks.
    """
    if current_host().kind is not HostKind.OPERATORS:
        raise NotFoundError("there is nothing here")
    who = operator()
    if request.method not in SAFE and not _from_own_page():
        raise CsrfError("this did not come from the operators' own pages")
    return who


def _from_own_page() -> bool:
    origin = urlsplit(request.headers.get("Origin", ""))
    fetched = request.headers.get("Sec-Fetch-Site", "same-origin")
    own = (request.scheme, request.host)
    return (origin.scheme, origin.netloc) == own and fetched == "same-origin"
