"""A limit in time and in bytes for a whole call over HTTP.

The time limits of sockets begin anew with each byte, so whoever drips the headers of an
answer holds its reader for as long as they like. Here connecting, the TLS handshake and
each reading and writing get what is left of the call, and no more.
"""

import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any

import httpcore

HURRIED_S = 5.0
"""How long a person, or another gateway, waits for all calls of one request."""

_hurry: ContextVar[float | None] = ContextVar("hurry", default=None)


@dataclass
class Allowance:
    """What a call has left: until when it may last, and the bytes it may read."""

    ends: float
    room: int

    def left(self, most: float | None, late: type[httpcore.TimeoutException]) -> float:
        """Return the seconds that the next step may take.

        Raises:
            httpcore.TimeoutException: none are left; of the kind ``late``.
        """
        seconds = self.ends - time.monotonic()
        if seconds <= 0:
            raise late("the whole call has taken too long")
        return seconds if most is None else min(seconds, most)


_allowance: ContextVar[Allowance] = ContextVar("allowance")


@contextmanager
def limited(seconds: float, room: int) -> Iterator[Allowance]:
    """Hold what ``LimitedBackend`` does in this thread to one allowance."""
    ends, hurry = time.monotonic() + seconds, _hurry.get()
    allowance = Allowance(ends if hurry is None else min(ends, hurry), room)
    token = _allowance.set(allowance)
    try:
        yield allowance
    finally:
        _allowance.reset(token)


@contextmanager
def while_somebody_waits() -> Iterator[None]:
    """Give all calls within ``HURRIED_S`` together: a thread of the web serves them."""
    token = _hurry.set(time.monotonic() + HURRIED_S)
    try:
        yield
    finally:
        _hurry.reset(token)


def somebody_waits() -> bool:
    """Tell whether this is within ``while_somebody_waits``."""
    return _hurry.get() is not None


class LimitedBackend(httpcore.NetworkBackend):
    """Connects for httpcore; each stream keeps to the allowance of whoever uses it."""

    def __init__(self) -> None:
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of ``host`` that takes us."""
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in _addresses(host, port):
            left = _allowance.get().left(timeout, httpcore.ConnectTimeout)
            try:
                return _LimitedStream(
                    self._sockets.connect_tcp(
                        address, port, left, local_address, socket_options
                    )
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _LimitedStream(httpcore.NetworkStream):
    """A connection, plain or TLS; it is used by one call after another."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        now = _allowance.get()
        if now.room <= 0:
            raise httpcore.ReadError("the answer is too large")
        data = self._stream.read(max_bytes, now.left(timeout, httpcore.ReadTimeout))
        now.room -= len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # By hand: httpcore's own limit begins anew with each part that is taken.
        now, to = _allowance.get(), self._stream.get_extra_info("socket")
        try:
            while buffer:
                to.settimeout(now.left(timeout, httpcore.WriteTimeout))
                buffer = buffer[to.send(buffer) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout from error
        except OSError as error:
            raise httpcore.WriteError from error

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _allowance.get().left(timeout, httpcore.ConnectTimeout)
        return _LimitedStream(
            self._stream.start_tls(ssl_context, server_hostname, left)
        )

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        return self._stream.get_extra_info(info)


def _addresses(host: str, port: int) -> list[str]:
    """Return what a name stands for; one address at a time is within the limit."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from error
    return [str(address[0]) for *_, address in found]
