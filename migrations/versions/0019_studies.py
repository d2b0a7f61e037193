"""Studies beside runs: what was asked, their chunks, what they found; runs examined."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# A study is a row like a run's: it takes one of its user's places, and is listed,
# cancelled and removed in the same way.
STUDIES = """
ALTER TABLE backtests
  ADD COLUMN kind text NOT NULL DEFAULT 'RUN',
  ADD COLUMN parent_id uuid,
  ADD COLUMN studied jsonb,
  ADD COLUMN findings jsonb,
  ADD COLUMN trust jsonb,
  ADD COLUMN chunks integer NOT NULL DEFAULT 0,
  ADD COLUMN chunks_done integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT fk_backtests_tenant_id_parent_id
    FOREIGN KEY (tenant_id, parent_id) REFERENCES backtests (tenant_id, backtest_id),
  ADD CONSTRAINT ck_backtests_kind CHECK
    (kind IN ('RUN', 'OPTIMISATION', 'WALK_FORWARD', 'MONTE_CARLO', 'RERUN')),
  ADD CONSTRAINT ck_backtests_chunks
    CHECK (chunks_done >= 0 AND chunks_done <= chunks),
  DROP CONSTRAINT ck_backtests_certificate,
  ADD CONSTRAINT ck_backtests_certificate CHECK
    (certificate IS NULL AND (kind <> 'RUN' OR status <> 'COMPLETED')
      OR certificate IS NOT NULL AND status = 'COMPLETED');
GRANT UPDATE (findings, trust, chunks_done) ON backtests TO abtpro_app;

CREATE TABLE backtest_chunks (
  tenant_id uuid NOT NULL REFERENCES tenants,
  backtest_id uuid NOT NULL,
  number integer NOT NULL,
  trials integer NOT NULL,
  digest text NOT NULL,
  done_at timestamptz NOT NULL,
  CONSTRAINT pk_backtest_chunks PRIMARY KEY (tenant_id, backtest_id, number),
  CONSTRAINT fk_backtest_chunks_tenant_id_backtest_id
    FOREIGN KEY (tenant_id, backtest_id) REFERENCES backtests (tenant_id, backtest_id),
  CONSTRAINT ck_backtest_chunks_number CHECK (number >= 0),
  CONSTRAINT ck_backtest_chunks_trials CHECK (trials >= 0)
);
SELECT own_by_tenant('backtest_chunks', 'SELECT, INSERT');

-- Exact decimals: the same trials have the same sums, in whatever order they end.
ALTER TABLE backtest_trials
  ADD COLUMN sharpes integer NOT NULL DEFAULT 0,
  ADD COLUMN sharpe_sum numeric NOT NULL DEFAULT 0,
  ADD COLUMN sharpe_square_sum numeric NOT NULL DEFAULT 0,
  ADD CONSTRAINT ck_backtest_trials_sharpes
    CHECK (sharpes >= 0 AND sharpes <= trials);
GRANT UPDATE (sharpes, sharpe_sum, sharpe_square_sum) ON backtest_trials TO abtpro_app;
"""

# A sweep must know which process a row has.
DUE = """
GRANT CREATE ON SCHEMA public TO abtpro_lookup;
DROP FUNCTION due_backtests(timestamptz, integer);
CREATE FUNCTION due_backtests(before timestamptz, row_limit integer)
RETURNS TABLE (tenant_id uuid, subject_id uuid, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT b.tenant_id, b.backtest_id, b.kind FROM public.backtests b
  WHERE b.admitted_at IS NOT NULL AND b.completed_at IS NULL AND b.seen_at < before
  ORDER BY b.seen_at LIMIT row_limit;
END;
ALTER FUNCTION due_backtests(timestamptz, integer) OWNER TO abtpro_lookup;
REVOKE ALL ON FUNCTION due_backtests(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_backtests(timestamptz, integer) TO abtpro_app;
REVOKE CREATE ON SCHEMA public FROM abtpro_lookup;
"""


def upgrade():
    op.execute(STUDIES)
    op.execute(DUE)
