"""The business figures: what contracts, top-ups and the ledger say of each month.

All is computed from what was written down when it happened, never from a contract's row,
so the figures of a month that is over stay. ``chosen`` are tenants; ``bounds`` are the
starts of months in a row and, last, the end of the last one or the present: month ``n``
is from ``bounds[n]`` until before ``bounds[n + 1]``. How things stood at a bound is how
they stood just before it. docs/figures.md says what each figure means.

The functions run with the rights of who asks: the application's role sees one tenant.
Operators have rights to none of these rows and ask through ``tenants_figures``,
which lets sums out and nothing else.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# A month is the twelfth of 365 days: 2,628,000 s. Rounded half up, as pages round.
MONTHLY = """
CREATE FUNCTION monthly_price(amount bigint, period interval) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT div(2 * 2628000 * amount::numeric + l.seconds, 2 * l.seconds)::bigint
  FROM (SELECT (extract(year FROM period) * 12 + extract(month FROM period)) * 2628000
      + extract(day FROM period) * 86400 + extract(hour FROM period) * 3600
      + extract(minute FROM period) * 60 + extract(second FROM period) AS seconds) l;
END;
"""

GRACE = """
CREATE FUNCTION grace_end(period_end timestamptz, grace_period text)
RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN (period_end AT TIME ZONE 'Asia/Bangkok' + grace_period::interval)
  AT TIME ZONE 'Asia/Bangkok';
"""

# From when until when a contract stood on which period, grace included: a period that is
# paid in grace counts from its payment, until which the one before it does. What a change
# took was for the rest of a period, so there the whole price tells what is paid a month.
SPANS = """
CREATE FUNCTION contract_spans(chosen uuid[])
RETURNS TABLE (tenant_id uuid, contract_id uuid, user_id uuid, since timestamptz,
  until timestamptz, period_end timestamptz, monthly bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT p.tenant_id, p.contract_id, c.user_id, p.since,
    least(p.left_at, p.next_since, grace_end(p.period_end, l.grace_period)),
    p.period_end,
    monthly_price(CASE p.kind WHEN 'CHANGE' THEN p.price ELSE p.paid END,
      CASE p.billing WHEN 'YEARLY' THEN interval '1 year' ELSE l.period::interval END)
  FROM (
    SELECT o.tenant_id, o.contract_id, o.period_end, o.plan_id, o.billing, o.kind,
      o.price, o.paid, o.left_at, greatest(o.period_start, o.created_at) AS since,
      lead(greatest(o.period_start, o.created_at)) OVER (
        PARTITION BY o.tenant_id, o.contract_id ORDER BY o.period_start) AS next_since
    FROM contract_periods o WHERE o.tenant_id = ANY (chosen)
  ) p
  JOIN contracts c ON c.tenant_id = p.tenant_id AND c.contract_id = p.contract_id
  JOIN plans l ON l.tenant_id = p.tenant_id AND l.plan_id = p.plan_id;
END;
"""

# BLOCKED by an admin; CANCELLED, which leaves what is paid for; CUT, which leaves nothing.
STOPS = """
CREATE FUNCTION contract_stops(chosen uuid[])
RETURNS TABLE (tenant_id uuid, contract_id uuid, kind text, since timestamptz,
  until timestamptz)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT e.tenant_id, e.contract_id,
    CASE WHEN e.detail ->> 'when' = 'now' THEN 'CUT' ELSE e.kind END,
    e.happened_at, e.until
  FROM (
    SELECT o.tenant_id, o.contract_id, o.kind, o.detail, o.happened_at,
      lead(o.happened_at) OVER (
        PARTITION BY o.tenant_id, o.contract_id, o.kind IN ('BLOCKED', 'UNBLOCKED')
        ORDER BY o.happened_at, o.event_id) AS until
    FROM contract_events o
    WHERE o.tenant_id = ANY (chosen)
      AND o.kind IN ('CANCELLED', 'RESUMED', 'BLOCKED', 'UNBLOCKED')
  ) e
  WHERE e.kind IN ('CANCELLED', 'BLOCKED');
END;

CREATE FUNCTION contract_standings(chosen uuid[], bounds timestamptz[])
RETURNS TABLE (tenant_id uuid, user_id uuid, bound integer, monthly bigint,
  paid_since timestamptz)
LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH spans AS MATERIALIZED (
    SELECT s.tenant_id, s.contract_id, s.user_id, s.since, s.until, s.period_end,
      s.monthly
    FROM contract_spans(chosen) s
  ), payers AS MATERIALIZED (
    SELECT s.tenant_id, s.user_id, min(s.since) AS since
    FROM spans s WHERE s.monthly > 0 GROUP BY s.tenant_id, s.user_id
  ), stops AS MATERIALIZED (
    SELECT x.tenant_id, x.contract_id, x.kind, x.since, x.until
    FROM contract_stops(chosen) x
  )
  SELECT s.tenant_id, s.user_id, b.n::integer, sum(s.monthly)::bigint, p.since
  FROM spans s
  JOIN unnest(bounds) WITH ORDINALITY b (at, n) ON s.since < b.at AND s.until >= b.at
  LEFT JOIN payers p ON p.tenant_id = s.tenant_id AND p.user_id = s.user_id
  WHERE NOT EXISTS (
    SELECT FROM stops x
    WHERE x.tenant_id = s.tenant_id AND x.contract_id = s.contract_id
      AND x.since < b.at AND (x.until IS NULL OR x.until >= b.at)
      AND (x.kind <> 'CANCELLED' OR s.period_end < b.at))
  GROUP BY s.tenant_id, s.user_id, b.n, p.since;
END;
"""

# A cohort is by the month of the first contract; ``kept_3`` had access three months on.
RENTERS = """
CREATE FUNCTION renter_figures(chosen uuid[], bounds timestamptz[])
RETURNS TABLE (tenant_id uuid, month integer, metric text, figure bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH standings AS MATERIALIZED (
    SELECT s.tenant_id, s.user_id, s.bound, s.monthly, s.paid_since
    FROM contract_standings(chosen, bounds) s
  ), newcomers AS (
    SELECT c.tenant_id, c.user_id, width_bucket(min(c.created_at), bounds) AS month
    FROM contracts c WHERE c.tenant_id = ANY (chosen) GROUP BY c.tenant_id, c.user_id
  ), moves AS (
    SELECT coalesce(a.tenant_id, b.tenant_id) AS tenant_id,
      coalesce(a.bound - 1, b.bound) AS month,
      coalesce(a.paid_since, b.paid_since) AS paid_since,
      coalesce(b.monthly, 0) AS was, coalesce(a.monthly, 0) AS became,
      b.user_id IS NOT NULL AS had, a.user_id IS NOT NULL AS has
    FROM standings a FULL JOIN standings b ON b.tenant_id = a.tenant_id
      AND b.user_id = a.user_id AND b.bound = a.bound - 1
  ), sums AS (
    SELECT m.tenant_id, m.month, sum(m.was) AS opening, sum(m.became) AS closing,
      sum(m.became - m.was) FILTER (WHERE m.paid_since >= bounds[m.month]) AS started,
      sum(m.became - m.was) FILTER (
        WHERE m.paid_since < bounds[m.month] AND NOT m.had) AS came_back,
      sum(m.became - m.was) FILTER (
        WHERE m.paid_since < bounds[m.month] AND m.had AND m.became > m.was) AS grew,
      sum(m.was - m.became) FILTER (WHERE m.has AND m.became < m.was) AS shrank,
      sum(m.was - m.became) FILTER (WHERE NOT m.has) AS left,
      count(*) FILTER (WHERE m.became > 0) AS paying,
      count(*) FILTER (WHERE m.has) AS with_access
    FROM moves m WHERE m.month BETWEEN 1 AND cardinality(bounds) - 1
    GROUP BY m.tenant_id, m.month
  )
  SELECT s.tenant_id, s.month, v.metric, coalesce(v.figure, 0)::bigint
  FROM sums s CROSS JOIN LATERAL (VALUES ('opening', s.opening), ('new', s.started),
    ('reactivation', s.came_back), ('expansion', s.grew), ('contraction', s.shrank),
    ('churn', s.left), ('closing', s.closing), ('paying', s.paying),
    ('with_access', s.with_access)) v (metric, figure)
  UNION ALL
  SELECT n.tenant_id, n.month, 'began', count(*) FROM newcomers n
  WHERE n.month BETWEEN 1 AND cardinality(bounds) - 1 GROUP BY n.tenant_id, n.month
  UNION ALL
  SELECT n.tenant_id, n.month, 'kept_' || (s.bound - n.month - 1), count(*)
  FROM newcomers n JOIN standings s
    ON s.tenant_id = n.tenant_id AND s.user_id = n.user_id AND s.bound > n.month + 1
  WHERE n.month >= 1 GROUP BY n.tenant_id, n.month, s.bound;
END;
"""

# A period comes due when it ends, also by a cancellation; free time prolongs the one
# before it, and what a change left is not due. Trials are not: nothing was paid yet.
RENEWALS = """
CREATE FUNCTION renewal_figures(chosen uuid[], bounds timestamptz[], at timestamptz)
RETURNS TABLE (tenant_id uuid, month integer, metric text, figure bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH stops AS MATERIALIZED (
    SELECT x.tenant_id, x.contract_id, min(x.since) FILTER (WHERE x.kind = 'CUT') AS cut,
      bool_or(x.kind <> 'BLOCKED' AND x.until IS NULL) AS cancelled
    FROM contract_stops(chosen) x GROUP BY x.tenant_id, x.contract_id
  ), periods AS (
    SELECT p.tenant_id, p.contract_id, p.period_start, p.period_end, p.plan_id,
      p.left_at, lead(p.kind) OVER w AS next_kind, lead(p.created_at) OVER w AS next_made,
      lead(p.period_start) OVER w AS next_start,
      bool_or(p.kind IN ('START', 'RENEWAL', 'CHANGE'))
        OVER (w ROWS UNBOUNDED PRECEDING) AS is_paid
    FROM contract_periods p WHERE p.tenant_id = ANY (chosen)
    WINDOW w AS (PARTITION BY p.tenant_id, p.contract_id ORDER BY p.period_start)
  ), ends AS (
    SELECT p.tenant_id, width_bucket(least(p.period_end, s.cut), bounds) AS month,
      p.next_kind, p.next_start, p.period_end, s.cut, s.cancelled,
      grace_end(p.period_end, l.grace_period) AS grace_end, p.next_made
    FROM periods p
    JOIN plans l ON l.tenant_id = p.tenant_id AND l.plan_id = p.plan_id
    LEFT JOIN stops s ON s.tenant_id = p.tenant_id AND s.contract_id = p.contract_id
    WHERE p.left_at IS NULL AND p.is_paid
      AND (s.cut IS NULL OR p.period_start < s.cut)
  ), dues AS (
    SELECT e.tenant_id, e.month, e.cut IS NULL OR e.cut > e.period_end AS goes_on,
      e.next_kind = 'RENEWAL' AND e.next_made < e.grace_end AS is_renewed,
      e.next_kind = 'EXTENSION' AND e.next_start = e.period_end AS is_prolonged,
      e.cancelled IS TRUE OR e.grace_end <= at AS is_over
    FROM ends e WHERE e.month BETWEEN 1 AND cardinality(bounds) - 1
  ), sums AS (
    SELECT d.tenant_id, d.month, count(*) AS due,
      count(*) FILTER (WHERE d.goes_on AND d.is_renewed) AS renewed,
      count(*) FILTER (WHERE d.goes_on AND d.is_renewed IS NOT TRUE AND NOT d.is_over)
        AS waiting
    FROM dues d WHERE (d.goes_on AND d.is_prolonged) IS NOT TRUE
    GROUP BY d.tenant_id, d.month
  )
  SELECT s.tenant_id, s.month, v.metric, v.figure
  FROM sums s CROSS JOIN LATERAL (VALUES ('due', s.due), ('renewed', s.renewed),
    ('waiting', s.waiting)) v (metric, figure);
END;
"""

# By when it happened, as each journal and document says; postings tell when they were
# written. Credits are positive in the ledger, so revenue is what was earned.
MONEY = """
CREATE FUNCTION money_figures(chosen uuid[], bounds timestamptz[])
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
  FROM topups u CROSS JOIN LATERAL (VALUES ('topups', 1),
    ('topups_paid', (u.status = 'SUCCESS')::integer)) v (metric, figure)
  WHERE u.tenant_id = ANY (chosen)
    AND u.created_at >= bounds[1] AND u.created_at < bounds[cardinality(bounds)]
  GROUP BY 1, 2, 3;
END;
"""

# In milliseconds; month 0 is all of them together, for a median cannot be summed.
ENFORCEMENT = """
CREATE FUNCTION enforcement_figures(chosen uuid[], bounds timestamptz[])
RETURNS TABLE (tenant_id uuid, month integer, metric text, figure bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH events AS (
    SELECT e.tenant_id, width_bucket(e.happened_at, bounds) AS month, e.contract_id,
      e.kind = 'MISSED' AS is_missed,
      round(extract(epoch FROM e.recorded_at - e.happened_at) * 1000)::bigint AS lag
    FROM contract_events e
    WHERE e.tenant_id = ANY (chosen) AND e.kind IN ('GRACE_BEGAN', 'SUSPENDED', 'MISSED')
      AND e.happened_at >= bounds[1] AND e.happened_at < bounds[cardinality(bounds)]
  ), sums AS (
    SELECT e.tenant_id, coalesce(e.month, 0) AS month,
      count(*) FILTER (WHERE NOT e.is_missed) AS enforced,
      percentile_disc(0.5) WITHIN GROUP (ORDER BY e.lag)
        FILTER (WHERE NOT e.is_missed) AS median,
      percentile_disc(0.99) WITHIN GROUP (ORDER BY e.lag)
        FILTER (WHERE NOT e.is_missed) AS p99,
      max(e.lag) FILTER (WHERE NOT e.is_missed) AS longest,
      count(DISTINCT e.contract_id) FILTER (WHERE e.is_missed) AS missed
    FROM events e GROUP BY GROUPING SETS ((e.tenant_id, e.month), (e.tenant_id))
  )
  SELECT s.tenant_id, s.month, v.metric, v.figure
  FROM sums s CROSS JOIN LATERAL (VALUES ('enforced', s.enforced),
    ('lag_median', s.median), ('lag_p99', s.p99), ('lag_longest', s.longest),
    ('missed', s.missed)) v (metric, figure)
  WHERE v.figure IS NOT NULL;
END;
"""

ALL = """
CREATE FUNCTION business_figures(chosen uuid[], bounds timestamptz[], at timestamptz)
RETURNS TABLE (tenant_id uuid, month integer, metric text, figure bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT f.tenant_id, f.month, f.metric, f.figure FROM renter_figures(chosen, bounds) f
  UNION ALL
  SELECT f.tenant_id, f.month, f.metric, f.figure FROM renewal_figures(chosen, bounds, at) f
  UNION ALL
  SELECT f.tenant_id, f.month, f.metric, f.figure FROM money_figures(chosen, bounds) f
  UNION ALL
  SELECT f.tenant_id, f.month, f.metric, f.figure
  FROM enforcement_figures(chosen, bounds) f;
END;
"""

RIGHTS = """
DO $$ DECLARE made regprocedure; BEGIN
  FOR made IN SELECT unnest(ARRAY['monthly_price(bigint, interval)',
    'grace_end(timestamptz, text)', 'contract_spans(uuid[])', 'contract_stops(uuid[])',
    'contract_standings(uuid[], timestamptz[])', 'renter_figures(uuid[], timestamptz[])',
    'renewal_figures(uuid[], timestamptz[], timestamptz)',
    'money_figures(uuid[], timestamptz[])', 'enforcement_figures(uuid[], timestamptz[])',
    'business_figures(uuid[], timestamptz[], timestamptz)'
  ]::regprocedure[]) LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', made);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO abtpro_app, abtpro_lookup', made);
  END LOOP;
END $$;
"""

WAYS_IN = """
CREATE POLICY lookup ON contract_periods FOR SELECT TO abtpro_lookup USING (true);
CREATE POLICY lookup ON contract_events FOR SELECT TO abtpro_lookup USING (true);
CREATE POLICY lookup ON plans FOR SELECT TO abtpro_lookup USING (true);
CREATE POLICY lookup ON documents FOR SELECT TO abtpro_lookup USING (true);
CREATE POLICY lookup ON accounts FOR SELECT TO abtpro_lookup USING (true);
CREATE POLICY lookup ON journals FOR SELECT TO abtpro_lookup USING (true);
CREATE POLICY lookup ON postings FOR SELECT TO abtpro_lookup USING (true);
GRANT SELECT ON contract_periods, contract_events TO abtpro_lookup;
GRANT SELECT (tenant_id, plan_id, period, grace_period) ON plans TO abtpro_lookup;
GRANT SELECT (tenant_id, kind, net, issued_at) ON documents TO abtpro_lookup;
GRANT SELECT (tenant_id, account_id, kind) ON accounts TO abtpro_lookup;
GRANT SELECT (tenant_id, journal_id, occurred_at) ON journals TO abtpro_lookup;
GRANT SELECT (tenant_id, journal_id, account_id, amount) ON postings TO abtpro_lookup;
GRANT CREATE ON SCHEMA public TO abtpro_lookup;

CREATE FUNCTION tenants_figures(chosen uuid[], bounds timestamptz[], at timestamptz)
RETURNS TABLE (tenant_id uuid, month integer, metric text, figure bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT f.tenant_id, f.month, f.metric, f.figure
  FROM public.business_figures(chosen, bounds, at) f;
END;

ALTER FUNCTION tenants_figures(uuid[], timestamptz[], timestamptz) OWNER TO abtpro_lookup;
REVOKE ALL ON FUNCTION tenants_figures(uuid[], timestamptz[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_figures(uuid[], timestamptz[], timestamptz) TO abtpro_operator;
REVOKE CREATE ON SCHEMA public FROM abtpro_lookup;
"""


def upgrade():
    for part in (MONTHLY, GRACE, SPANS, STOPS, RENTERS, RENEWALS, MONEY, ENFORCEMENT, ALL):
        op.execute(part)
    op.execute(RIGHTS)
    op.execute(WAYS_IN)
