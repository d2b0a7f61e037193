"""The simulated gateway as an ASGI application."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from abtpro_saas.errors import InvalidError, UnauthenticatedError
from abtpro_saas.simulators.gateway import contract, control, pages
from abtpro_saas.simulators.gateway.bodies import LOOPBACK, RefusedError, problem
from abtpro_saas.simulators.gateway.deliveries import Dispatcher
from abtpro_saas.simulators.gateway.store import Store

Next = Callable[[Request], Awaitable[Response]]

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def make_app(database: Path) -> Starlette:
    """Return the simulator, whose memory is the file ``database``."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.store = Store(database)
        app.state.dispatcher = Dispatcher(app.state.store)
        delivering = asyncio.create_task(app.state.dispatcher.run())
        try:
            yield
        finally:
            delivering.cancel()
            with suppress(asyncio.CancelledError):
                await delivering
            app.state.store.close()

    return Starlette(
        routes=[
            Route("/healthz", _health),
            *contract.ROUTES,
            *control.ROUTES,
            *pages.ROUTES,
        ],
        middleware=[
            # Both keep other sites, open in the same browser, from pulling strings.
            Middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, "*.localhost"]),
            Middleware(BaseHTTPMiddleware, dispatch=_guard),
        ],
        exception_handlers={
            RefusedError: _refused,
            InvalidError: _invalid,
            UnauthenticatedError: _unauthenticated,
            HTTPException: _http_error,
        },
        lifespan=lifespan,
    )


async def _guard(request: Request, go_on: Next) -> Response:
    origin = request.headers.get("origin", "")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        return problem(HTTPStatus.FORBIDDEN, "other_site", "this comes from elsewhere")
    if request.url.path.startswith("/v1/") and _is_out(request):
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE, "outage", "the gateway is out of order"
        )
    answer = await go_on(request)
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


def _is_out(request: Request) -> bool:
    store: Store = request.app.state.store
    return store.outage_until > time.time()


async def _health(request: Request) -> Response:
    return JSONResponse({"status": "ok", "outage": _is_out(request)})


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)  # noqa: S101 - Starlette's handlers take any
    return problem(error.status, error.code, str(error))


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, InvalidError)  # noqa: S101 - Starlette's handlers take any
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if error.code == "malformed_body":
        status = HTTPStatus.BAD_REQUEST
    return problem(status, error.code, str(error), error.field)


async def _unauthenticated(_: Request, error: Exception) -> Response:
    assert isinstance(error, UnauthenticatedError)  # noqa: S101 - Starlette's handlers take any
    return problem(HTTPStatus.UNAUTHORIZED, error.code, str(error))


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette's handlers take any
    return problem(error.status_code, "http_error", error.detail)
