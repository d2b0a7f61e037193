"""Series of candles, a trader's own or the tenant's, and the imports that make them."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SERIES = """
CREATE TABLE market_series (
  tenant_id uuid NOT NULL REFERENCES tenants,
  series_id uuid NOT NULL,
  owner_id uuid,
  exchange text NOT NULL,
  symbol text NOT NULL,
  timeframe text NOT NULL,
  simulated boolean NOT NULL DEFAULT false,
  location text NOT NULL,
  fingerprint text NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  rows integer NOT NULL,
  passport jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT pk_market_series PRIMARY KEY (tenant_id, series_id),
  CONSTRAINT uq_market_series_tenant_id_owner_id_exchange_symbol_timeframe
    UNIQUE NULLS NOT DISTINCT (tenant_id, owner_id, exchange, symbol, timeframe),
  CONSTRAINT fk_market_series_tenant_id_owner_id
    FOREIGN KEY (tenant_id, owner_id) REFERENCES users (tenant_id, user_id),
  CONSTRAINT ck_market_series_span CHECK (rows > 0 AND ends_at > starts_at),
  CONSTRAINT ck_market_series_simulated CHECK (simulated OR exchange <> 'simulated')
);
SELECT own_by_tenant('market_series', 'SELECT, INSERT');
GRANT UPDATE (simulated, location, fingerprint, starts_at, ends_at, rows, passport,
  updated_at) ON market_series TO abtpro_app;
"""

IMPORTS = """
CREATE TABLE market_imports (
  tenant_id uuid NOT NULL REFERENCES tenants,
  import_id uuid NOT NULL,
  user_id uuid NOT NULL,
  owner_id uuid,
  kind text NOT NULL,
  exchange text NOT NULL,
  symbol text NOT NULL,
  timeframe text NOT NULL,
  starts_at timestamptz,
  ends_at timestamptz,
  next_at timestamptz,
  upload text,
  status text NOT NULL DEFAULT 'PENDING',
  progress smallint NOT NULL DEFAULT 0,
  rows integer NOT NULL DEFAULT 0,
  quarantined integer NOT NULL DEFAULT 0,
  findings jsonb NOT NULL DEFAULT '{}',
  series_id uuid,
  faults integer NOT NULL DEFAULT 0,
  error_code text,
  error text,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  CONSTRAINT pk_market_imports PRIMARY KEY (tenant_id, import_id),
  CONSTRAINT fk_market_imports_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id),
  CONSTRAINT fk_market_imports_tenant_id_owner_id
    FOREIGN KEY (tenant_id, owner_id) REFERENCES users (tenant_id, user_id),
  CONSTRAINT fk_market_imports_tenant_id_series_id
    FOREIGN KEY (tenant_id, series_id) REFERENCES market_series (tenant_id, series_id),
  CONSTRAINT ck_market_imports_kind CHECK (kind IN ('EXCHANGE', 'FILE')),
  CONSTRAINT ck_market_imports_status CHECK (status IN ('PENDING', 'RUNNING',
    'COMPLETED', 'FAILED', 'CANCELLED')),
  CONSTRAINT ck_market_imports_progress CHECK (progress BETWEEN 0 AND 100),
  CONSTRAINT ck_market_imports_rows CHECK (rows >= 0 AND quarantined >= 0),
  CONSTRAINT ck_market_imports_series
    CHECK ((status = 'COMPLETED') <= (series_id IS NOT NULL)),
  CONSTRAINT ck_market_imports_finished_at
    CHECK ((status IN ('COMPLETED', 'FAILED', 'CANCELLED'))
      = (finished_at IS NOT NULL))
);
CREATE INDEX ix_market_imports_open ON market_imports (tenant_id, user_id)
  WHERE finished_at IS NULL;
CREATE INDEX ix_market_imports_shown
  ON market_imports (tenant_id, user_id, import_id);
SELECT own_by_tenant('market_imports', 'SELECT, INSERT');
GRANT UPDATE (next_at, upload, status, progress, rows, quarantined, findings, series_id,
  faults, error_code, error, finished_at) ON market_imports TO abtpro_app;
"""


def upgrade():
    op.execute(SERIES)
    op.execute(IMPORTS)
