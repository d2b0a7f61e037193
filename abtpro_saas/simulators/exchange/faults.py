"""What can go wrong with an exchange, on demand: a fault for each answer to come."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

PAGE = "<html><body><h1>Be right back</h1></body></html>"

Go = Callable[[Request], Awaitable[Response]]


class Kind(StrEnum):
    """How an answer goes wrong."""

    RATE_LIMITED = "rate_limited"
    BANNED = "banned"
    SLOW = "slow"
    DROPPED = "dropped"
    EMPTY = "empty"
    BLANK = "blank"
    OBJECT = "object"
    HTML = "html"
    HTML_OK = "html_ok"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Fault:
    """One answer that goes wrong; ``seconds`` is for how long, where that matters."""

    kind: Kind
    path: str
    seconds: float


class Faults:
    """The faults that are still to come, in their order."""

    def __init__(self) -> None:
        self.coming: deque[Fault] = deque()
        self.met = 0

    def next_for(self, path: str) -> Fault | None:
        """Return the fault that a request to ``path`` meets; it is spent then."""
        if self.coming and path.endswith(self.coming[0].path):
            self.met += 1
            return self.coming.popleft()
        return None


async def answer(fault: Fault, request: Request, go_on: Go) -> Response:
    """Return what a request gets instead of its answer, or the answer too late."""
    if fault.kind is Kind.SLOW:
        await asyncio.sleep(fault.seconds)
        return await go_on(request)
    return _ANSWERS[fault.kind](fault)


def _limited(fault: Fault) -> Response:
    status = 429 if fault.kind is Kind.RATE_LIMITED else 418
    told = {"code": -1003, "msg": "Way too many requests; IP banned until later."}
    return JSONResponse(told, status, {"Retry-After": f"{fault.seconds:.0f}"})


class _Dropped(Response):
    """Promises more than it sends, so that the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"[[", "more_body": False})


_ANSWERS: dict[Kind, Callable[[Fault], Response]] = {
    Kind.RATE_LIMITED: _limited,
    Kind.BANNED: _limited,
    Kind.DROPPED: lambda _: _Dropped(),
    Kind.EMPTY: lambda _: JSONResponse([]),
    Kind.BLANK: lambda _: Response(b"", media_type="application/json"),
    Kind.OBJECT: lambda _: JSONResponse({}),
    Kind.HTML: lambda _: HTMLResponse(PAGE, 502),
    Kind.HTML_OK: lambda _: HTMLResponse(PAGE),
    Kind.UNAVAILABLE: lambda _: JSONResponse({"code": -1000, "msg": "An unknown"}, 503),
}
