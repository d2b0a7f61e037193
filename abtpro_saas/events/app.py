"""The web application of the events process: one route that streams, two that probe."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from time import time_ns

import psycopg
from psycopg_pool import PoolTimeout
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from abtpro_saas.clock import utc_now
from abtpro_saas.events.door import Door
from abtpro_saas.events.hub import Hub, Pace, Stream, TooManyStreamsError
from abtpro_saas.identity.access.tickets import Ticket, TicketError
from abtpro_saas.settings import Settings

RETRY_MS = 2000

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}


class Events:
    """The application's parts, and its three answers."""

    def __init__(self, settings: Settings, pace: Pace) -> None:
        self._settings = settings
        self._pace = pace
        self.hub = Hub(settings.database_url, pace)
        self._door = Door(settings)

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Listen while the server runs."""
        await self._door.pool.open()
        listener = asyncio.create_task(self.hub.listen())
        yield
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener
        await self._door.pool.close()

    async def stream(self, request: Request) -> Response:
        """Send ``changed`` whenever what the ticket names may have changed."""
        headers = HEADERS | {"Vary": "Origin"}
        try:
            ticket = Ticket.read(
                request.query_params.get("ticket", ""), self._settings.secret_key
            )
        except TicketError as error:
            return PlainTextResponse(str(error), 401)
        try:
            origin = request.headers.get("Origin")
            if origin is not None:
                if not await self._door.is_own_page(ticket, origin):
                    return PlainTextResponse("not a page of this tenant", 403)
                headers["Access-Control-Allow-Origin"] = origin
            if not await self._door.may_listen(ticket, utc_now()):
                return PlainTextResponse("this session has ended", 401, headers)
            stream = self.hub.join(ticket)
        except (psycopg.OperationalError, PoolTimeout):
            return PlainTextResponse("the database is away", 503, {"Retry-After": "2"})
        except TooManyStreamsError:
            return PlainTextResponse("too many streams", 429, {"Retry-After": "60"})
        if "Last-Event-ID" in request.headers:
            stream.changed.set()  # what happened meanwhile was told to nobody
        return _Held(self.hub, stream, self._events(stream), headers)

    async def _events(self, stream: Stream) -> AsyncIterator[str]:
        clock = asyncio.get_running_loop().time
        checked = clock()
        yield f"retry: {RETRY_MS}\n\n"
        while True:
            told = await _set_within(stream.changed, self._pace.heartbeat_s)
            if self.hub.closing.is_set():
                return
            stream.changed.clear()
            now_ms = time_ns() // 1_000_000
            # An event without data is not dispatched by browsers.
            yield (
                f"id: {now_ms}\nevent: changed\ndata: look\n\n"
                if told
                else ": here\n\n"
            )
            if clock() - checked >= self._pace.recheck_s:
                checked = clock()
                if not await self._still_may(stream):
                    return

    async def _still_may(self, stream: Stream) -> bool:
        try:
            return await self._door.may_listen(stream.ticket, utc_now())
        except (psycopg.OperationalError, PoolTimeout):
            return True  # nothing is told that the page may not fetch anyway

    async def alive(self, _request: Request) -> Response:
        """Answer that the process runs."""
        return PlainTextResponse("ok")

    async def ready(self, _request: Request) -> Response:
        """Answer whether hints are heard."""
        return PlainTextResponse(
            *(("ok", 200) if self.hub.listening else ("not listening", 503))
        )


class _Held(StreamingResponse):
    """An answer that leaves the hub however it ends, even before it began."""

    def __init__(
        self,
        hub: Hub,
        stream: Stream,
        events: AsyncIterator[str],
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(events, headers=headers)
        self._hub = hub
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._hub.leave(self._stream)


def create_events_app(settings: Settings, pace: Pace | None = None) -> Starlette:
    """Return the application; ``app.state.hub`` is closed before the server stops."""
    events = Events(settings, pace or Pace())
    app = Starlette(
        routes=[
            Route("/events", events.stream),
            Route("/healthz", events.alive),
            Route("/readyz", events.ready),
        ],
        lifespan=events.lifespan,
    )
    app.state.hub = events.hub
    return app


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
