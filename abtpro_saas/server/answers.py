"""One answer of the WSGI application, taken in pieces by whichever thread is free."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from typing import Any

from abtpro_saas.server.environ import Environ

StartResponse = Callable[..., Callable[[bytes], object]]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

PIECE = 256 * 1024
"""Bytes that are taken at once where the answer's length is known."""


class Answer:
    """What the application says; every method but the constructor may block."""

    def __init__(self, application: Application, environ: Environ) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.has_ended = False
        self.context = copy_context()  # for all steps, whichever thread takes them
        self._application = application
        self._environ = environ
        self._iterable: Iterable[bytes] = ()
        self._iterator: Iterator[bytes] = iter(())
        self._written: list[bytes] = []

    def begin(self) -> bytes:
        """Ask the application; return the first piece, with status and headers set."""
        self._iterable = self._application(self._environ, self._start)
        self._iterator = iter(self._iterable)
        return self.next_piece()

    def next_piece(self) -> bytes:
        """Return the next bytes; ``has_ended`` tells whether they were the last.

        An answer without a length is a stream, of which each part is awaited by
        somebody: it is passed on as it comes.
        """
        wanted = PIECE if self._has_length() else 1
        parts, self._written = self._written, []
        size = sum(map(len, parts))
        while size < wanted:
            part = next(self._iterator, None)
            if part is None:
                self.close()
                break
            parts.append(part)
            size += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """End the answer, finished or not: what it holds is free again."""
        if self.has_ended:
            return
        self.has_ended = True
        with contextlib.closing(self._environ["wsgi.input"]):
            close = getattr(self._iterable, "close", None)
            if close is not None:
                close()

    def _start(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: Any = None,  # noqa: ANN401, ARG002 - PEP 3333: nothing was sent yet
    ) -> Callable[[bytes], object]:
        self.status = int(status.split(" ", 1)[0])
        self.headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in headers
        ]
        return self._written.append

    def _has_length(self) -> bool:
        return any(name == b"content-length" for name, _ in self.headers)
