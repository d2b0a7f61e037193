"""The open streams of this process, and the listener that wakes them.

Hints say "look again" and carry no facts: a stream holds one flag, however many hints
come before its browser was told.
"""

import asyncio
import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
import structlog

from abtpro_saas.identity.access.tickets import Ticket
from abtpro_saas.telemetry import HINTS, STREAMS
from abtpro_saas.wakes import CHANNEL

MOST_PER_USER = 8
MOST_PER_TENANT = 500

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Pace:
    """How often a stream shows that it lives, and is checked; in seconds."""

    heartbeat_s: float = 15
    recheck_s: float = 60
    reconnect_s: float = 0.5


@dataclass(eq=False)
class Stream:
    """One open browser; hints that come before it was told fall together."""

    ticket: Ticket
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def key(self) -> tuple[str, str, str]:
        """What it listens for."""
        return self.ticket.topic, str(self.ticket.tenant_id), self.ticket.subject


class TooManyStreamsError(Exception):
    """The user or the tenant has as many streams open as it may."""


class Hub:
    """The open streams of this process, and the listener that wakes them."""

    def __init__(self, database_url: str, pace: Pace) -> None:
        self._url = database_url
        self._pace = pace
        self._streams: dict[tuple[str, str, str], set[Stream]] = {}
        self._users: Counter[object] = Counter()
        self._tenants: Counter[object] = Counter()
        self.closing = asyncio.Event()
        self.listening = False

    def join(self, ticket: Ticket) -> Stream:
        """Return a new stream.

        Raises:
            TooManyStreamsError: there are as many as may be.
        """
        user = (ticket.tenant_id, ticket.user_id)
        if (
            self._users[user] >= MOST_PER_USER
            or self._tenants[ticket.tenant_id] >= MOST_PER_TENANT
        ):
            raise TooManyStreamsError
        stream = Stream(ticket)
        self._streams.setdefault(stream.key, set()).add(stream)
        self._users[user] += 1
        self._tenants[ticket.tenant_id] += 1
        STREAMS.labels("events").inc()
        return stream

    def leave(self, stream: Stream) -> None:
        """Forget a stream that has ended."""
        same = self._streams[stream.key]
        same.discard(stream)
        if not same:
            del self._streams[stream.key]
        ticket = stream.ticket
        for counter, key in (
            (self._users, (ticket.tenant_id, ticket.user_id)),
            (self._tenants, ticket.tenant_id),
        ):
            counter[key] -= 1
            if not counter[key]:
                del counter[key]
        STREAMS.labels("events").dec()

    @property
    def is_empty(self) -> bool:
        """Tell whether nobody listens."""
        return not self._streams

    def tell(self, payload: str) -> None:
        """Wake the streams that a hint is for."""
        try:
            hint = json.loads(payload)
            same = self._streams.get((hint["topic"], hint["tenant"], hint["subject"]))
        except (ValueError, KeyError, TypeError):
            return  # the channel is shared: not every text on it is ours
        for stream in same or ():
            stream.changed.set()
            HINTS.labels(stream.ticket.topic).inc()

    def tell_all(self) -> None:
        """Wake everybody: hints may have been lost."""
        for same in self._streams.values():
            for stream in same:
                stream.changed.set()

    def close(self) -> None:
        """End every stream; their browsers come back to the next process."""
        self.closing.set()
        self.tell_all()

    async def listen(self) -> None:
        """Hear hints until cancelled; a lost connection is made again."""
        while True:
            with suppress(psycopg.OperationalError):
                async with await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True, connect_timeout=5
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.listening = True
                    self.tell_all()
                    async for notice in connection.notifies():
                        self.tell(notice.payload)
            if self.listening:
                _log.warning("events.listener_lost")
            self.listening = False
            await asyncio.sleep(self._pace.reconnect_s)
