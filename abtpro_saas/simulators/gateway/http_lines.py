"""Posting over HTTP/1.1 on kept connections, cheaply enough for thousands of notices.

httpx takes some five times as long for each request, most of it in its pool; a machine
with two cores that runs the whole platform beside us notices.
"""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

LARGEST_ANSWER = 65_536

Target = tuple[str, int]


class PostError(Exception):
    """No answer came; the message says why in a word."""


@dataclass
class _Line:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    http: h11.Connection


class Lines:
    """Connections that are kept for the next notice to the same address."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._idle: dict[Target, list[_Line]] = {}

    async def post(
        self, url: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, str]:
        """Return status and text of the answer.

        Raises:
            PostError: refused, cut off, too slow, or not HTTP.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        # Not every resolver knows the names under localhost.
        local = "127.0.0.1" if host.endswith("localhost") else host
        target = (local, parts.port or 80)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request = h11.Request(
            method="POST",
            target=path,
            headers=[
                ("Host", parts.netloc),
                ("Content-Length", str(len(body))),
                *headers.items(),
            ],
        )
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._exchange(target, request, body)
        except (OSError, EOFError, h11.ProtocolError) as error:
            raise PostError(type(error).__name__) from None

    def close(self) -> None:
        """Close the kept connections."""
        for lines in self._idle.values():
            for line in lines:
                line.writer.close()
        self._idle.clear()

    async def _exchange(
        self, target: Target, request: h11.Request, body: bytes
    ) -> tuple[int, str]:
        idle = self._idle.setdefault(target, [])
        while idle:
            line = idle.pop()
            if line.reader.at_eof() or line.writer.is_closing():
                line.writer.close()
                continue
            break
        else:
            reader, writer = await asyncio.open_connection(*target)
            line = _Line(reader, writer, h11.Connection(h11.CLIENT))
        try:
            answer = await _ask(line, request, body)
        except BaseException:
            line.writer.close()
            raise
        if line.http.our_state is line.http.their_state is h11.DONE:
            line.http.start_next_cycle()
            idle.append(line)
        else:
            line.writer.close()  # the other side wants no further request here
        return answer


async def _ask(line: _Line, request: h11.Request, body: bytes) -> tuple[int, str]:
    send = line.http.send
    # In one piece: two small packets would wait for each other (Nagle's algorithm).
    line.writer.write(
        (send(request) or b"")
        + (send(h11.Data(body)) or b"")
        + (send(h11.EndOfMessage()) or b"")
    )
    status, text = 0, bytearray()
    while True:
        event = line.http.next_event()
        if event is h11.NEED_DATA:
            line.http.receive_data(await line.reader.read(LARGEST_ANSWER))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            text += event.data[: LARGEST_ANSWER - len(text)]
        elif isinstance(event, h11.EndOfMessage):
            return status, text.decode("utf-8", "replace")
        elif isinstance(event, h11.ConnectionClosed):
            raise EOFError
