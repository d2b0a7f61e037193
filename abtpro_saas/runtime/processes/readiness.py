"""Whether a service answers in its own protocol: an open port says too little."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

PATIENCE_S = 3.0
OK = b"200"
MOST_BYTES = 1_000_000

Check = Callable[[], Awaitable[bool]]


def answers(url: str, text: str = "") -> Check:
    """Return a check: the HTTP server answers 200 at ``url``, with ``text`` in it."""

    async def check() -> bool:
        try:
            answer = await asyncio.wait_for(_get(url), PATIENCE_S)
        except (OSError, TimeoutError):
            return False
        head = answer.partition(b"\r\n")[0].split()
        return head[1:2] == [OK] and text.encode() in answer

    return check


def passes(probe: Callable[[], bool]) -> Check:
    """Return a check that asks a blocking ``probe`` in a thread."""

    async def check() -> bool:
        return await asyncio.to_thread(probe)

    return check


def every(*checks: Check) -> Check:
    """Return a check that passes when each of ``checks`` does, in turn."""

    async def check() -> bool:
        for each in checks:
            if not await each():
                return False
        return True

    return check


async def _get(url: str) -> bytes:
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(
            f"GET {path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        return await reader.read(MOST_BYTES)
    finally:
        writer.close()
