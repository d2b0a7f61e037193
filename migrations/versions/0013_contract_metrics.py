"""What operators watch of contracts: how many stand how, and who is overdue.

Beside ``figures`` and in its form, so that the exporter asks both in one query.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

FIGURES = """
GRANT CREATE ON SCHEMA public TO abtpro_lookup;
GRANT EXECUTE ON FUNCTION contract_status(boolean, timestamptz, timestamptz,
  timestamptz, timestamptz, timestamptz) TO abtpro_lookup;

CREATE FUNCTION contract_figures(at timestamptz)
RETURNS TABLE (metric text, tenant text, label text, figure double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT 'contracts', t.slug, c.status, sum(c.n)::float8
  FROM (SELECT tenant_id, count(*) AS n,
          public.contract_status(trial, period_end, grace_ends_at, cancelled_at,
            blocked_at, at) AS status
        FROM public.contracts WHERE closed_at IS NULL GROUP BY tenant_id, 3) c
  JOIN public.tenants t ON t.tenant_id = c.tenant_id GROUP BY t.slug, c.status
  UNION ALL
  SELECT 'contracts_overdue', '', '', count(*)::float8 FROM public.contracts
  WHERE review_at < at - interval '5 minutes'
  UNION ALL
  SELECT 'contracts_late', '', '',
    coalesce(extract(epoch FROM at - min(review_at)), 0)::float8
  FROM public.contracts WHERE review_at < at;
END;
ALTER FUNCTION contract_figures(timestamptz) OWNER TO abtpro_lookup;
REVOKE ALL ON FUNCTION contract_figures(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION contract_figures(timestamptz) TO abtpro_operator;
REVOKE CREATE ON SCHEMA public FROM abtpro_lookup;
"""


def upgrade():
    op.execute(FIGURES)
