"""What the database says of one tenant, and the laws that hold for all books."""

from dataclasses import dataclass

import psycopg

_VIEW = """
SELECT jsonb_build_object(
  'topups', (SELECT jsonb_object_agg(topup_id, jsonb_build_array(
      status, credited, refunded, flags)) FROM topups WHERE tenant_id = %(tenant)s),
  'payments', (SELECT jsonb_object_agg(gateway_txn_id, jsonb_build_array(
      state, amount, currency, refunded, reference, topup_id))
    FROM gateway_payments WHERE tenant_id = %(tenant)s),
  'refunds', (SELECT jsonb_agg(jsonb_build_array(
      gateway_txn_id, gateway_refund_id, topup_id, amount, currency, state,
      paid_out))
    FROM refunds WHERE tenant_id = %(tenant)s),
  'wallets', (SELECT jsonb_object_agg(user_id, balance)
    FROM wallets WHERE tenant_id = %(tenant)s),
  'sums', (SELECT jsonb_object_agg(kind || ' ' || currency, total) FROM (
      SELECT a.kind, a.currency, sum(p.amount) AS total
      FROM postings p JOIN accounts a USING (tenant_id, account_id)
      WHERE p.tenant_id = %(tenant)s GROUP BY a.kind, a.currency) s WHERE total <> 0))
"""

_LAWS = {
    "a journal that does not sum to zero": """
      SELECT journal_id::text FROM postings WHERE tenant_id = %(tenant)s
      GROUP BY journal_id, currency HAVING sum(amount) <> 0 OR count(*) < 2""",
    "a ledger that does not sum to zero": """
      SELECT currency FROM postings WHERE tenant_id = %(tenant)s
      GROUP BY currency HAVING sum(amount) <> 0""",
    "a wallet that is not the sum of its postings, or below zero": """
      SELECT w.account_id::text FROM wallets w LEFT JOIN postings p
        ON p.tenant_id = w.tenant_id AND p.account_id = w.account_id
      WHERE w.tenant_id = %(tenant)s GROUP BY w.account_id, w.balance
      HAVING w.balance <> coalesce(sum(p.amount), 0) OR w.balance < 0""",
    "a line that does not follow from the one before": """
      SELECT l.account_id::text FROM (
        SELECT p.account_id, p.amount, p.balance_after,
               lag(p.balance_after, 1, 0::bigint) OVER w AS before
        FROM postings p JOIN wallets v
          ON v.tenant_id = p.tenant_id AND v.account_id = p.account_id
        WHERE p.tenant_id = %(tenant)s
        WINDOW w AS (PARTITION BY p.account_id ORDER BY p.posted_at)) l
      WHERE l.balance_after <> l.before + l.amount""",
    "a payment that moved another amount, or moved twice": """
      SELECT g.gateway_txn_id FROM gateway_payments g
      LEFT JOIN journals j ON j.tenant_id = g.tenant_id
        AND j.source = 'payment:' || g.gateway_account_id || ':' || g.gateway_txn_id
      LEFT JOIN postings p ON p.tenant_id = j.tenant_id
        AND p.journal_id = j.journal_id AND p.amount > 0
      WHERE g.tenant_id = %(tenant)s
      GROUP BY g.gateway_txn_id, g.amount, g.journal_id
      HAVING sum(p.amount) IS DISTINCT FROM g.amount
          OR count(DISTINCT j.journal_id) <> 1""",
    "more given back than came in": """
      SELECT topup_id::text FROM topups
      WHERE tenant_id = %(tenant)s AND refunded > credited""",
    "more given back by the gateway than was paid": """
      SELECT gateway_txn_id FROM gateway_payments
      WHERE tenant_id = %(tenant)s AND refunded > amount""",
    "a top-up credited with other money than was paid for it": """
      SELECT t.topup_id::text FROM topups t LEFT JOIN gateway_payments g
        ON g.tenant_id = t.tenant_id AND g.topup_id = t.topup_id
       AND g.state = 'CREDITED'
      WHERE t.tenant_id = %(tenant)s
      GROUP BY t.topup_id, t.credited
      HAVING t.credited <> coalesce(sum(g.amount), 0)""",
    "a top-up that gave a wallet other than what it says": """
      SELECT t.topup_id::text FROM topups t
      LEFT JOIN gateway_payments g ON g.tenant_id = t.tenant_id
        AND g.topup_id = t.topup_id AND g.state = 'CREDITED'
      LEFT JOIN journals j ON j.tenant_id = g.tenant_id AND j.source IN (
        'payment:' || g.gateway_account_id || ':' || g.gateway_txn_id,
        'suspense:' || g.gateway_account_id || ':' || g.gateway_txn_id)
      LEFT JOIN postings p ON p.tenant_id = j.tenant_id
        AND p.journal_id = j.journal_id AND p.account_id = t.wallet_id
      WHERE t.tenant_id = %(tenant)s GROUP BY t.topup_id, t.credited, t.refunded
      HAVING coalesce(sum(p.amount), 0) NOT BETWEEN t.credited - t.refunded
        AND t.credited""",
    "a receipt that was given twice": """
      SELECT params ->> 'topup_id' FROM notices
      WHERE tenant_id = %(tenant)s AND kind IN ('TOPUP_PAID', 'TOPUP_EXPIRED')
      GROUP BY kind, params ->> 'topup_id' HAVING count(*) > 1""",
    "a top-up whose process hears nothing": """
      SELECT t.topup_id::text FROM topups t
      WHERE t.tenant_id = %(tenant)s AND NOT EXISTS (
        SELECT FROM outbox o WHERE o.tenant_id = t.tenant_id
          AND o.process_id = 'payment:' || t.tenant_id || ':' || t.topup_id)""",
}

_BROKEN = " UNION ALL ".join(
    f"SELECT '{law}' AS law, found.* FROM ({query}) found (subject)"
    for law, query in _LAWS.items()
)

_SEEN = ("topups", "gateway_payments", "wallets", "postings", "journals", "refunds")
_COUNTED = " + ".join(
    f"(SELECT count(*) FROM {table} WHERE tenant_id = %(tenant)s)" for table in _SEEN
)

_BIND = "SELECT set_config('app.tenant_id', %s, true)"


@dataclass(frozen=True)
class Books:
    """A tenant's money as the database has it, and what of it cannot be."""

    money: dict
    broken: list
    seen_by_stranger: int


class Reader:
    """Reads all of it in one round trip, as the application's role."""

    def __init__(self, url, stranger):
        self._connection = psycopg.connect(url, autocommit=True)
        self._stranger = stranger

    def close(self):
        self._connection.close()

    def read(self, tenant):
        asked = {"tenant": tenant}
        run = self._connection.execute
        with self._connection.pipeline(), self._connection.transaction():
            run(_BIND, [str(tenant)])
            money = run(_VIEW, asked, prepare=True)
            broken = run(_BROKEN, asked, prepare=True)
            run(_BIND, [str(self._stranger)])
            counted = run(f"SELECT {_COUNTED}", asked, prepare=True)
        return Books(
            _plain(money.fetchone()[0]), broken.fetchall(), counted.fetchone()[0]
        )


def _plain(seen):
    return {
        "topups": seen["topups"] or {},
        "payments": seen["payments"] or {},
        "refunds": sorted(seen["refunds"] or [], key=repr),
        "wallets": {user: n for user, n in (seen["wallets"] or {}).items() if n},
        "sums": seen["sums"] or {},
    }


def of_model(model):
    """Return the same of the model."""
    return {
        "topups": {
            t.topup_id: [t.status, t.credited, t.refunded, sorted(t.flags)]
            for t in model.topups.values()
        },
        "payments": {
            p.txn: [p.state, p.amount, p.currency, p.refunded, p.reference, p.topup_id]
            for p in model.payments.values()
        },
        "refunds": sorted(
            (
                [r.txn, r.number, r.topup_id, r.amount, r.currency, r.state, r.paid_out]
                for r in model.refunds
            ),
            key=repr,
        ),
        "wallets": {user: n for user, n in model.wallets.items() if n},
        "sums": {f"{k} {c}": n for (k, c), n in model.sums.items() if n},
    }
