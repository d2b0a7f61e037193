"""A tenant's books as the database has them, and what must be true of any of them."""

from collections import Counter

from sqlalchemy import text

from abtpro_saas.database import tenant_transaction

_SUMS = text("""
SELECT a.kind, a.currency, sum(p.amount)::bigint AS total
FROM postings p JOIN accounts a USING (tenant_id, account_id)
WHERE tenant_id = :tenant GROUP BY a.kind, a.currency HAVING sum(p.amount) <> 0
""")

# Each query finds what cannot be: none may return a row.
_IMPOSSIBLE = {
    "a journal that does not sum to zero": """
        SELECT journal_id FROM postings WHERE tenant_id = :tenant
        GROUP BY journal_id HAVING sum(amount) <> 0 OR count(*) < 2""",
    "a wallet that is not the sum of its postings": """
        SELECT w.account_id FROM wallets w LEFT JOIN postings p
          USING (tenant_id, account_id) WHERE tenant_id = :tenant
        GROUP BY w.account_id, w.balance HAVING w.balance <> coalesce(sum(p.amount), 0)
          OR w.balance < 0""",
    "a line that does not follow from the one before": """
        SELECT 1 FROM (
          SELECT p.balance_after, p.amount, lag(p.balance_after, 1, 0::bigint) OVER (
            PARTITION BY p.account_id ORDER BY p.posted_at) AS before
          FROM postings p JOIN wallets w USING (tenant_id, account_id)
          WHERE tenant_id = :tenant) lines
        WHERE balance_after <> before + amount""",
    "a top-up credited with other money than was paid for it": """
        SELECT t.topup_id FROM topups t LEFT JOIN gateway_payments g
          ON g.tenant_id = t.tenant_id AND g.topup_id = t.topup_id
         AND g.state = 'CREDITED'
        WHERE t.tenant_id = :tenant
        GROUP BY t.topup_id, t.credited, t.refunded
        HAVING t.credited <> coalesce(sum(g.amount), 0) OR t.refunded > t.credited""",
    "a payment that came in other than once": """
        SELECT g.gateway_txn_id FROM gateway_payments g
        LEFT JOIN postings p USING (tenant_id, journal_id)
        WHERE tenant_id = :tenant
        GROUP BY g.gateway_account_id, g.gateway_txn_id, g.amount
        HAVING g.amount <> coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0)""",
    "documents that the ledger does not bear out": """
        WITH told AS (
          SELECT coalesce(sum(CASE kind WHEN 'INVOICE' THEN net ELSE -net END), 0) net,
                 coalesce(sum(CASE kind WHEN 'INVOICE' THEN vat ELSE -vat END), 0) vat
          FROM documents WHERE tenant_id = :tenant),
        posted AS (
          SELECT coalesce(sum(p.amount) FILTER (WHERE a.kind = 'REVENUE'), 0) net,
                 coalesce(sum(p.amount) FILTER (WHERE a.kind = 'OUTPUT_VAT'), 0) vat
          FROM postings p JOIN accounts a USING (tenant_id, account_id)
          WHERE tenant_id = :tenant)
        SELECT * FROM told, posted
        WHERE told.net <> posted.net OR told.vat <> posted.vat""",
    "an invoice of which more was taken back than it charged": """
        SELECT i.number FROM documents i JOIN documents c
          ON c.tenant_id = i.tenant_id AND c.cites_id = i.document_id
        WHERE i.tenant_id = :tenant GROUP BY i.tenant_id, i.document_id
        HAVING sum(c.total) > i.total OR sum(c.vat) > i.vat OR sum(c.net) > i.net
          OR sum(c.granted) > i.granted
          OR (sum(c.total) = i.total AND sum(c.vat) <> i.vat)""",
    "a series with a gap": """
        SELECT branch, year, kind FROM document_counters
        WHERE tenant_id = :tenant AND last <> (
          SELECT count(*) FROM documents d WHERE d.tenant_id = :tenant
            AND (d.branch, d.year, d.kind) = (document_counters.branch,
              document_counters.year, document_counters.kind)
            AND right(d.number, 6)::integer BETWEEN 1 AND last)""",
    "a grant whose rest is not what nobody spent": """
        SELECT g.grant_id FROM grants g LEFT JOIN grant_uses u
          USING (tenant_id, grant_id) WHERE tenant_id = :tenant
        GROUP BY tenant_id, grant_id
        HAVING g.remaining <> CASE WHEN g.expired_at IS NOT NULL THEN 0
          ELSE g.amount - coalesce(sum(u.amount), 0) END""",
    "granted credit that the ledger does not hold": """
        SELECT a.owner_id FROM accounts a
        LEFT JOIN postings p USING (tenant_id, account_id)
        WHERE tenant_id = :tenant AND a.kind = 'GRANTED'
        GROUP BY tenant_id, a.owner_id HAVING coalesce(sum(p.amount), 0) <> (
          SELECT coalesce(sum(g.remaining), 0) FROM grants g
          WHERE g.tenant_id = :tenant AND g.user_id = a.owner_id)""",
    "more refunded by the gateway than was paid": """
        SELECT gateway_txn_id FROM gateway_payments
        WHERE tenant_id = :tenant AND refunded > amount""",
}


def sums(engine, tenant):
    """Return {(kind, currency): satang} of every account kind that is not at zero."""
    with tenant_transaction(engine, tenant) as session:
        rows = session.execute(_SUMS, {"tenant": tenant}).all()
    return {(row.kind, row.currency): row.total for row in rows}


def check(engine, tenant):
    """Fail where the books say what cannot be; return their sums."""
    found = sums(engine, tenant)
    by_currency = Counter()
    for (_kind, currency), total in found.items():
        by_currency[currency] += total
    assert not any(by_currency.values()), by_currency
    with tenant_transaction(engine, tenant) as session:
        for what, query in _IMPOSSIBLE.items():
            wrong = session.execute(text(query), {"tenant": tenant}).all()
            assert wrong == [], what
    return found


def rows(engine, tenant, query, **values):
    """Return the rows of a query as the tenant sees them."""
    with tenant_transaction(engine, tenant) as session:
        return session.execute(text(query), values).all()


def scalars(engine, tenant, query, **values):
    """Return the first column of a query's rows."""
    return [row[0] for row in rows(engine, tenant, query, **values)]
