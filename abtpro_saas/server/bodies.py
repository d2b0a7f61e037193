"""A request's body, read whole or not at all, while no thread waits for it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]

KEPT_IN_MEMORY = 64 * 1024
"""Bytes of one body; longer ones go to a file, lest slow senders fill the memory."""

OLDER = frozenset({"1", "1.0"})
"""How the server below names HTTP/1.0, which knows no chunks."""


class UnreadError(Exception):
    """The body was not read whole: the request is refused with ``status``."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class SenderGoneError(Exception):
    """No more will come: the connection ended, or what came in chunks is malformed."""


class UnknownCodingError(Exception):
    """A body is coded as this server does not decode (RFC 9112, 6.1)."""


def announced(headers: Iterable[tuple[bytes, bytes]], version: str) -> int | None:
    """Return how many bytes of body follow, or None where only their end will tell.

    A length that is no number says 0: the server below has refused it by then.

    Raises:
        UnknownCodingError: it is not just chunked, or HTTP ``version`` has no chunks.
    """
    length, codings = 0, []
    for name, value in headers:
        if name == b"transfer-encoding":
            codings.append(value.strip().lower())
        if name == b"content-length" and value.isdigit():
            length = int(value)
    if not codings:
        return length
    if codings != [b"chunked"] or version in OLDER:
        raise UnknownCodingError
    return None


async def read_whole(
    receive: Receive, length: int | None, *, most: int, seconds: float
) -> tuple[IO[bytes], int]:
    """Return a body as a file at its beginning, and its length in bytes.

    ``length`` is what was announced: one that is too long is not read at all.

    Raises:
        UnreadError: it is longer than ``most`` bytes, or took longer than ``seconds``.
        SenderGoneError: the connection ended before the body did, or a chunk is none.
    """
    if length is not None and length > most:
        raise UnreadError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    body = SpooledTemporaryFile(KEPT_IN_MEMORY)  # noqa: SIM115 - the request closes it
    try:
        async with asyncio.timeout(seconds):
            found = await _copy(receive, body, most)
    except TimeoutError:
        body.close()
        raise UnreadError(HTTPStatus.REQUEST_TIMEOUT) from None
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return body, found


async def _copy(receive: Receive, body: IO[bytes], most: int) -> int:
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise SenderGoneError
        part = message.get("body", b"")
        length += len(part)
        if length > most:
            raise UnreadError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body.write(part)
        if not message.get("more_body", False):
            return length


def no_body() -> IO[bytes]:
    """Return what a request without a body has to read."""
    return BytesIO()
