"""The strings behind the scene: let answers go wrong, and set the clock."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from abtpro_saas.billing.gateways.json_reading import FieldError
from abtpro_saas.markets.simulated.model import END_MS, START_MS
from abtpro_saas.simulators.exchange.faults import Fault, Faults, Kind
from abtpro_saas.simulators.exchange.feed import Feed
from abtpro_saas.simulators.gateway import bodies

MOST_TIMES = 10_000
LONGEST_S = 600


async def add_faults(request: Request) -> Response:
    """Let the next answers go wrong, ``times`` of them, at paths that end so."""
    body = await bodies.read_body(request, {"kind"}, {"times", "seconds", "path"})
    try:
        kind = Kind(str(body["kind"]))
    except ValueError:
        raise FieldError("kind is one of " + ", ".join(Kind), "kind") from None
    times = bodies.count(body, "times", 1, MOST_TIMES)
    seconds = bodies.seconds(body, "seconds", 1, LONGEST_S)
    path = str(body.get("path", "/klines"))
    _faults(request).coming.extend([Fault(kind, path, seconds)] * times)
    return _shown(request)


async def list_faults(request: Request) -> Response:
    """Tell which faults are still to come, and how many were met."""
    return _shown(request)


async def drop_faults(request: Request) -> Response:
    """Let all answers be right again."""
    _faults(request).coming.clear()
    return _shown(request)


async def set_clock(request: Request) -> Response:
    """Set the exchange's clock, in milliseconds since 1970."""
    body = await bodies.read_body(request, {"now_ms"}, set())
    now_ms = body["now_ms"]
    if not isinstance(now_ms, int) or not START_MS <= now_ms <= END_MS:
        raise FieldError(f"now_ms is from {START_MS} to {END_MS}", "now_ms")
    _feed(request).now_ms = now_ms
    return JSONResponse({"now_ms": now_ms})


def _shown(request: Request) -> Response:
    faults = _faults(request)
    coming = [asdict(fault) for fault in faults.coming]
    return JSONResponse({"coming": coming, "met": faults.met})


def _feed(request: Request) -> Feed:
    found: Feed = request.app.state.feed
    return found


def _faults(request: Request) -> Faults:
    found: Faults = request.app.state.faults
    return found


ROUTES = [
    Route("/sim/faults", add_faults, methods=["POST"]),
    Route("/sim/faults", list_faults),
    Route("/sim/faults", drop_faults, methods=["DELETE"]),
    Route("/sim/clock", set_clock, methods=["POST"]),
]
