"""What happens around every request: its id, its host, who asks, and its log line."""

import re
import time
from uuid import uuid4

import structlog
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import BadRequest, NotFound

from abtpro_saas import telemetry
from abtpro_saas.blueprints.guard import callers, limits
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.hosts import (
    HostKind,
    check_host_line,
    current_host,
)
from abtpro_saas.blueprints.guard.marks import openness
from abtpro_saas.blueprints.http.bodies import refuse_unread
from abtpro_saas.blueprints.http.problems import in_api
from abtpro_saas.clock import utc_now
from abtpro_saas.identity.caller import Caller

_log = structlog.get_logger(__name__)

SECRET_PARTS = {"link", "token"}
"""Parts of paths that open something by themselves."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def install(app: Flask) -> None:
    """Put the edge around every request of ``app``."""
    app.before_request(_begin)
    app.before_request(check_host_line)
    app.before_request(refuse_unread)
    app.before_request(_let_in)
    app.after_request(limits.write_headers)
    app.after_request(_end)
    app.teardown_request(_forget)


def _begin() -> None:
    g.started = time.perf_counter()
    g.request_id = _request_id()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _request_id() -> str:
    """Return a fresh id, or the one that a proxy of ours gave."""
    given = request.headers.get("X-Request-Id", "")
    if house().settings.trusted_proxies and _REQUEST_ID.fullmatch(given):
        return given
    return uuid4().hex


def _let_in() -> None:
    if "\0" in request.path:
        raise NotFound  # no column holds NUL, so nothing has such a name
    endpoint = request.endpoint
    if endpoint is None or endpoint == "static":
        return
    openly = openness(current_app, endpoint, request.method)
    if in_api():
        _let_into_api(limited=openly is None or openly.limited, known=openly is None)
    elif openly is None:
        _let_into_pages()


def _let_into_api(*, limited: bool, known: bool) -> None:
    if known:
        callers.identify()
        who = callers.known()
        if isinstance(who, Caller):
            structlog.contextvars.bind_contextvars(tenant=who.tenant_slug)
    elif limited:
        limits.spend_address(utc_now())


def _let_into_pages() -> None:
    host = current_host()
    if host.tenant is None and host.kind is not HostKind.OPERATORS:
        raise NotFound
    if host.tenant is not None:
        structlog.contextvars.bind_contextvars(tenant=host.tenant.slug)
    if b"%00" in request.query_string:
        raise BadRequest  # no column holds NUL, so no filter can mean it
    callers.refuse_suspended()
    callers.protect_from_forgery()
    callers.known()


def _end(response: Response) -> Response:
    if "request_id" not in g:
        return response
    response.headers["X-Request-Id"] = g.request_id
    seconds = time.perf_counter() - g.started
    telemetry.observe_request(
        request.endpoint or "unknown", response.status_code, seconds
    )
    _log.info(
        "request",
        method=request.method,
        path=_path_without_secrets(),
        status=response.status_code,
        ms=round(seconds * 1000, 1),
    )
    return response


def _path_without_secrets() -> str:
    """Return the path as logs may keep it: who reads them opens no mailed link."""
    path = request.path
    for name, value in (request.view_args or {}).items():
        if name in SECRET_PARTS:
            path = path.replace(str(value), "...")
    return path


def _forget(_error: BaseException | None) -> None:
    structlog.contextvars.unbind_contextvars("request_id", "tenant")
