"""What the simulated gateway remembers, in one SQLite file: a restart loses nothing.

Used from the event loop's thread alone; each statement takes well under a millisecond.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
  merchant_id TEXT PRIMARY KEY, name TEXT NOT NULL, callback_url TEXT NOT NULL,
  secrets TEXT NOT NULL, biller_id TEXT, form TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS qrs (
  merchant_id TEXT NOT NULL, reference_id TEXT NOT NULL, amount INTEGER NOT NULL,
  currency TEXT NOT NULL, expires_at TEXT NOT NULL, request_id TEXT NOT NULL,
  callback_url TEXT, payload TEXT, status TEXT NOT NULL, created_at TEXT NOT NULL,
  PRIMARY KEY (merchant_id, reference_id));
CREATE INDEX IF NOT EXISTS qrs_reference ON qrs (reference_id);
CREATE INDEX IF NOT EXISTS qrs_recent ON qrs (status, created_at);
CREATE TABLE IF NOT EXISTS payments (
  merchant_id TEXT NOT NULL, transaction_id TEXT NOT NULL, reference_id TEXT NOT NULL,
  amount INTEGER NOT NULL, currency TEXT NOT NULL, paid_at TEXT NOT NULL,
  paid_on TEXT NOT NULL, status TEXT NOT NULL,
  PRIMARY KEY (merchant_id, transaction_id));
CREATE INDEX IF NOT EXISTS payments_reference ON payments (merchant_id, reference_id);
CREATE INDEX IF NOT EXISTS payments_day ON payments (merchant_id, paid_on);
CREATE TABLE IF NOT EXISTS events (
  event_id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, event_type TEXT NOT NULL,
  reference_id TEXT NOT NULL, transaction_id TEXT NOT NULL, amount INTEGER NOT NULL,
  currency TEXT NOT NULL, body BLOB NOT NULL, callback_url TEXT NOT NULL,
  created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_reference ON events (reference_id);
CREATE TABLE IF NOT EXISTS deliveries (
  delivery_id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, due_at REAL NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'PENDING',
  status INTEGER, error TEXT);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at)
  WHERE state = 'PENDING';
CREATE INDEX IF NOT EXISTS deliveries_event ON deliveries (event_id);
CREATE TABLE IF NOT EXISTS transfers (
  transfer TEXT PRIMARY KEY, bank TEXT NOT NULL, target TEXT NOT NULL,
  amount INTEGER NOT NULL, paid_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outage (one INTEGER PRIMARY KEY CHECK (one = 1), until REAL);
"""

Row = sqlite3.Row


@dataclass(frozen=True)
class Merchant:
    """An account at the gateway; ``form`` is how its notices are written."""

    merchant_id: str
    name: str
    callback_url: str
    secrets: tuple[str, ...]
    biller_id: str | None
    form: str


class Store:
    """One open file; ``close`` it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        path.chmod(0o600)  # it holds the demo merchants' secrets
        self._db.execute("PRAGMA journal_mode = WAL")
        # Survives the end of the process, which is what we simulate, though not of
        # the machine; and no commit waits for the disk.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the statements of a block happen together or not at all."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def insert(self, table: str, *, ignore: bool = False, **values: Any) -> int | None:  # noqa: ANN401 - whatever SQLite stores
        """Insert a row; its id, or None where ``ignore`` met one that was there."""
        verb = "INSERT OR IGNORE" if ignore else "INSERT"
        marks = ", ".join("?" * len(values))
        done = self._db.execute(
            f"{verb} INTO {table} ({', '.join(values)}) VALUES ({marks})",
            tuple(values.values()),
        )
        return done.lastrowid if done.rowcount else None

    def execute(self, sql: str, *values: Any) -> None:  # noqa: ANN401 - whatever SQLite stores
        """Run one statement."""
        self._db.execute(sql, values)

    def rows(self, sql: str, *values: Any) -> list[Row]:  # noqa: ANN401 - whatever SQLite stores
        """Return all rows of a query."""
        return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> Row | None:  # noqa: ANN401 - whatever SQLite stores
        """Return the first row of a query, or None."""
        found: Row | None = self._db.execute(sql, values).fetchone()
        return found

    def save_merchant(self, merchant: Merchant) -> None:
        """Add an account, or replace what is known of it."""
        self._db.execute(
            "INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?)",
            (
                merchant.merchant_id,
                merchant.name,
                merchant.callback_url,
                json.dumps(merchant.secrets),
                merchant.biller_id,
                merchant.form,
            ),
        )

    def merchant(self, merchant_id: str) -> Merchant | None:
        """Return an account, or None."""
        found = self.row("SELECT * FROM accounts WHERE merchant_id = ?", merchant_id)
        return _merchant(found) if found else None

    def merchants(self, biller_id: str | None = None) -> list[Merchant]:
        """Return all accounts, or those of one biller."""
        found = self.rows(
            "SELECT * FROM accounts WHERE ? IN (biller_id, '') ORDER BY merchant_id",
            biller_id or "",
        )
        return [_merchant(each) for each in found]

    @property
    def outage_until(self) -> float:
        """When the present outage ends, in seconds of the Unix clock; 0 for none."""
        found = self.row("SELECT until FROM outage")
        return float(found["until"]) if found else 0.0

    @outage_until.setter
    def outage_until(self, until: float) -> None:
        self._db.execute("INSERT OR REPLACE INTO outage VALUES (1, ?)", (until,))


def _merchant(row: Row) -> Merchant:
    values = dict(row) | {"secrets": tuple(json.loads(row["secrets"]))}
    return Merchant(**values)
