"""Rental contracts: plans, coupons, contracts, their periods, history, and claims.

Nothing stores a contract's status: it follows from the row and the clock, here by
``contract_status`` for lists, in the program by ``contracts/terms/standing.py``.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OFFERS = """
CREATE TABLE plans (
  tenant_id uuid NOT NULL REFERENCES tenants,
  plan_id uuid NOT NULL,
  code text NOT NULL,
  version integer NOT NULL,
  name_th text NOT NULL,
  name_en text NOT NULL,
  price bigint NOT NULL,
  yearly_price bigint,
  currency text NOT NULL DEFAULT 'THB',
  period text NOT NULL,
  grace_period text NOT NULL,
  trial_period text,
  features jsonb NOT NULL,
  offered boolean NOT NULL DEFAULT true,
  published_at timestamptz NOT NULL,
  published_by uuid,
  CONSTRAINT pk_plans PRIMARY KEY (tenant_id, plan_id),
  CONSTRAINT uq_plans_tenant_id_code_version UNIQUE (tenant_id, code, version),
  CONSTRAINT ck_plans_code CHECK (code ~ '^[A-Z][A-Z0-9_]{0,31}$'),
  CONSTRAINT ck_plans_price CHECK (price >= 0 AND yearly_price >= 0),
  CONSTRAINT ck_plans_currency CHECK (currency = 'THB')
);
SELECT own_by_tenant('plans', 'SELECT, INSERT');
SELECT append_only('plans');

CREATE TABLE coupons (
  tenant_id uuid NOT NULL REFERENCES tenants,
  coupon_id uuid NOT NULL,
  code text NOT NULL,
  percent_off smallint,
  amount_off bigint,
  periods integer NOT NULL DEFAULT 1,
  plans text[] NOT NULL DEFAULT '{}',
  most integer NOT NULL DEFAULT 1,
  redeemed integer NOT NULL DEFAULT 0,
  expires_at timestamptz,
  withdrawn_at timestamptz,
  created_at timestamptz NOT NULL,
  created_by uuid,
  CONSTRAINT pk_coupons PRIMARY KEY (tenant_id, coupon_id),
  CONSTRAINT uq_coupons_tenant_id_code UNIQUE (tenant_id, code),
  CONSTRAINT ck_coupons_code CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{1,31}$'),
  CONSTRAINT ck_coupons_reduction CHECK (num_nonnulls(percent_off, amount_off) = 1),
  CONSTRAINT ck_coupons_percent CHECK (percent_off BETWEEN 1 AND 100),
  CONSTRAINT ck_coupons_amount CHECK (amount_off > 0),
  CONSTRAINT ck_coupons_periods CHECK (periods > 0),
  CONSTRAINT ck_coupons_redeemed CHECK (redeemed BETWEEN 0 AND most)
);
SELECT own_by_tenant('coupons', 'SELECT, INSERT');
GRANT UPDATE (redeemed, withdrawn_at) ON coupons TO abtpro_app;
"""

CONTRACTS = """
CREATE TABLE contracts (
  tenant_id uuid NOT NULL REFERENCES tenants,
  contract_id uuid NOT NULL,
  user_id uuid NOT NULL,
  plan_id uuid NOT NULL,
  billing text NOT NULL DEFAULT 'MONTHLY',
  price bigint NOT NULL,
  trial boolean NOT NULL DEFAULT false,
  anchor_at timestamptz NOT NULL,
  number integer NOT NULL DEFAULT 1,
  period_start timestamptz NOT NULL,
  period_end timestamptz NOT NULL,
  grace_ends_at timestamptz NOT NULL,
  auto_renew boolean NOT NULL DEFAULT false,
  next_plan_id uuid,
  next_billing text,
  coupon_id uuid,
  coupon_left integer NOT NULL DEFAULT 0,
  cancelled_at timestamptz,
  blocked_at timestamptz,
  blocked_reason text,
  created_at timestamptz NOT NULL,
  renewed_at timestamptz,
  tried_at timestamptz,
  reminded_at timestamptz NOT NULL,
  review_at timestamptz,
  closed_at timestamptz,
  CONSTRAINT pk_contracts PRIMARY KEY (tenant_id, contract_id),
  CONSTRAINT fk_contracts_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id),
  CONSTRAINT fk_contracts_tenant_id_plan_id
    FOREIGN KEY (tenant_id, plan_id) REFERENCES plans (tenant_id, plan_id),
  CONSTRAINT fk_contracts_tenant_id_next_plan_id
    FOREIGN KEY (tenant_id, next_plan_id) REFERENCES plans (tenant_id, plan_id),
  CONSTRAINT fk_contracts_tenant_id_coupon_id
    FOREIGN KEY (tenant_id, coupon_id) REFERENCES coupons (tenant_id, coupon_id),
  CONSTRAINT ck_contracts_billing CHECK (billing IN ('MONTHLY', 'YEARLY')),
  CONSTRAINT ck_contracts_next_billing CHECK (next_billing IN ('MONTHLY', 'YEARLY')),
  CONSTRAINT ck_contracts_period
    CHECK (period_end >= period_start AND grace_ends_at >= period_end),
  CONSTRAINT ck_contracts_price CHECK (price >= 0 AND coupon_left >= 0)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX uq_contracts_current ON contracts (tenant_id, user_id)
  WHERE closed_at IS NULL;
CREATE INDEX ix_contracts_review_at ON contracts (review_at)
  WHERE review_at IS NOT NULL;
SELECT own_by_tenant('contracts', 'SELECT, INSERT');
GRANT UPDATE (plan_id, billing, price, trial, anchor_at, number, period_start,
  period_end, grace_ends_at, auto_renew, next_plan_id, next_billing, coupon_id,
  coupon_left, cancelled_at, blocked_at, blocked_reason, renewed_at, tried_at,
  reminded_at, review_at, closed_at) ON contracts TO abtpro_app;

CREATE TABLE contract_periods (
  tenant_id uuid NOT NULL REFERENCES tenants,
  contract_id uuid NOT NULL,
  period_start timestamptz NOT NULL,
  period_end timestamptz NOT NULL,
  counted_from timestamptz NOT NULL,
  plan_id uuid NOT NULL,
  billing text NOT NULL,
  kind text NOT NULL,
  price bigint NOT NULL,
  paid bigint NOT NULL,
  document_id uuid,
  created_at timestamptz NOT NULL,
  left_at timestamptz,
  CONSTRAINT pk_contract_periods PRIMARY KEY (tenant_id, contract_id, period_start),
  CONSTRAINT fk_contract_periods_tenant_id_contract_id
    FOREIGN KEY (tenant_id, contract_id) REFERENCES contracts (tenant_id, contract_id),
  CONSTRAINT fk_contract_periods_tenant_id_plan_id
    FOREIGN KEY (tenant_id, plan_id) REFERENCES plans (tenant_id, plan_id),
  CONSTRAINT fk_contract_periods_tenant_id_document_id
    FOREIGN KEY (tenant_id, document_id) REFERENCES documents (tenant_id, document_id),
  CONSTRAINT ck_contract_periods_kind
    CHECK (kind IN ('START', 'TRIAL', 'RENEWAL', 'CHANGE', 'EXTENSION')),
  CONSTRAINT ck_contract_periods_period CHECK (period_end > period_start),
  CONSTRAINT ck_contract_periods_paid CHECK (paid >= 0 AND price >= 0)
);
SELECT own_by_tenant('contract_periods', 'SELECT, INSERT');
GRANT UPDATE (left_at) ON contract_periods TO abtpro_app;

CREATE TABLE contract_events (
  tenant_id uuid NOT NULL REFERENCES tenants,
  contract_id uuid NOT NULL,
  event_id uuid NOT NULL,
  kind text NOT NULL,
  happened_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  actor_id uuid,
  once text,
  detail jsonb NOT NULL,
  CONSTRAINT pk_contract_events PRIMARY KEY (tenant_id, contract_id, event_id),
  CONSTRAINT uq_contract_events_tenant_id_contract_id_once
    UNIQUE (tenant_id, contract_id, once),
  CONSTRAINT fk_contract_events_tenant_id_contract_id
    FOREIGN KEY (tenant_id, contract_id) REFERENCES contracts (tenant_id, contract_id),
  CONSTRAINT fk_contract_events_tenant_id_actor_id
    FOREIGN KEY (tenant_id, actor_id) REFERENCES users (tenant_id, user_id),
  CONSTRAINT ck_contract_events_kind CHECK (kind IN ('STARTED', 'RENEWED',
    'RENEWAL_FAILED', 'CHANGED', 'CHANGE_PLANNED', 'CHANGE_DROPPED', 'AUTO_RENEW_ON',
    'AUTO_RENEW_OFF', 'CANCELLED', 'RESUMED', 'EXTENDED', 'BLOCKED', 'UNBLOCKED',
    'REFUNDED', 'REMINDED', 'PRICE_TOLD', 'GRACE_BEGAN', 'SUSPENDED', 'ENDED',
    'REPLACED', 'MISSED'))
);
CREATE INDEX ix_contract_events_tenant_id_happened_at
  ON contract_events (tenant_id, happened_at);
SELECT own_by_tenant('contract_events', 'SELECT, INSERT');
SELECT append_only('contract_events');

CREATE TABLE claims (
  tenant_id uuid NOT NULL REFERENCES tenants,
  user_id uuid NOT NULL,
  feature text NOT NULL,
  subject_id uuid NOT NULL,
  claimed_at timestamptz NOT NULL,
  CONSTRAINT pk_claims PRIMARY KEY (tenant_id, user_id, feature, subject_id),
  CONSTRAINT fk_claims_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id)
);
SELECT own_by_tenant('claims', 'SELECT, INSERT, DELETE');
"""

STATUS = """
CREATE FUNCTION contract_status(trial boolean, period_end timestamptz,
  grace_ends_at timestamptz, cancelled_at timestamptz, blocked_at timestamptz,
  at timestamptz)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN cancelled_at IS NOT NULL AND at >= period_end THEN 'CANCELLED'
  WHEN blocked_at IS NOT NULL OR at >= grace_ends_at THEN 'SUSPENDED'
  WHEN at >= period_end THEN 'GRACE'
  WHEN trial THEN 'TRIAL'
  ELSE 'ACTIVE'
END;
GRANT EXECUTE ON FUNCTION contract_status(boolean, timestamptz, timestamptz,
  timestamptz, timestamptz, timestamptz) TO abtpro_app;
"""

# A sweep in eight parts, so that none of them grows long: the last digit tells them apart.
WAYS_IN = """
CREATE POLICY lookup ON contracts FOR SELECT TO abtpro_lookup USING (true);
GRANT SELECT ON contracts TO abtpro_lookup;
GRANT CREATE ON SCHEMA public TO abtpro_lookup;

CREATE FUNCTION due_contracts(shard integer, before timestamptz, row_limit integer)
RETURNS TABLE (tenant_id uuid, subject_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT c.tenant_id, c.contract_id FROM public.contracts c
  WHERE c.review_at < before
    AND (hashtextextended(c.contract_id::text, 0) & 7) = shard
  ORDER BY c.review_at LIMIT row_limit;
END;
ALTER FUNCTION due_contracts(integer, timestamptz, integer) OWNER TO abtpro_lookup;
REVOKE ALL ON FUNCTION due_contracts(integer, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_contracts(integer, timestamptz, integer) TO abtpro_app;
REVOKE CREATE ON SCHEMA public FROM abtpro_lookup;
"""


def upgrade():
    op.execute(OFFERS)
    op.execute(CONTRACTS)
    op.execute(STATUS)
    op.execute(WAYS_IN)
