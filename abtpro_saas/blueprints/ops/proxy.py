"""The Temporal UI behind the operators' sign-in, at ``/ops/temporal`` of their host.

The UI itself listens on loopback and asks nobody who they are; this is its only door.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import cache
from urllib.parse import quote, urlsplit

import httpx
from flask import Blueprint, Response, current_app, jsonify, request

from abtpro_saas.blueprints.guard.access import operator_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.marks import open_to_all
from abtpro_saas.blueprints.guard.trail import SAFE
from abtpro_saas.blueprints.ops.door import let_operator_in
from abtpro_saas.errors import NotFoundError, TooManyError, UnavailableError

PREFIX = "/ops/temporal"

blp = Blueprint("ops_proxy", __name__, url_prefix=PREFIX)

LONG_POLLS = threading.BoundedSemaphore(2)
"""Each holds a thread of the web process while a page waits for news."""

WAIT_S = 5.0
"""How long it waits at a time: a page that was left holds its thread no longer."""

PATIENCE_S = 20.0
"""How long the UI may take for anything else."""

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
    try:
        if request.args.get("waitNewEvent") == "true":
            return _news()
        upstream = _ask(PATIENCE_S)
    except httpx.HTTPError:
        raise TemporalUiAwayError("the Temporal UI does not answer") from None
    return _answer(upstream, _pieces(upstream))


def _news() -> Response:
    """Wait for news of a process, and say for Temporal that there are none yet.

    Whether the page is still there shows only when it is answered, so it is answered
    soon; the page then asks again, as it does when Temporal itself waited in vain.
    """
    if not LONG_POLLS.acquire(blocking=False):
        raise TooManyError("too many pages wait for news of a process", 5)
    try:
        upstream = _ask(WAIT_S)
        # Read here, whole: a thread that waits is given back in every case.
        return _answer(upstream, list(_pieces(upstream)))
    except httpx.ReadTimeout:
        if (token := request.args.get("next_page_token")) is None:
            raise  # the first page of a history never waits
        answer = jsonify({"history": {}, "nextPageToken": token})
        answer.headers["Cache-Control"] = "no-store"
        return answer
    finally:
        LONG_POLLS.release()


def _ask(patience_s: float) -> httpx.Response:
    asked = _client().build_request(
        request.method,
        _upstream() + quote(request.path, safe="/:@!$&'()*+,;=~"),
        params=request.query_string,
        headers=[*_passed_on(), ("Cookie", _foreign_cookies())],
        content=request.get_data(),
        timeout=httpx.Timeout(patience_s, connect=3),
    )
    return _client().send(asked, stream=True)


def _passed_on() -> Iterator[tuple[str, str]]:
    for name, value in request.headers:
        if name.lower() not in NOT_PASSED_ON:
            yield name, value


def _foreign_cookies() -> str:
    """Return the UI's own cookies: our session's is nobody's business there."""
    ours = current_app.config["SESSION_COOKIE_NAME"]
    return "; ".join(f"{k}={v}" for k, v in request.cookies.items() if k != ours)


def _pieces(upstream: httpx.Response) -> Iterator[bytes]:
    # Raw: compressed as the UI sent it. Closed here, in every case: not every server
    # calls close() where a browser went away.
    with closing(upstream):
        yield from upstream.iter_raw()


def _answer(upstream: httpx.Response, body: Iterable[bytes]) -> Response:
    answer = Response(body, upstream.status_code, direct_passthrough=True)
    answer.headers.clear()
    for name, value in upstream.headers.multi_items():
        if name.lower() not in NOT_PASSED_BACK:
            answer.headers.add(name, value)
    for value in upstream.headers.get_list("set-cookie"):
        answer.headers.add("Set-Cookie", value)
    if (place := upstream.headers.get("location")) is not None:
        answer.headers["Location"] = _inside(place)
    answer.headers["Content-Security-Policy"] = POLICY
    # After signing out, Back must not show what was seen before.
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _inside(place: str) -> str:
    """Return where a redirect leads, which is never outside of the UI."""
    parts = urlsplit(place)
    if parts.path != PREFIX and not parts.path.startswith(f"{PREFIX}/"):
        return f"{PREFIX}/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _upstream() -> str:
    settings = house().settings
    if settings.temporal_ui_url:
        parts = urlsplit(settings.temporal_ui_url)
        return f"{parts.scheme}://{parts.netloc}"
    return f"http://127.0.0.1:{settings.port_of('temporal_ui')}"


@cache
def _client() -> httpx.Client:
    """Return this process's connections to the UI; redirects are the browser's."""
    return httpx.Client(follow_redirects=False, trust_env=False)
