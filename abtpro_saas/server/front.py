"""The web server's front: no thread ever waits for a client.

The server below (granian) calls it by ASGI, in one event loop for each process. It
reads a request whole, within limits of size and time, and only then gives it to one of
the few threads that run the WSGI application; it sends the answer as fast as the client
takes it.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from abtpro_saas import telemetry
from abtpro_saas.blueprints.http import problems
from abtpro_saas.blueprints.http.bodies import REFUSAL
from abtpro_saas.server.answers import Answer, Application
from abtpro_saas.server.bodies import (
    Message,
    Receive,
    SenderGoneError,
    UnknownCodingError,
    UnreadError,
    announced,
    no_body,
    read_whole,
)
from abtpro_saas.server.environ import Environ, Scope, environ_of
from abtpro_saas.server.threads import Threads

Send = Callable[[Message], Awaitable[None]]

WAITING_EACH = 64
"""Whole requests that may wait for each thread before others are turned away."""


UPLOAD_PATIENCE = 15
"""How much longer than others a body may take where files are brought."""
MOST_UPLOADS = 8
"""Files that each process reads at once: they fill its disk, and take their time."""


@dataclass(frozen=True)
class Refusal:
    """What the front answers by itself; ``page`` is for browsers.

    To look up their language would take a thread, so it speaks both.
    """

    name: str
    problem: problems.Problem
    page: str


TURNED_AWAY = Refusal(
    "turned_away",
    problems.turned_away(),
    "ขณะนี้มีผู้ใช้งานจำนวนมาก โปรดรอสักครู่แล้วลองอีกครั้ง\n"
    "Too many people are asking at the moment. Please try again in a few seconds.\n",
)
BROKEN_OFF = Refusal(
    "broken_off",
    problems.broken_off(),
    "อ่านข้อมูลที่ส่งมาไม่ได้ โปรดลองส่งอีกครั้ง\n"
    "What was sent cannot be read. Please send it again.\n",
)


@dataclass(frozen=True)
class Limits:
    """What one client may ask of the server.

    An answer of which nobody takes a piece for ``stalled_seconds`` is given up.
    """

    body_bytes: int
    body_seconds: float
    stalled_seconds: float = 60
    uploads: Mapping[str, int] = field(default_factory=dict)
    """Bytes that a body may have at the paths where files are brought."""

    def of(self, path: str) -> tuple[int, float]:
        """Return how many bytes a body at ``path`` may have, and how many seconds."""
        most = self.uploads.get(path)
        if most is None:
            return self.body_bytes, self.body_seconds
        return most, self.body_seconds * UPLOAD_PATIENCE


class Front:
    """An ASGI application around a WSGI application."""

    def __init__(
        self, application: Application, limits: Limits, *, threads: int
    ) -> None:
        self._application = application
        self._limits = limits
        self._threads = Threads(threads, waiting=threads * WAITING_EACH)
        self._uploads = asyncio.Semaphore(MOST_UPLOADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one that does not arrive whole changes nothing."""
        if scope["path"] not in self._limits.uploads:
            await self._serve(scope, receive, send)
        elif self._uploads.locked():
            await _refuse(environ_of(scope, no_body(), 0), TURNED_AWAY, send)
        else:
            async with self._uploads:
                await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            environ = await self._read(scope, receive)
        except (SenderGoneError, UnknownCodingError):
            # Who left hears nothing. Who sent chunks that are none is still there, and
            # the server below tells the one from the other as little as ASGI does.
            environ = environ_of(scope, no_body(), 0)
            await _refuse(environ, BROKEN_OFF, send)
            return
        if self._threads.are_busy:
            environ["wsgi.input"].close()
            await _refuse(environ, TURNED_AWAY, send)
            return
        with contextlib.suppress(SenderGoneError):
            await self._answer(environ, receive, send)

    async def _read(self, scope: Scope, receive: Receive) -> Environ:
        """Return the request, or one that the application refuses at a glance."""
        length = announced(scope["headers"], scope["http_version"])
        if length == 0:
            return environ_of(scope, no_body(), None)
        most, seconds = self._limits.of(scope["path"])
        try:
            body, length = await read_whole(receive, length, most=most, seconds=seconds)
        except UnreadError as refusal:
            return environ_of(scope, no_body(), 0) | {REFUSAL: int(refusal.status)}
        return environ_of(scope, body, length)

    async def _answer(self, environ: Environ, receive: Receive, send: Send) -> None:
        answer = Answer(self._application, environ)
        try:
            piece = await self._threads.run(answer.begin, answer.context)
            await send(_head(answer.status, answer.headers))
            if not answer.has_ended:
                watched = receive if REFUSAL not in environ else None
                piece = await self._send_most(piece, answer, watched, send)
            await send({"type": "http.response.body", "body": piece})
        finally:
            if not answer.has_ended:
                await self._threads.run(answer.close, answer.context)

    async def _send_most(
        self, piece: bytes, answer: Answer, receive: Receive | None, send: Send
    ) -> bytes:
        """Send all but the last piece, and return that.

        Raises:
            SenderGoneError: the client left, or does not take what it asked for.
        """
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            while not answer.has_ended:
                async with asyncio.timeout(self._limits.stalled_seconds):
                    await send(_part(piece))
                if gone.done():
                    raise SenderGoneError
                piece = await self._threads.run(answer.next_piece, answer.context)
        except TimeoutError:
            raise SenderGoneError from None
        finally:
            gone.cancel()
        return piece


async def _until_gone(receive: Receive | None) -> None:
    """Return when the client has left; of a body that nobody read, look at nothing."""
    while receive is not None:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
    await asyncio.Event().wait()


async def _refuse(environ: Environ, refusal: Refusal, send: Send) -> None:
    """Answer without the application, whose threads have enough to do."""
    path, problem = environ["PATH_INFO"], refusal.problem
    if problems.speaks_json(path):
        kind = problems.MEDIA_TYPE
        text = json.dumps(problems.body_of(problem, path, uuid4().hex))
    else:
        kind, text = "text/plain; charset=utf-8", refusal.page
    body = text.encode()
    headers = {**problem.headers, "Content-Type": kind, "Content-Length": len(body)}
    telemetry.observe_request(refusal.name, problem.status, 0)
    encoded = [(k.lower().encode(), str(v).encode()) for k, v in headers.items()]
    await send(_head(problem.status, encoded))
    await send({"type": "http.response.body", "body": body})


def _head(status: int, headers: list[tuple[bytes, bytes]]) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}


def _part(piece: bytes) -> Message:
    return {"type": "http.response.body", "body": piece, "more_body": True}
