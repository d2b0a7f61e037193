"""The simulated exchange as an ASGI application."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from abtpro_saas.errors import InvalidError
from abtpro_saas.simulators.exchange import binance, control, faults, futures
from abtpro_saas.simulators.exchange.faults import Faults
from abtpro_saas.simulators.exchange.feed import Feed, NotReadyError
from abtpro_saas.simulators.gateway.bodies import LOOPBACK, RefusedError, problem

Next = Callable[[Request], Awaitable[Response]]

EXCHANGE = ("/api/", "/fapi/")
WEIGHT = "X-MBX-USED-WEIGHT-1M"


def make_app(root: str) -> Starlette:
    """Return the simulator, which reads its candles from the store at ``root``."""
    app = Starlette(
        routes=[
            Route("/healthz", _health),
            *binance.ROUTES,
            *futures.ROUTES,
            *control.ROUTES,
        ],
        middleware=[
            # Both keep other sites, open in the same browser, from pulling strings.
            Middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, "*.localhost"]),
            Middleware(BaseHTTPMiddleware, dispatch=_guard),
        ],
        exception_handlers={
            binance.RefusedError: _refused,
            NotReadyError: _not_ready,
            RefusedError: _control_refused,
            InvalidError: _invalid,
            HTTPException: _http_error,
        },
    )
    app.state.feed, app.state.faults = Feed(root), Faults()
    return app


async def _guard(request: Request, go_on: Next) -> Response:
    origin = request.headers.get("origin", "")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        return problem(HTTPStatus.FORBIDDEN, "other_site", "this comes from elsewhere")
    path = request.url.path
    fault = None
    if path.startswith(EXCHANGE):
        fault = request.app.state.faults.next_for(path)
    if fault is not None:
        return await faults.answer(fault, request, go_on)
    answer = await go_on(request)
    answer.headers[WEIGHT] = "1"
    return answer


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, binance.RefusedError)  # noqa: S101 - Starlette's handlers take any
    return JSONResponse({"code": error.code, "msg": str(error)}, error.status)


async def _not_ready(_: Request, _error: Exception) -> Response:
    told = {"code": -1000, "msg": "The candles are still being made."}
    return JSONResponse(told, HTTPStatus.SERVICE_UNAVAILABLE)


async def _control_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)  # noqa: S101 - Starlette's handlers take any
    return problem(error.status, error.code, str(error))


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, InvalidError)  # noqa: S101 - Starlette's handlers take any
    return problem(422, error.code, str(error), error.field)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette's handlers take any
    return JSONResponse({"code": -1, "msg": error.detail}, error.status_code)
