"""PromptPay top-ups: gateway accounts, what gateways said, what was paid, refunds."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ACCOUNTS = """
CREATE TABLE gateway_accounts (
  tenant_id uuid NOT NULL REFERENCES tenants,
  gateway_account_id uuid NOT NULL,
  driver text NOT NULL,
  merchant_id text NOT NULL,
  base_url text NOT NULL,
  biller_id text,
  promptpay_id text,
  promptpay_kind text,
  sealed_secrets bytea[] NOT NULL,
  least bigint NOT NULL,
  most bigint NOT NULL,
  qr_life_s integer NOT NULL,
  hints boolean NOT NULL DEFAULT false,
  clearing_id uuid NOT NULL,
  active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL,
  CONSTRAINT pk_gateway_accounts PRIMARY KEY (tenant_id, gateway_account_id),
  CONSTRAINT uq_gateway_accounts_merchant_id UNIQUE (merchant_id),
  CONSTRAINT fk_gateway_accounts_tenant_id_clearing_id
    FOREIGN KEY (tenant_id, clearing_id) REFERENCES accounts (tenant_id, account_id),
  CONSTRAINT ck_gateway_accounts_biller CHECK (biller_id ~ '^[0-9]{15}$'),
  CONSTRAINT ck_gateway_accounts_limits CHECK (least > 0 AND most >= least),
  CONSTRAINT ck_gateway_accounts_life CHECK (qr_life_s > 0),
  CONSTRAINT ck_gateway_accounts_promptpay
    CHECK ((promptpay_id IS NULL) = (promptpay_kind IS NULL)),
  CONSTRAINT ck_gateway_accounts_promptpay_kind
    CHECK (promptpay_kind IN ('PHONE', 'NATIONAL_ID', 'EWALLET'))
);
COMMENT ON CONSTRAINT uq_gateway_accounts_merchant_id ON gateway_accounts IS
  'global: a notice names its merchant before any tenant is known';
CREATE UNIQUE INDEX uq_gateway_accounts_active
  ON gateway_accounts (tenant_id) WHERE active;
SELECT own_by_tenant('gateway_accounts', 'SELECT, INSERT, UPDATE');
"""

TOPUPS = """
CREATE TABLE topups (
  tenant_id uuid NOT NULL REFERENCES tenants,
  topup_id uuid NOT NULL,
  user_id uuid NOT NULL,
  wallet_id uuid NOT NULL,
  gateway_account_id uuid NOT NULL,
  reference text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL DEFAULT 'THB',
  description text NOT NULL,
  status text NOT NULL DEFAULT 'PENDING',
  flags text[] NOT NULL DEFAULT '{}',
  qr_payload text,
  credited bigint NOT NULL DEFAULT 0,
  refunded bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  completed_at timestamptz,
  told_at timestamptz,
  registered_at timestamptz,
  withdrawn_at timestamptz,
  inquired_at timestamptz,
  event_at timestamptz,
  told_flags text[] NOT NULL DEFAULT '{}',
  CONSTRAINT pk_topups PRIMARY KEY (tenant_id, topup_id),
  CONSTRAINT uq_topups_tenant_id_gateway_account_id_reference
    UNIQUE (tenant_id, gateway_account_id, reference),
  CONSTRAINT fk_topups_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id),
  CONSTRAINT fk_topups_tenant_id_wallet_id
    FOREIGN KEY (tenant_id, wallet_id) REFERENCES wallets (tenant_id, account_id),
  CONSTRAINT fk_topups_tenant_id_gateway_account_id
    FOREIGN KEY (tenant_id, gateway_account_id)
    REFERENCES gateway_accounts (tenant_id, gateway_account_id),
  CONSTRAINT ck_topups_status
    CHECK (status IN ('PENDING', 'SUCCESS', 'FAILED', 'EXPIRED', 'CANCELLED')),
  CONSTRAINT ck_topups_amount CHECK (amount > 0),
  CONSTRAINT ck_topups_refunded CHECK (refunded BETWEEN 0 AND credited),
  CONSTRAINT ck_topups_credited CHECK (status = 'SUCCESS' OR credited = 0)
) WITH (fillfactor = 70);
CREATE INDEX ix_topups_tenant_id_user_id_created_at
  ON topups (tenant_id, user_id, created_at);
CREATE INDEX ix_topups_open ON topups (expires_at) WHERE status = 'PENDING';
SELECT own_by_tenant('topups', 'SELECT, INSERT, UPDATE');
"""

SAID = """
CREATE TABLE gateway_payments (
  tenant_id uuid NOT NULL REFERENCES tenants,
  gateway_account_id uuid NOT NULL,
  gateway_txn_id text NOT NULL,
  topup_id uuid,
  reference text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  paid_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  source text NOT NULL,
  state text NOT NULL,
  reason text,
  journal_id uuid NOT NULL,
  settled_on date,
  missing_since timestamptz,
  resolved_at timestamptz,
  resolved_by uuid,
  resolution text,
  refunded bigint NOT NULL DEFAULT 0,
  CONSTRAINT pk_gateway_payments
    PRIMARY KEY (tenant_id, gateway_account_id, gateway_txn_id),
  CONSTRAINT uq_gateway_payments_tenant_id_journal_id UNIQUE (tenant_id, journal_id),
  CONSTRAINT fk_gateway_payments_tenant_id_gateway_account_id
    FOREIGN KEY (tenant_id, gateway_account_id)
    REFERENCES gateway_accounts (tenant_id, gateway_account_id),
  CONSTRAINT fk_gateway_payments_tenant_id_topup_id
    FOREIGN KEY (tenant_id, topup_id) REFERENCES topups (tenant_id, topup_id),
  CONSTRAINT fk_gateway_payments_tenant_id_journal_id
    FOREIGN KEY (tenant_id, journal_id) REFERENCES journals (tenant_id, journal_id)
    DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT fk_gateway_payments_tenant_id_resolved_by
    FOREIGN KEY (tenant_id, resolved_by) REFERENCES users (tenant_id, user_id),
  CONSTRAINT ck_gateway_payments_source
    CHECK (source IN ('NOTICE', 'INQUIRY', 'SETTLEMENT', 'MANUAL')),
  CONSTRAINT ck_gateway_payments_state
    CHECK (state IN ('CREDITED', 'SUSPENSE', 'RESOLVED')),
  CONSTRAINT ck_gateway_payments_amount CHECK (amount > 0),
  CONSTRAINT ck_gateway_payments_refunded CHECK (refunded BETWEEN 0 AND amount)
);
CREATE INDEX ix_gateway_payments_tenant_id_topup_id
  ON gateway_payments (tenant_id, topup_id) WHERE topup_id IS NOT NULL;
CREATE INDEX ix_gateway_payments_suspense
  ON gateway_payments (tenant_id, received_at) WHERE state = 'SUSPENSE';
CREATE INDEX ix_gateway_payments_tenant_id_paid_at
  ON gateway_payments (tenant_id, gateway_account_id, paid_at);
SELECT own_by_tenant('gateway_payments', 'SELECT, INSERT, UPDATE');

CREATE TABLE gateway_events (
  tenant_id uuid NOT NULL REFERENCES tenants,
  gateway_account_id uuid NOT NULL,
  event_id text NOT NULL,
  event_type text NOT NULL,
  gateway_txn_id text NOT NULL,
  reference text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  occurred_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  outcome text NOT NULL,
  CONSTRAINT pk_gateway_events PRIMARY KEY (tenant_id, gateway_account_id, event_id),
  CONSTRAINT fk_gateway_events_tenant_id_gateway_account_id
    FOREIGN KEY (tenant_id, gateway_account_id)
    REFERENCES gateway_accounts (tenant_id, gateway_account_id),
  CONSTRAINT ck_gateway_events_outcome CHECK (outcome IN ('CREDITED', 'DUPLICATE',
    'SUSPENSE', 'MISMATCH', 'FAILED', 'EXPIRED', 'FLAGGED', 'IGNORED', 'REFUNDED',
    'PARKED'))
);
SELECT own_by_tenant('gateway_events', 'SELECT, INSERT');
SELECT append_only('gateway_events');

CREATE TABLE dead_letters (
  tenant_id uuid NOT NULL REFERENCES tenants,
  dead_letter_id uuid NOT NULL,
  gateway_account_id uuid NOT NULL,
  body bytea NOT NULL,
  error text NOT NULL,
  received_at timestamptz NOT NULL,
  CONSTRAINT pk_dead_letters PRIMARY KEY (tenant_id, dead_letter_id),
  CONSTRAINT fk_dead_letters_tenant_id_gateway_account_id
    FOREIGN KEY (tenant_id, gateway_account_id)
    REFERENCES gateway_accounts (tenant_id, gateway_account_id)
);
SELECT own_by_tenant('dead_letters', 'SELECT, INSERT');
SELECT append_only('dead_letters');

CREATE TABLE incidents (
  tenant_id uuid NOT NULL REFERENCES tenants,
  incident_id uuid NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  detail jsonb NOT NULL,
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  closed_by uuid,
  CONSTRAINT pk_incidents PRIMARY KEY (tenant_id, incident_id),
  CONSTRAINT uq_incidents_tenant_id_kind_subject UNIQUE (tenant_id, kind, subject),
  CONSTRAINT fk_incidents_tenant_id_closed_by
    FOREIGN KEY (tenant_id, closed_by) REFERENCES users (tenant_id, user_id),
  CONSTRAINT ck_incidents_kind CHECK (kind IN ('AMOUNT_MISMATCH', 'UNKNOWN_REFERENCE',
    'WRONG_CURRENCY', 'FAILED_AFTER_PAID', 'REFUND_SHORTFALL', 'SETTLEMENT_REJECTED',
    'SETTLEMENT_MISMATCH', 'MISSING_IN_SETTLEMENT', 'REFERENCE_MISMATCH', 'ABOVE_LIMIT',
    'REFUNDED_UNHEARD', 'PARKED_REFUND', 'UNREADABLE_NOTICE'))
);
SELECT own_by_tenant('incidents', 'SELECT, INSERT, UPDATE');
"""

AFTERWARDS = """
CREATE TABLE refunds (
  tenant_id uuid NOT NULL REFERENCES tenants,
  refund_id uuid NOT NULL,
  topup_id uuid,
  gateway_account_id uuid NOT NULL,
  gateway_txn_id text,
  event_id text,
  amount bigint NOT NULL,
  currency text NOT NULL DEFAULT 'THB',
  paid_out bigint NOT NULL DEFAULT 0,
  reason text NOT NULL,
  source text NOT NULL,
  state text NOT NULL,
  requested_by uuid,
  journal_id uuid,
  created_at timestamptz NOT NULL,
  completed_at timestamptz,
  CONSTRAINT pk_refunds PRIMARY KEY (tenant_id, refund_id),
  CONSTRAINT uq_refunds_tenant_id_gateway_account_id_event_id
    UNIQUE (tenant_id, gateway_account_id, event_id),
  CONSTRAINT uq_refunds_tenant_id_journal_id UNIQUE (tenant_id, journal_id),
  CONSTRAINT fk_refunds_tenant_id_topup_id
    FOREIGN KEY (tenant_id, topup_id) REFERENCES topups (tenant_id, topup_id),
  CONSTRAINT fk_refunds_tenant_id_gateway_account_id
    FOREIGN KEY (tenant_id, gateway_account_id)
    REFERENCES gateway_accounts (tenant_id, gateway_account_id),
  CONSTRAINT fk_refunds_tenant_id_requested_by
    FOREIGN KEY (tenant_id, requested_by) REFERENCES users (tenant_id, user_id),
  CONSTRAINT fk_refunds_tenant_id_journal_id
    FOREIGN KEY (tenant_id, journal_id) REFERENCES journals (tenant_id, journal_id),
  CONSTRAINT ck_refunds_source CHECK (source IN ('ADMIN', 'GATEWAY')),
  CONSTRAINT ck_refunds_state CHECK (state IN ('PARKED', 'REQUESTED', 'DONE')),
  CONSTRAINT ck_refunds_amount CHECK (amount > 0),
  CONSTRAINT ck_refunds_paid_out CHECK (paid_out BETWEEN 0 AND amount)
);
CREATE INDEX ix_refunds_tenant_id_topup_id ON refunds (tenant_id, topup_id);
CREATE INDEX ix_refunds_parked
  ON refunds (tenant_id, gateway_account_id, gateway_txn_id) WHERE state = 'PARKED';
SELECT own_by_tenant('refunds', 'SELECT, INSERT, UPDATE');

CREATE TABLE slips (
  tenant_id uuid NOT NULL REFERENCES tenants,
  sending_bank text NOT NULL,
  slip_reference text NOT NULL,
  topup_id uuid NOT NULL,
  confirmed_by uuid NOT NULL,
  confirmed_at timestamptz NOT NULL,
  CONSTRAINT pk_slips PRIMARY KEY (tenant_id, sending_bank, slip_reference),
  CONSTRAINT fk_slips_tenant_id_topup_id
    FOREIGN KEY (tenant_id, topup_id) REFERENCES topups (tenant_id, topup_id),
  CONSTRAINT fk_slips_tenant_id_confirmed_by
    FOREIGN KEY (tenant_id, confirmed_by) REFERENCES users (tenant_id, user_id)
);
SELECT own_by_tenant('slips', 'SELECT, INSERT');
SELECT append_only('slips');

CREATE TABLE settlements (
  tenant_id uuid NOT NULL REFERENCES tenants,
  gateway_account_id uuid NOT NULL,
  day date NOT NULL,
  fingerprint bytea NOT NULL,
  state text NOT NULL,
  rows integer NOT NULL,
  credited integer NOT NULL,
  parked integer NOT NULL,
  missing integer NOT NULL,
  mismatched integer NOT NULL,
  gross bigint NOT NULL,
  fees bigint NOT NULL,
  fee_vat bigint NOT NULL,
  net bigint NOT NULL,
  journal_id uuid,
  read_at timestamptz NOT NULL,
  error text,
  CONSTRAINT pk_settlements PRIMARY KEY (tenant_id, gateway_account_id, day),
  CONSTRAINT fk_settlements_tenant_id_gateway_account_id
    FOREIGN KEY (tenant_id, gateway_account_id)
    REFERENCES gateway_accounts (tenant_id, gateway_account_id),
  CONSTRAINT fk_settlements_tenant_id_journal_id
    FOREIGN KEY (tenant_id, journal_id) REFERENCES journals (tenant_id, journal_id),
  CONSTRAINT ck_settlements_state CHECK (state IN ('RECONCILED', 'REJECTED'))
);
SELECT own_by_tenant('settlements', 'SELECT, INSERT, UPDATE');
"""

WAYS_IN = """
CREATE POLICY lookup ON gateway_accounts FOR SELECT TO abtpro_lookup USING (true);
CREATE POLICY lookup ON topups FOR SELECT TO abtpro_lookup USING (true);
CREATE POLICY lookup ON settlements FOR SELECT TO abtpro_lookup USING (true);
GRANT SELECT ON gateway_accounts, topups, settlements TO abtpro_lookup;
GRANT CREATE ON SCHEMA public TO abtpro_lookup;

CREATE FUNCTION find_merchant(asked text)
RETURNS TABLE (tenant_id uuid, gateway_account_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT g.tenant_id, g.gateway_account_id FROM public.gateway_accounts g
  WHERE g.merchant_id = asked;
END;
ALTER FUNCTION find_merchant(text) OWNER TO abtpro_lookup;
REVOKE ALL ON FUNCTION find_merchant(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_merchant(text) TO abtpro_app;

-- Ids alone, for the sweeps that look for what no process watches any more.
CREATE FUNCTION due(kind text, before timestamptz, row_limit integer)
RETURNS TABLE (tenant_id uuid, subject_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  (SELECT t.tenant_id, t.topup_id FROM public.topups t
   WHERE kind = 'topup' AND t.status = 'PENDING' AND t.expires_at < before
   ORDER BY t.expires_at LIMIT row_limit)
  UNION ALL
  (SELECT g.tenant_id, g.gateway_account_id FROM public.gateway_accounts g
   WHERE kind = 'settlement' AND g.driver <> 'manual'
     AND (g.created_at AT TIME ZONE 'Asia/Bangkok')::date
         <= (before AT TIME ZONE 'Asia/Bangkok')::date
     AND NOT EXISTS (
       SELECT FROM public.settlements s
       WHERE s.tenant_id = g.tenant_id AND s.gateway_account_id = g.gateway_account_id
         AND s.day = (before AT TIME ZONE 'Asia/Bangkok')::date)
   LIMIT row_limit);
END;
ALTER FUNCTION due(text, timestamptz, integer) OWNER TO abtpro_lookup;
REVOKE ALL ON FUNCTION due(text, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due(text, timestamptz, integer) TO abtpro_app;
"""


def upgrade():
    op.execute(ACCOUNTS)
    op.execute(TOPUPS)
    op.execute(SAID)
    op.execute(AFTERWARDS)
    op.execute(WAYS_IN)
    op.execute("REVOKE CREATE ON SCHEMA public FROM abtpro_lookup")
