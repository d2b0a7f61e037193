"""Hints to look again, sent after a commit over PostgreSQL's NOTIFY.

NOTIFY inside a transaction takes a lock on the whole database until its commit is on
disk, so commits that notify queue up one behind another. Here the hint leaves in a
transaction of its own, from a thread that gathers what waits: the money path never
takes that lock. A hint lost in a crash costs its listener one poll interval.
"""

import json
import queue
import threading
import time
import weakref
from collections.abc import Sequence

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

CHANNEL = "abtpro"

# What does not outlive a crash need not wait for the disk.
_NOTIFY = text("""
SELECT set_config('synchronous_commit', 'off', true), pg_notify(:channel, hint)
FROM unnest(CAST(:hints AS text[])) hint
""")

GATHER_S = 0.05
"""How long hints gather after some have left: under load one batch carries many."""

LAST_S = 10
"""How long the last hints may take, where the database is slow or away."""

_log = structlog.get_logger(__name__)


def wake_after_commit(session: Session, topic: str, tenant: str, subject: str) -> None:
    """Ask that listeners of ``topic`` look at ``subject`` once this has committed."""
    hint = json.dumps({"topic": topic, "tenant": tenant, "subject": subject})
    session.info.setdefault("wakes", []).append(hint)


def send_wakes(engine: Engine, session: Session) -> None:
    """Send what a session gathered; called after its commit, returns at once."""
    hints: Sequence[str] = session.info.pop("wakes", ())
    if hints:
        _waker(engine).send(hints)


def end_wakes(engine: Engine) -> None:
    """Send what has gathered and end the thread that does, before ``engine`` closes.

    Else it would open a connection of its own afterwards, which nobody closes.
    """
    with _guard:
        waker = _wakers.pop(engine, None)
    if waker is not None:
        waker.end()


class _Waker:
    """One thread that sends hints, as many at a time as have gathered."""

    def __init__(self, engine: Engine) -> None:
        self._engine = weakref.ref(engine)
        self._hints: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="wakes", daemon=True)
        self._thread.start()

    def send(self, hints: Sequence[str]) -> None:
        for hint in hints:
            self._hints.put(hint)

    def end(self) -> None:
        self._hints.put(None)
        self._thread.join(LAST_S)

    def _run(self) -> None:
        is_last = False
        while not is_last:
            gathered = {self._hints.get()}
            while not self._hints.empty():
                gathered.add(self._hints.get())
            is_last = None in gathered
            engine = self._engine()
            if engine is None or gathered == {None}:
                return
            try:
                with engine.connect() as connection:
                    # One statement is a transaction: no round trips around it.
                    connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                        _NOTIFY, {"channel": CHANNEL, "hints": list(gathered - {None})}
                    )
            except SQLAlchemyError as error:
                _log.warning("wakes.lost", count=len(gathered), error=type(error))
            del engine  # it may go while this thread waits
            time.sleep(GATHER_S)


_wakers: "weakref.WeakKeyDictionary[Engine, _Waker]" = weakref.WeakKeyDictionary()
_guard = threading.Lock()


def _waker(engine: Engine) -> _Waker:
    with _guard:
        if engine not in _wakers:
            _wakers[engine] = _Waker(engine)
        return _wakers[engine]
