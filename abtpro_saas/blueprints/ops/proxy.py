"""The Temporal UI behind the operators' sign-in, at ``/ops/temporal`` of their host.

The UI itself listens on loopback and asks nobody who they are; this is its only door.
"""

import threading
from collections.abc import Iterable, Iterator
from functools import cache
from urllib.parse import quote, urlsplit

import httpx
from flask import Blueprint, Response, current_app, request

from abtpro_saas.blueprints.guard.access import operator_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.marks import open_to_all
from abtpro_saas.blueprints.guard.trail import SAFE
from abtpro_saas.blueprints.ops.door import let_operator_in
from abtpro_saas.errors import NotFoundError, TooManyError, UnavailableError

PREFIX = "/ops/temporal"

blp = Blueprint("ops_proxy", __name__, url_prefix=PREFIX)

LONG_POLLS = threading.BoundedSemaphore(2)
"""Each holds a thread of the web process for as long as the UI waits for news."""

POLICY = (
    # The UI starts itself from a script inside its page.
    "default-src 'self'; script-src 'self' 'unsafe-inline';"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:;"
    " connect-src 'self'; worker-src 'self' blob:; object-src 'none';"
    " base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
)

HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
"""RFC 9110 section 7.6.1: for one connection alone."""

NOT_PASSED_ON = HOP_BY_HOP | {"host", "cookie", "authorization", "origin", "referer"}
NOT_PASSED_BACK = HOP_BY_HOP | {"server", "date", "location", "set-cookie"}


class TemporalUiAwayError(UnavailableError):
    """The Temporal UI does not answer."""

    code = "temporal_ui_away"


@blp.route("/", defaults={"path": ""}, methods=["GET", "POST", "PUT", "DELETE"])
@blp.route("/<path:path>", methods=["GET", "POST", "PUT", "DELETE"])
@open_to_all(limited=False)  # the operators' door below asks for their own sign-in
def forward(path: str) -> Response:
    """Pass the request on, and the answer back as it comes."""
    let_operator_in()
    if ".." in path.split("/"):
        raise NotFoundError("there is nothing here")
    if request.method not in SAFE:
        with operator_access() as access:
            access.note(action="temporal_ui", subject=path[:300], method=request.method)
    waits = request.args.get("waitNewEvent") == "true"
    if waits and not LONG_POLLS.acquire(blocking=False):
        raise TooManyError("too many pages wait for news of a process", 10)
    try:
        upstream = _ask()
    except BaseException:
        _release(waits)
        raise
    return _answer(upstream, waits)


def _ask() -> httpx.Response:
    asked = _client().build_request(
        request.method,
        _upstream() + quote(request.path, safe="/:@!$&'()*+,;=~"),
        params=request.query_string,
        headers=[*_passed_on(), ("Cookie", _foreign_cookies())],
        content=request.get_data(),
    )
    try:
        return _client().send(asked, stream=True)
    except httpx.HTTPError:
        raise TemporalUiAwayError("the Temporal UI does not answer") from None


def _passed_on() -> Iterator[tuple[str, str]]:
    for name, value in request.headers:
        if name.lower() not in NOT_PASSED_ON:
            yield name, value


def _foreign_cookies() -> str:
    """Return the UI's own cookies: our session's is nobody's business there."""
    ours = current_app.config["SESSION_COOKIE_NAME"]
    return "; ".join(f"{k}={v}" for k, v in request.cookies.items() if k != ours)


def _answer(upstream: httpx.Response, waits: bool) -> Response:  # noqa: FBT001 - one caller
    def close() -> None:
        upstream.close()
        _release(waits)

    # Raw: compressed as the UI sent it, in the pieces in which it came.
    body: Iterable[bytes] = upstream.iter_raw()
    answer = Response(body, upstream.status_code, direct_passthrough=True)
    answer.call_on_close(close)
    answer.headers.clear()
    for name, value in upstream.headers.multi_items():
        if name.lower() not in NOT_PASSED_BACK:
            answer.headers.add(name, value)
    for value in upstream.headers.get_list("set-cookie"):
        answer.headers.add("Set-Cookie", value)
    if (place := upstream.headers.get("location")) is not None:
        answer.headers["Location"] = _inside(place)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def _inside(place: str) -> str:
    """Return where a redirect leads, which is never outside of the UI."""
    parts = urlsplit(place)
    if parts.path != PREFIX and not parts.path.startswith(f"{PREFIX}/"):
        return f"{PREFIX}/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _release(waits: bool) -> None:  # noqa: FBT001 - one caller
    if waits:
        LONG_POLLS.release()


def _upstream() -> str:
    settings = house().settings
    if settings.temporal_ui_url:
        parts = urlsplit(settings.temporal_ui_url)
        return f"{parts.scheme}://{parts.netloc}"
    return f"http://127.0.0.1:{settings.port_of('temporal_ui')}"


@cache
def _client() -> httpx.Client:
    """Return this process's connections to the UI; redirects are the browser's."""
    limits = httpx.Timeout(70, connect=3)
    return httpx.Client(timeout=limits, follow_redirects=False, trust_env=False)
