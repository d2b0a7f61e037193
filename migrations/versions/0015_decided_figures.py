"""Figures that wait for what is still open, and leave out what nobody pays all month.

A top-up that can still be paid is neither paid nor unpaid, so it is counted apart. A
period of less than a day says nothing of a month: it counts 0 in MRR, and such periods
are counted apart, with what was paid for them.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# A month is the twelfth of 365 days: 2,628,000 s. Rounded half up, as pages round.
MONTHLY = """
CREATE OR REPLACE FUNCTION monthly_price(amount bigint, period interval) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT {price}
  FROM (SELECT (extract(year FROM period) * 12 + extract(month FROM period)) * 2628000
      + extract(day FROM period) * 86400 + extract(hour FROM period) * 3600
      + extract(minute FROM period) * 60 + extract(second FROM period) AS seconds) l;
END;
"""
EACH = "div(2 * 2628000 * amount::numeric + l.seconds, 2 * l.seconds)::bigint"
LASTING = f"CASE WHEN l.seconds < 86400 THEN 0 ELSE {EACH} END"

# By when it happened, as each journal and document says; postings tell when they were
# written. Credits are positive in the ledger, so revenue is what was earned.
MONEY = """
CREATE OR REPLACE FUNCTION money_figures(chosen uuid[], bounds timestamptz[])
RETURNS TABLE (tenant_id uuid, month integer, metric text, figure bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT a.tenant_id, width_bucket(j.occurred_at, bounds),
    CASE a.kind WHEN 'REVENUE' THEN 'revenue' ELSE 'vat' END, sum(p.amount)::bigint
  FROM accounts a
  JOIN postings p ON p.tenant_id = a.tenant_id AND p.account_id = a.account_id
  JOIN journals j ON j.tenant_id = p.tenant_id AND j.journal_id = p.journal_id
  WHERE a.tenant_id = ANY (chosen) AND a.kind IN ('REVENUE', 'OUTPUT_VAT')
    AND j.occurred_at >= bounds[1] AND j.occurred_at < bounds[cardinality(bounds)]
  GROUP BY 1, 2, 3
  UNION ALL
  SELECT d.tenant_id, width_bucket(d.issued_at, bounds),
    CASE d.kind WHEN 'INVOICE' THEN 'invoiced' ELSE 'credited' END, sum(d.net)::bigint
  FROM documents d
  WHERE d.tenant_id = ANY (chosen)
    AND d.issued_at >= bounds[1] AND d.issued_at < bounds[cardinality(bounds)]
  GROUP BY 1, 2, 3
  UNION ALL
  SELECT u.tenant_id, width_bucket(u.created_at, bounds), v.metric, sum(v.figure)::bigint
  FROM topups u CROSS JOIN LATERAL (VALUES ('topups', 1), {sides}) v (metric, figure)
  WHERE u.tenant_id = ANY (chosen)
    AND u.created_at >= bounds[1] AND u.created_at < bounds[cardinality(bounds)]
  GROUP BY 1, 2, 3;
END;
"""
PAID = "('topups_paid', (u.status = 'SUCCESS')::integer)"
WAITING = "('topups_waiting', (u.status = 'PENDING')::integer)"

SHORT = """
CREATE FUNCTION short_figures(chosen uuid[], bounds timestamptz[])
RETURNS TABLE (tenant_id uuid, month integer, metric text, figure bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT p.tenant_id, width_bucket(p.created_at, bounds), v.metric, sum(v.figure)::bigint
  FROM contract_periods p
  JOIN plans l ON l.tenant_id = p.tenant_id AND l.plan_id = p.plan_id
  CROSS JOIN LATERAL (VALUES ('short_periods', 1), ('short_paid', p.paid))
    v (metric, figure)
  WHERE p.tenant_id = ANY (chosen) AND p.paid > 0 AND p.billing <> 'YEARLY'
    AND l.period::interval < interval '1 day'
    AND p.created_at >= bounds[1] AND p.created_at < bounds[cardinality(bounds)]
  GROUP BY 1, 2, 3;
END;
REVOKE ALL ON FUNCTION short_figures(uuid[], timestamptz[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION short_figures(uuid[], timestamptz[]) TO abtpro_app, abtpro_lookup;
"""

ALL = """
CREATE OR REPLACE FUNCTION business_figures(
  chosen uuid[], bounds timestamptz[], at timestamptz)
RETURNS TABLE (tenant_id uuid, month integer, metric text, figure bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT f.tenant_id, f.month, f.metric, f.figure FROM renter_figures(chosen, bounds) f
  UNION ALL
  SELECT f.tenant_id, f.month, f.metric, f.figure FROM renewal_figures(chosen, bounds, at) f
  UNION ALL
  SELECT f.tenant_id, f.month, f.metric, f.figure FROM money_figures(chosen, bounds) f
  {short}
  UNION ALL
  SELECT f.tenant_id, f.month, f.metric, f.figure
  FROM enforcement_figures(chosen, bounds) f;
END;
"""
ALSO_SHORT = """UNION ALL
  SELECT f.tenant_id, f.month, f.metric, f.figure FROM short_figures(chosen, bounds) f"""


def upgrade():
    op.execute(MONTHLY.format(price=LASTING))
    op.execute(MONEY.format(sides=f"{PAID}, {WAITING}"))
    op.execute(SHORT)
    op.execute(ALL.format(short=ALSO_SHORT))
