"""Certificates computed again: what the latest rerun showed, and whose run it is."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

RERUNS = """
CREATE INDEX ix_backtests_reruns ON backtests (tenant_id, parent_id)
  WHERE kind = 'RERUN';

GRANT CREATE ON SCHEMA public TO abtpro_lookup;
DROP FUNCTION find_certificate(text);
CREATE FUNCTION find_certificate(asked text)
RETURNS TABLE (certified jsonb, metrics jsonb, simulated boolean,
  first_at timestamptz, runs bigint, rerun jsonb, rerun_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT b.certified, b.metrics, b.series @> '[{"simulated": true}]'::jsonb,
    b.completed_at, count(*) OVER (), latest.findings, latest.completed_at
  FROM public.backtests b
  LEFT JOIN LATERAL (
    SELECT r.findings, r.completed_at
    FROM public.backtests o JOIN public.backtests r
      ON r.tenant_id = o.tenant_id AND r.parent_id = o.backtest_id
    WHERE o.certificate = asked AND r.kind = 'RERUN' AND r.status = 'COMPLETED'
    ORDER BY r.completed_at DESC LIMIT 1
  ) latest ON true
  WHERE b.certificate = asked AND b.certificate IS NOT NULL
  ORDER BY b.completed_at LIMIT 1;
END;
ALTER FUNCTION find_certificate(text) OWNER TO abtpro_lookup;
REVOKE ALL ON FUNCTION find_certificate(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_certificate(text) TO abtpro_app;

CREATE FUNCTION find_certified_run(asked text)
RETURNS TABLE (tenant_id uuid, subject_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT b.tenant_id, b.backtest_id FROM public.backtests b
  WHERE b.certificate = asked AND b.certificate IS NOT NULL
  ORDER BY b.removed_at IS NOT NULL, b.completed_at DESC LIMIT 1;
END;
ALTER FUNCTION find_certified_run(text) OWNER TO abtpro_lookup;
REVOKE ALL ON FUNCTION find_certified_run(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_certified_run(text) TO abtpro_app;
REVOKE CREATE ON SCHEMA public FROM abtpro_lookup;
"""


def upgrade():
    op.execute(RERUNS)
