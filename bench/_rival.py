"""The rival: pgbench sends the statements that our code sends, in the same round trips.

The statements are not written again: they are taken from one real credit as it passes
the driver. Their values become pgbench variables, so both sides do the same work.
"""

import re
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Engine, event

from _rig import SECONDS, Rig, program
from abtpro_saas.billing.gateways.port import EventType, Notice
from abtpro_saas.billing.payments.notices import accept_notice
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.money import Satang

_PARAMETER = re.compile(r"%\((\w+)\)s")


Statement = tuple[str, dict[str, Any]]
"""As it passes the driver: its text, and the values beside it."""


def noted(engine: Engine, work: Callable[[], object]) -> list[Statement]:
    """Do ``work``; return what ``engine`` sent to the database for it, in order."""
    seen: list[Statement] = []

    class Noting(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **how: Any) -> "Noting":
            seen.append((query, dict(params or {})))
            return super().execute(query, params, **how)

    def note(connection: Any, *_: Any) -> None:
        connection.cursor_factory = Noting

    def forget(connection: Any, *_: Any) -> None:
        connection.cursor_factory = psycopg.Cursor

    event.listen(engine, "checkout", note)
    event.listen(engine, "checkin", forget)
    try:
        work()
    finally:
        event.remove(engine, "checkout", note)
        event.remove(engine, "checkin", forget)
    return [each for each in seen if "pg_notify" not in each[0]]


def statements_of_a_credit(rig: Rig, topup: int) -> list[Statement]:
    """Credit one top-up by a notice; return what went to the database, in order.

    The first binds the tenant, in one round trip with BEGIN, as ``bind_tenant`` does.
    """

    def credit() -> None:
        with tenant_transaction(rig.engine, rig.tenant_id) as session:
            accept_notice(
                session, rig.tenant_id, UUID(rig.account_id), _notice(topup), utc_now()
            )

    bound = f"SELECT set_config('app.tenant_id', '{rig.tenant_id}', true)"
    return [(bound, {}), *noted(rig.engine, credit)]


def _notice(topup: int) -> Notice:
    now = utc_now()
    return Notice(
        f"evt{topup}",
        EventType.SUCCEEDED,
        f"txn{topup}",
        f"R{topup:014d}",
        Satang(49_900),
        "THB",
        now,
        now,
        livemode=True,
    )


def script(statements: list[Statement], topup: int, wallets: int) -> str:
    """Return a pgbench script that credits a fresh top-up each time.

    Values that name the sample's top-up, wallet or new ids follow the variable ``n``.
    """
    made = Values(topup, wallets)
    return transaction([made.render(sql, values) for sql, values in statements])


NEXT = r"\set n :first + :client_id + :step * :client_count"


def transaction(statements: list[str], choose: str = NEXT) -> str:
    """Return a pgbench script that sends ``statements`` of the row that it chooses."""
    bind, *others = statements
    lines = [choose, r"\startpipeline", "BEGIN;", bind, r"\endpipeline"]
    return "\n".join([*lines, *others, "COMMIT;", r"\set step :step + 1"])


def function_of(text: str) -> str:
    """Return the script's statements as one SQL function, ``bench_credit(n)``."""
    body = [
        line.replace(":n", "n")
        for line in text.split("\n")
        if not line.startswith("\\") and line not in {"BEGIN;", "COMMIT;"}
    ]
    performed = [
        f"PERFORM {line[7:]}" if line.startswith("SELECT ") else line for line in body
    ]
    return (
        "CREATE FUNCTION bench_credit(n bigint) RETURNS void LANGUAGE plpgsql AS $f$"
        " BEGIN " + " ".join(performed) + " END $f$"
    )


class Values:
    """Turns the values of the sample into SQL expressions of ``:n``."""

    def __init__(self, topup: int, wallets: int) -> None:
        self._topup, self._wallets = topup, wallets
        self._fresh: dict[str, str] = {}

    def render(self, sql: str, values: dict[str, Any]) -> str:
        def put(match: re.Match[str]) -> str:
            return self._expression(match[1], values[match[1]])

        return " ".join(_PARAMETER.sub(put, sql).replace("%%", "%").split()) + ";"

    def _expression(self, name: str, value: Any) -> str:
        if isinstance(value, list):
            return self._list(name, value)
        if isinstance(value, bool | int | Decimal):
            return str(value)
        if value is None:
            return "NULL"
        if isinstance(value, datetime):
            return f"timestamptz '{value.astimezone(UTC).isoformat()}'"
        if isinstance(value, UUID):
            return self._id(name, value)
        return self._text(name, str(value))

    def _text(self, name: str, value: str) -> str:
        sample = f"{self._topup:014d}"
        if value == f"R{sample}":
            return "('R' || lpad((:n)::text, 14, '0'))"
        if f"txn{self._topup}" in value:
            before = value.replace(f"txn{self._topup}", "")
            # pgbench takes a colon before a letter for a variable, in literals too.
            safe = before.replace(":", "' || chr(58) || '")
            return f"('{safe}txn' || (:n)::text)"
        if value == f"evt{self._topup}":
            return "('evt' || (:n)::text)"
        if name == "o_process":
            return "('payment' || chr(58) || md5('topup' || (:n)::text))"
        if name == "o_message":
            return "('{\"topup_id\": \"' || md5('topup' || (:n)::text) || '\"}')"
        return "'" + value.replace("'", "''") + "'"

    def _id(self, name: str, value: UUID) -> str:
        known = {"l_journal": "journal", "p_journal": "journal", "o_id": "outbox"}
        if name in known:
            return f"md5('{known[name]}' || (:n)::text)::uuid"
        if name in {"t_topup", "p_topup"}:
            return "md5('topup' || (:n)::text)::uuid"
        return f"'{value}'::uuid"

    def _list(self, name: str, value: list[Any]) -> str:
        if name != "l_accounts":
            inner = ", ".join(self._expression("", each) for each in value)
            return f"ARRAY[{inner}]"
        sign = value.index(max(value, key=lambda each: str(each) == self._wallet()))
        parts = [f"'{each}'::uuid" for each in value]
        parts[sign] = f"md5('wallet' || ((:n)::bigint % {self._wallets})::text)::uuid"
        return f"ARRAY[{', '.join(parts)}]"

    def _wallet(self) -> str:
        import hashlib  # noqa: PLC0415 - only for this

        name = f"wallet{self._topup % self._wallets}"
        return str(UUID(hashlib.md5(name.encode()).hexdigest()))  # noqa: S324 - as the seed


def pgbench(
    url: str, text: str, first: int, clients: int = 16, *, count: int | None = None
) -> tuple[float, int]:
    """Run a script; return transactions per second and how many there were.

    It runs for a round's seconds, or ``count`` times in all.
    """
    limit = (
        ["-T", str(int(SECONDS))] if count is None else ["-t", str(count // clients)]
    )
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(text)
        file.flush()
        Path(file.name).chmod(0o644)
        done = subprocess.run(
            [
                program("pgbench"), "-n", "-M", "prepared", "-c", str(clients),
                "-j", "2", *limit, "-f", file.name,
                "-D", f"first={first}", "-D", "step=0",
                "-D", f"client_count={clients}", url,
            ],
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
    tps = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    count = re.search(r"actually processed: (\d+)", done.stdout)
    if done.returncode or tps is None or count is None:
        raise SystemExit(f"pgbench: {done.stderr[-800:]}")
    return float(tps[1]), int(count[1])
