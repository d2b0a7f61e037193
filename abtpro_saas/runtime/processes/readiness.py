"""Whether a service answers in its own protocol: an open port says too little."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

PATIENCE_S = 3.0
OK = b"200"

Check = Callable[[], Awaitable[bool]]


def answers(url: str) -> Check:
    """Return a check: the HTTP server answers 200 at ``url``."""

    async def check() -> bool:
        try:
            return await asyncio.wait_for(_status(url), PATIENCE_S) == OK
        except (OSError, TimeoutError):
            return False

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


async def _status(url: str) -> bytes:
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(
            f"GET {path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        answer = (await reader.readline()).split()
        return answer[1] if len(answer) > 1 else b""
    finally:
        writer.close()
