"""Database sessions that die in the middle of what they do."""

import threading
from contextlib import contextmanager
from functools import partial

import psycopg
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

BEFORE_COMMIT, AFTER_COMMIT = -1, -2
"""Crash points beside those that count statements: the commit itself, or its answer."""


class LostAnswerError(Exception):
    """The commit is on disk, and whoever asked for it never hears of that."""


CRASHES = (DBAPIError, LostAnswerError)
"""What a caller sees of a crash."""


class Watched(psycopg.Cursor):
    """Tells of each statement before it goes, whoever sends it."""

    def __init__(self, tell, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._tell = tell

    def execute(self, *args, **kwargs):
        self._tell(self.connection)
        return super().execute(*args, **kwargs)


class Crashes:
    """Kills the session of this thread at a chosen point of its work."""

    def __init__(self, engine, superuser_url):
        self._killer = psycopg.connect(superuser_url, autocommit=True)
        self._point = self._thread = None
        self._left = 0
        self.count = 0
        self._listeners = [
            (engine, "checkout", self._watch),
            (engine, "commit", self._on_commit),
            (Session, "after_commit", self._on_committed),
        ]
        for target, name, listener in self._listeners:
            event.listen(target, name, listener)

    def close(self):
        for target, name, listener in self._listeners:
            event.remove(target, name, listener)
        self._killer.close()

    @contextmanager
    def at(self, point):
        """Crash once within the block, where it gets that far; None: never."""
        self._point, self._left = point, point
        self._thread = threading.get_ident()
        try:
            yield
        finally:
            self._point = None

    def _watch(self, driver, _record, _proxy):
        driver.cursor_factory = partial(Watched, self._on_statement)

    def _on_statement(self, driver):
        if self._point is None or self._point < 0 or not self._is_ours():
            return
        self._left -= 1
        if self._left == 0:
            self._kill(driver)

    def _on_commit(self, connection):
        if self._point == BEFORE_COMMIT and self._is_ours():
            self._kill(connection.connection.dbapi_connection)

    def _on_committed(self, _session):
        if self._point == AFTER_COMMIT and self._is_ours():
            self._point = None
            self.count += 1
            raise LostAnswerError

    def _kill(self, driver):
        self._point = None
        self.count += 1
        pid = driver.info.backend_pid
        # The backend waits for a command: it meets the signal before the next one.
        ended = self._killer.execute("SELECT pg_terminate_backend(%s)", [pid])
        assert ended.fetchone() == (True,)

    def _is_ours(self):
        return threading.get_ident() == self._thread
