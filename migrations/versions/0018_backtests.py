"""Backtests: what was ordered, where each run stands, what came out; trials counted."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

RUNS = """
CREATE TABLE backtests (
  tenant_id uuid NOT NULL REFERENCES tenants,
  backtest_id uuid NOT NULL,
  user_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'PENDING',
  progress smallint NOT NULL DEFAULT 0,
  strategy text NOT NULL,
  symbols text[] NOT NULL,
  timeframe text NOT NULL,
  engine text NOT NULL,
  ordered jsonb NOT NULL,
  series jsonb NOT NULL,
  fingerprint text NOT NULL,
  metrics jsonb,
  undefined jsonb,
  certified jsonb,
  certificate text,
  error_code text,
  error text,
  created_at timestamptz NOT NULL,
  admitted_at timestamptz,
  started_at timestamptz,
  seen_at timestamptz NOT NULL,
  completed_at timestamptz,
  removed_at timestamptz,
  CONSTRAINT pk_backtests PRIMARY KEY (tenant_id, backtest_id),
  CONSTRAINT fk_backtests_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id),
  CONSTRAINT ck_backtests_status
    CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')),
  CONSTRAINT ck_backtests_engine CHECK (engine IN ('compiled', 'backtrader')),
  CONSTRAINT ck_backtests_progress CHECK (progress BETWEEN 0 AND 100),
  CONSTRAINT ck_backtests_certificate
    CHECK ((status = 'COMPLETED') = (certificate IS NOT NULL)),
  CONSTRAINT ck_backtests_completed_at
    CHECK ((status IN ('COMPLETED', 'FAILED', 'CANCELLED'))
      = (completed_at IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX ix_backtests_shown ON backtests (tenant_id, user_id, backtest_id)
  WHERE removed_at IS NULL;
CREATE INDEX ix_backtests_open ON backtests (tenant_id, user_id, backtest_id)
  WHERE completed_at IS NULL;
CREATE INDEX ix_backtests_seen_at ON backtests (seen_at)
  WHERE admitted_at IS NOT NULL AND completed_at IS NULL;
CREATE INDEX ix_backtests_certificate ON backtests (certificate)
  WHERE certificate IS NOT NULL;
SELECT own_by_tenant('backtests', 'SELECT, INSERT');
GRANT UPDATE (status, progress, series, fingerprint, metrics, undefined, certified,
  certificate, error_code, error, admitted_at, started_at, seen_at, completed_at,
  removed_at) ON backtests TO abtpro_app;

-- What was tried stays tried: nothing takes a count back.
CREATE TABLE backtest_trials (
  tenant_id uuid NOT NULL REFERENCES tenants,
  user_id uuid NOT NULL,
  fingerprint text NOT NULL,
  trials integer NOT NULL,
  last_at timestamptz NOT NULL,
  CONSTRAINT pk_backtest_trials PRIMARY KEY (tenant_id, user_id, fingerprint),
  CONSTRAINT fk_backtest_trials_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id),
  CONSTRAINT ck_backtest_trials_trials CHECK (trials > 0)
);
SELECT own_by_tenant('backtest_trials', 'SELECT, INSERT');
GRANT UPDATE (trials, last_at) ON backtest_trials TO abtpro_app;
"""

# Whoever knows a certificate may see what it certifies, wherever it was made: neither
# whose run it was nor which tenant's. A sweep sees ids alone.
WAYS_IN = """
CREATE POLICY lookup ON backtests FOR SELECT TO abtpro_lookup USING (true);
GRANT SELECT ON backtests TO abtpro_lookup;
GRANT CREATE ON SCHEMA public TO abtpro_lookup;

CREATE FUNCTION find_certificate(asked text)
RETURNS TABLE (certified jsonb, metrics jsonb, simulated boolean,
  first_at timestamptz, runs bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT b.certified, b.metrics, b.series @> '[{"simulated": true}]'::jsonb,
    b.completed_at, count(*) OVER ()
  FROM public.backtests b
  WHERE b.certificate = asked AND b.certificate IS NOT NULL
  ORDER BY b.completed_at LIMIT 1;
END;
ALTER FUNCTION find_certificate(text) OWNER TO abtpro_lookup;
REVOKE ALL ON FUNCTION find_certificate(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_certificate(text) TO abtpro_app;

CREATE FUNCTION due_backtests(before timestamptz, row_limit integer)
RETURNS TABLE (tenant_id uuid, subject_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT b.tenant_id, b.backtest_id FROM public.backtests b
  WHERE b.admitted_at IS NOT NULL AND b.completed_at IS NULL AND b.seen_at < before
  ORDER BY b.seen_at LIMIT row_limit;
END;
ALTER FUNCTION due_backtests(timestamptz, integer) OWNER TO abtpro_lookup;
REVOKE ALL ON FUNCTION due_backtests(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_backtests(timestamptz, integer) TO abtpro_app;
REVOKE CREATE ON SCHEMA public FROM abtpro_lookup;
"""


def upgrade():
    op.execute(RUNS)
    op.execute(WAYS_IN)
