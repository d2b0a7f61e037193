"""What row-level security and a table of a million transactions cost a credit."""

import json
from statistics import median_low
from typing import Any

from sqlalchemy import text

from _rig import WALLETS, Rig, compete, report, rig, seed_wallets
from _rival import pgbench, script, statements_of_a_credit
from abtpro_saas.clock import utc_now
from abtpro_saas.database import make_engine
from abtpro_saas.ids import new_id

MILLION = 1_000_000
TOPUPS_EACH = 60
SAMPLES = 21


def buffers_of_a_credit(rig: Rig) -> int:
    """Return the pages that one credit touches, by EXPLAIN: the median of many.

    One alone may split a page, or be the first that looks for room in a table.
    """
    return median_low(_buffers(rig, topup=0) for _ in range(SAMPLES))


def _buffers(rig: Rig, topup: int) -> int:
    statements = statements_of_a_credit(rig, topup)
    total, journal = 0, new_id()
    ids = {"l_journal": journal, "p_journal": journal, "o_id": new_id()}
    with rig.engine.connect() as connection, connection.begin() as transaction:
        cursor = connection.connection.cursor()
        for sql, values in statements:
            fresh = {k: _again(v, topup) for k, v in values.items()} | {
                name: ids[name] for name in values.keys() & ids.keys()
            }
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql, fresh)
            plan = cursor.fetchone()[0][0]["Plan"]
            total += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        transaction.rollback()
    return total


def _again(value: Any, topup: int) -> Any:
    """Return the value for another payment of the same shape: keys must be fresh."""
    if isinstance(value, str) and value.endswith((f"txn{topup}", f"evt{topup}")):
        return value + "-again"
    return value


def fill(rig: Rig, rows: int) -> None:
    """Put ``rows`` finished top-ups, with journals and postings, in the tables."""
    values = {"tenant": rig.tenant_id, "account": rig.account_id, "now": utc_now()}
    values |= {"rows": rows, "wallets": WALLETS}
    engine = make_engine(rig.server.superuser_url)
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for statement in _FILL:
            connection.execute(text(statement), values)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


_FILL = [
    """INSERT INTO topups (tenant_id, topup_id, user_id, wallet_id, gateway_account_id,
         reference, amount, description, status, credited, created_at, expires_at)
       SELECT :tenant, md5('old' || n)::uuid, md5('user' || n % :wallets)::uuid,
         md5('wallet' || n % :wallets)::uuid, :account, 'O' || lpad(n::text, 14, '0'),
         100, 'old', 'SUCCESS', 100, cast(:now AS timestamptz) - n * interval '1 s',
         :now
       FROM generate_series(1, :rows) n""",
    """INSERT INTO journals (tenant_id, journal_id, kind, currency, occurred_at, source,
         description)
       SELECT :tenant, md5('oldj' || n)::uuid, 'TOP_UP', 'THB', :now, 'old:' || n, 'old'
       FROM generate_series(1, :rows) n""",
    """INSERT INTO postings (tenant_id, journal_id, line, account_id, currency, amount,
         posted_at)
       SELECT :tenant, md5('oldj' || n)::uuid, side, CASE side WHEN 1 THEN
         (SELECT clearing_id FROM gateway_accounts WHERE tenant_id = :tenant)
         ELSE md5('wallet' || n % :wallets)::uuid END, 'THB',
         CASE side WHEN 1 THEN -100 ELSE 100 END,
         cast(:now AS timestamptz) - n * interval '1 s'
       FROM generate_series(1, :rows) n, generate_series(1, 2) side""",
    """INSERT INTO gateway_payments (tenant_id, gateway_account_id, gateway_txn_id,
         topup_id, reference, amount, currency, paid_at, received_at, source, state,
         journal_id)
       SELECT :tenant, :account, 'old' || n, md5('old' || n)::uuid,
         'O' || lpad(n::text, 14, '0'), 100, 'THB',
         cast(:now AS timestamptz) - n * interval '1 s', :now, 'NOTICE', 'CREDITED',
         md5('oldj' || n)::uuid
       FROM generate_series(1, :rows) n""",
    """INSERT INTO gateway_events (tenant_id, gateway_account_id, event_id, event_type,
         gateway_txn_id, reference, amount, currency, occurred_at, received_at, outcome)
       SELECT :tenant, :account, 'old' || n, 'payment.succeeded', 'old' || n,
         'O' || lpad(n::text, 14, '0'), 100, 'THB', :now, :now, 'CREDITED'
       FROM generate_series(1, :rows) n""",
]


class Bench:
    """One database's rounds: each takes top-ups that nobody has paid yet."""

    def __init__(self, rig: Rig, *, rows: int) -> None:
        seed_wallets(rig, WALLETS, TOPUPS_EACH)
        if rows:
            fill(rig, rows)
        self.rig = rig
        self._next = 1
        self.buffers = buffers_of_a_credit(rig)
        self._script = script(statements_of_a_credit(rig, 1), 1, WALLETS)

    def round(self, url: str) -> tuple[float, None]:
        """Credit for one round with ``url``'s role; return the rate."""
        self._next += 30_000
        return pgbench(url, self._script, self._next)[0], None


def main() -> None:
    """Print row-level security's cost, then what a million transactions change."""
    with rig() as empty_rig, rig() as full_rig:
        empty, full = Bench(empty_rig, rows=0), Bench(full_rig, rows=MILLION)
        app, superuser = empty_rig.server.app_url, empty_rig.server.superuser_url
        figures = compete(
            {
                "with row-level security (application)": lambda: empty.round(app),
                "without (superuser)": lambda: empty.round(superuser),
                "with it, at 1 million transactions": lambda: full.round(
                    full_rig.server.app_url
                ),
            }
        )
        report("Credits by pgbench", figures, "without (superuser)")
        more = full.buffers / empty.buffers
        print(
            f"\nBuffers of a credit: {empty.buffers} empty, {full.buffers} at 1 million"
            f" ({more:.2f} x)"
        )
        print(json.dumps({"buffers_ratio": round(more, 3)}))


if __name__ == "__main__":
    main()
