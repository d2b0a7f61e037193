"""Every refusal leaves as RFC 9457 problem+json, or as a page, from here alone.

This module alone knows HTTP statuses. Whatever is raised below (a DomainError, the
framework's own 404 or 422, a database that is away) becomes a ``Problem``; under
``/api`` that is the answer's body, elsewhere the page that ``draw`` makes of it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, json, request
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError

from abtpro_saas import errors
from abtpro_saas.billing.gateways.json_reading import MalformedError
from abtpro_saas.blueprints.guard.hosts import HostLineError
from abtpro_saas.blueprints.guard.trail import record_refusal
from abtpro_saas.blueprints.http.pagination import CursorError
from abtpro_saas.reruns import RaceLostError

_log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

PROGRAMS = ("/api/", "/ops/temporal/api/", "/codec/")
"""What no person reads: the API, and what the Temporal UI's pages fetch."""

STATUS: dict[type[errors.DomainError], HTTPStatus] = {
    CursorError: HTTPStatus.BAD_REQUEST,
    HostLineError: HTTPStatus.BAD_REQUEST,
    MalformedError: HTTPStatus.BAD_REQUEST,
    errors.InvalidError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnauthenticatedError: HTTPStatus.UNAUTHORIZED,
    errors.PaymentRequiredError: HTTPStatus.PAYMENT_REQUIRED,
    errors.ForbiddenError: HTTPStatus.FORBIDDEN,
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.ConflictError: HTTPStatus.CONFLICT,
    errors.TooManyError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}

FRAMEWORK: dict[int, tuple[str, str]] = {
    400: ("bad_request", "The request cannot be read."),
    404: ("not_found", "There is no such thing here."),
    405: ("method_not_allowed", "This address does not take that method."),
    408: ("body_too_slow", "The request's body did not arrive in time."),
    413: (
        "body_too_large",
        "The request's body is larger than this address takes: 1 MiB, or 64 for files.",
    ),
    415: ("unsupported_media_type", "Send the body as application/json."),
    422: ("invalid", "The request holds values that cannot be used."),
    500: ("internal_error", "Something went wrong on our side; it has been recorded."),
}
"""Code and words of refusals that no rule of ours raised, by status."""

INVALID_JSON = ("invalid_json", "The body is not JSON (RFC 8259).")
DATABASE_AWAY = ("database_unavailable", "The database cannot be reached: try again.")
DATABASE_BUSY = ("database_busy", "Another request was in the way: try again.")
BROKEN_OFF = ("bad_request", "The request's body is malformed, or ended early.")
SERVER_BUSY = ("server_busy", "Too many requests wait at the moment: try again.")

BUSY = frozenset({"40001", "40P01", "55P03", "57014"})
"""SQLSTATEs that pass by themselves: serialization, deadlock, lock or time limit."""


@dataclass(frozen=True)
class Problem:
    """One refusal, ready to be written."""

    status: int
    code: str
    detail: str
    errors: tuple[dict[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Any] = field(default_factory=dict)
    """What this kind of refusal says besides (RFC 9457, section 3.2)."""

    @property
    def title(self) -> str:
        """The status in words."""
        return HTTPStatus(self.status).phrase


def problem_of(error: Exception) -> Problem:
    """Return the problem that ``error`` is to whoever asked."""
    if isinstance(error, errors.DomainError):
        return _of_rule(error)
    if isinstance(error, HTTPException):
        return _of_framework(error)
    if is_database_trouble(error):
        code, detail = DATABASE_BUSY if is_busy(error) else DATABASE_AWAY
        return Problem(503, code, detail, headers={"Retry-After": "2"})
    return Problem(500, *FRAMEWORK[500])


def is_database_trouble(error: BaseException) -> bool:
    """Tell whether the database is away or in a hurry, rather than our SQL wrong."""
    kinds = (OperationalError, InterfaceError, PoolTimeoutError)
    return isinstance(error, kinds) or is_busy(error)


def is_busy(error: BaseException) -> bool:
    """Tell whether the same transaction may well succeed when run again."""
    if isinstance(error, RaceLostError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return getattr(error.orig, "sqlstate", None) in BUSY


def status_of(kind: type[errors.DomainError]) -> HTTPStatus:
    """Return the status that errors of this kind are answered with."""
    return next(STATUS[each] for each in kind.__mro__ if each in STATUS)


def _of_rule(error: errors.DomainError) -> Problem:
    status = status_of(type(error))
    headers = {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="abtpro"'
    wait = getattr(error, "retry_after_s", None)
    if wait is None and isinstance(error, errors.UnavailableError):
        wait = 5
    if wait is not None:
        headers["Retry-After"] = str(wait)
    members = getattr(error, "members", {})
    at_fault = tuple(_faults_of(error))
    return Problem(status, error.code, str(error), at_fault, headers, members)


def _faults_of(error: errors.DomainError) -> Iterator[dict[str, str]]:
    """Yield each value that a rule finds at fault, by its pointer."""
    for each in (error, *getattr(error, "others", ())):
        if named := getattr(each, "field", None):
            yield {"pointer": _pointer(named.split(".")), "message": str(each)}


def _of_framework(error: HTTPException) -> Problem:
    status = error.code or 500
    known = FRAMEWORK.get(status, FRAMEWORK[400 if status < 500 else 500])  # noqa: PLR2004 - the first server error
    code, detail = known
    headers = {k: v for k, v in error.get_headers() if k in {"Allow", "Retry-After"}}
    messages = getattr(error, "data", {}).get("messages", {})
    if status == HTTPStatus.BAD_REQUEST and messages:
        code, detail = INVALID_JSON
        messages = {}
    return Problem(status, code, detail, tuple(_field_errors(messages)), headers)


def _field_errors(messages: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Turn webargs' tree, whose root names the place, into pointers and messages."""
    for place, tree in messages.items():
        where = {"json": "body", "view_args": "path"}.get(place, place)
        for path, message in _leaves(tree, []):
            yield {"pointer": _pointer(path), "message": message, "in": where}


def _leaves(tree: Any, path: list[Any]) -> Iterator[tuple[list[Any], str]]:  # noqa: ANN401 - marshmallow's error tree
    if isinstance(tree, Mapping):
        for step, inner in tree.items():
            yield from _leaves(inner, path if step == "_schema" else [*path, step])
    elif isinstance(tree, list | tuple):
        for each in tree:
            yield from _leaves(each, path)
    else:
        yield path, str(tree)


def _pointer(path: list[Any]) -> str:
    """Write a JSON pointer (RFC 6901)."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "".join(f"/{step}" for step in steps)


def turned_away() -> Problem:
    """Return the problem that a request is for which no thread will be free soon."""
    return Problem(503, *SERVER_BUSY, headers={"Retry-After": "2"})


def broken_off() -> Problem:
    """Return the problem that a request is whose body is malformed or ended early."""
    return Problem(400, *BROKEN_OFF)


def body_of(problem: Problem, path: str, request_id: str | None) -> dict[str, Any]:
    """Return the members of the problem's JSON; ``path`` is what was asked for."""
    own = {
        "type": f"urn:abtpro:problem:{problem.code}",
        "title": problem.title,
        "status": int(problem.status),
        "detail": problem.detail,
        "instance": path,
        "code": problem.code,
        "errors": list(problem.errors),
        "request_id": request_id,
    }
    return own | {k: v for k, v in problem.members.items() if k not in own}


def answer(problem: Problem) -> Response:
    """Return the problem as problem+json."""
    members = body_of(problem, request.path, g.get("request_id"))
    made = Response(json.dumps(members), problem.status, mimetype=MEDIA_TYPE)
    made.headers.extend(problem.headers)
    return made


def in_api() -> bool:
    """Tell whether this request speaks JSON."""
    return speaks_json(request.path)


def speaks_json(path: str) -> bool:
    """Tell whether who asks for ``path`` is a program, or a page's script."""
    return path.startswith(PROGRAMS) or path == "/api"


Draw = Callable[[Problem], Response]


def plain_page(problem: Problem) -> Response:
    """Return the problem as plain text, until pages are drawn by somebody else."""
    text = f"{problem.status} {problem.title}\n{problem.detail}\n"
    made = Response(text, problem.status, mimetype="text/plain")
    made.headers.extend(problem.headers)
    return made


def install(app: Flask, draw: Draw = plain_page) -> None:
    """Let every refusal of ``app`` leave as JSON under ``/api``, else by ``draw``."""

    def refuse(error: Exception) -> Response:
        code = getattr(error, "code", None)
        if isinstance(error, HTTPException) and (code is None or code < 400):  # noqa: PLR2004 - a redirect is no refusal
            return current_app.make_response(error.get_response())
        problem = problem_of(error)
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _record_failure(error, problem)
        record_refusal(problem.status, problem.code)
        return answer(problem) if in_api() else _drawn(problem, draw)

    for kind in (
        HTTPException,
        errors.DomainError,
        DBAPIError,
        PoolTimeoutError,
        RaceLostError,
    ):
        app.register_error_handler(kind, refuse)


def _drawn(problem: Problem, draw: Draw) -> Response:
    try:
        return draw(problem)
    except SQLAlchemyError:
        # The page's frame asks the database, which may be the very problem.
        return plain_page(problem)


def _record_failure(error: Exception, problem: Problem) -> None:
    cause = (
        error.original_exception if isinstance(error, InternalServerError) else error
    )
    # Flask has logged the trace of what nobody expected; the rest passes by itself.
    _log.error(
        "request.failed",
        code=problem.code,
        error=type(cause).__name__,
        detail=problem.detail,
    )
