"""Documents of charges with gapless numbers, who is named in them, granted credit."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LEDGER = """
ALTER TABLE accounts DROP CONSTRAINT ck_accounts_kind;
ALTER TABLE accounts ADD CONSTRAINT ck_accounts_kind
  CHECK (kind IN ('WALLET', 'CLEARING', 'BANK', 'FEES', 'FEE_VAT', 'SUSPENSE',
    'REFUNDS_PAYABLE', 'RECEIVABLE', 'REVENUE', 'OUTPUT_VAT', 'GRANTED', 'PROMOTIONS'));
ALTER TABLE journals DROP CONSTRAINT ck_journals_kind;
ALTER TABLE journals ADD CONSTRAINT ck_journals_kind
  CHECK (kind IN ('TOP_UP', 'DEDUCTION', 'REFUND', 'REFUND_PAID', 'SUSPENSE',
    'ALLOCATION', 'SETTLEMENT', 'REVERSAL', 'CREDIT_NOTE', 'GRANT', 'GRANT_EXPIRY'));
"""

PARTIES = """
CREATE TABLE seller_profiles (
  tenant_id uuid NOT NULL REFERENCES tenants,
  branch text NOT NULL,
  name_th text NOT NULL,
  name_en text NOT NULL,
  address_th text NOT NULL,
  address_en text NOT NULL,
  tax_id text,
  form text NOT NULL,
  registered_since date,
  active boolean NOT NULL DEFAULT true,
  updated_at timestamptz NOT NULL,
  CONSTRAINT pk_seller_profiles PRIMARY KEY (tenant_id, branch),
  CONSTRAINT ck_seller_profiles_branch CHECK (branch ~ '^[0-9]{5}$'),
  CONSTRAINT ck_seller_profiles_tax_id CHECK (tax_id ~ '^[0-9]{13}$'),
  CONSTRAINT ck_seller_profiles_registered
    CHECK (registered_since IS NULL OR tax_id IS NOT NULL),
  CONSTRAINT ck_seller_profiles_form CHECK (form IN ('FULL', 'ABBREVIATED'))
);
CREATE UNIQUE INDEX uq_seller_profiles_active
  ON seller_profiles (tenant_id) WHERE active;
SELECT own_by_tenant('seller_profiles', 'SELECT, INSERT, UPDATE');

CREATE TABLE buyer_profiles (
  tenant_id uuid NOT NULL REFERENCES tenants,
  user_id uuid NOT NULL,
  name text NOT NULL,
  address text NOT NULL,
  tax_id text,
  branch text,
  updated_at timestamptz NOT NULL,
  CONSTRAINT pk_buyer_profiles PRIMARY KEY (tenant_id, user_id),
  CONSTRAINT fk_buyer_profiles_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id),
  CONSTRAINT ck_buyer_profiles_tax_id CHECK (tax_id ~ '^[0-9]{13}$'),
  CONSTRAINT ck_buyer_profiles_branch CHECK (branch ~ '^[0-9]{5}$'),
  CONSTRAINT ck_buyer_profiles_company CHECK (branch IS NULL OR tax_id IS NOT NULL)
);
SELECT own_by_tenant('buyer_profiles', 'SELECT, INSERT, UPDATE, DELETE');
"""

DOCUMENTS = """
CREATE TABLE document_counters (
  tenant_id uuid NOT NULL REFERENCES tenants,
  branch text NOT NULL,
  year integer NOT NULL,
  kind text NOT NULL,
  last integer NOT NULL,
  CONSTRAINT pk_document_counters PRIMARY KEY (tenant_id, branch, year, kind),
  CONSTRAINT ck_document_counters_kind CHECK (kind IN ('INVOICE', 'CREDIT_NOTE')),
  CONSTRAINT ck_document_counters_branch CHECK (branch ~ '^[0-9]{5}$')
) WITH (fillfactor = 50);
SELECT own_by_tenant('document_counters', 'SELECT, INSERT');
GRANT UPDATE (last) ON document_counters TO abtpro_app;

CREATE TABLE documents (
  tenant_id uuid NOT NULL REFERENCES tenants,
  document_id uuid NOT NULL,
  kind text NOT NULL,
  form text NOT NULL,
  number text NOT NULL,
  branch text NOT NULL,
  year integer NOT NULL,
  user_id uuid NOT NULL,
  journal_id uuid NOT NULL,
  seller jsonb NOT NULL,
  buyer jsonb NOT NULL,
  lines jsonb NOT NULL,
  net bigint NOT NULL,
  vat bigint NOT NULL DEFAULT 0,
  total bigint NOT NULL,
  granted bigint NOT NULL DEFAULT 0,
  vat_basis_points integer NOT NULL,
  cites_id uuid,
  cited jsonb,
  reason text,
  subject text NOT NULL,
  issued_at timestamptz NOT NULL,
  CONSTRAINT pk_documents PRIMARY KEY (tenant_id, document_id),
  CONSTRAINT uq_documents_tenant_id_number UNIQUE (tenant_id, number),
  CONSTRAINT uq_documents_tenant_id_journal_id UNIQUE (tenant_id, journal_id),
  CONSTRAINT fk_documents_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id),
  CONSTRAINT fk_documents_tenant_id_journal_id
    FOREIGN KEY (tenant_id, journal_id) REFERENCES journals (tenant_id, journal_id),
  CONSTRAINT fk_documents_tenant_id_cites_id
    FOREIGN KEY (tenant_id, cites_id) REFERENCES documents (tenant_id, document_id),
  CONSTRAINT ck_documents_kind CHECK (kind IN ('INVOICE', 'CREDIT_NOTE')),
  CONSTRAINT ck_documents_form CHECK (form IN ('FULL', 'ABBREVIATED', 'RECEIPT')),
  CONSTRAINT ck_documents_branch CHECK (branch ~ '^[0-9]{5}$'),
  CONSTRAINT ck_documents_amounts CHECK (total > 0 AND net >= 0 AND vat >= 0),
  CONSTRAINT ck_documents_sum CHECK (net + vat = total),
  CONSTRAINT ck_documents_granted CHECK (granted BETWEEN 0 AND total),
  CONSTRAINT ck_documents_receipt CHECK (form <> 'RECEIPT' OR vat = 0),
  CONSTRAINT ck_documents_cites
    CHECK (kind <> 'CREDIT_NOTE' OR (cites_id IS NOT NULL AND reason IS NOT NULL))
);
CREATE INDEX ix_documents_tenant_id_issued_at
  ON documents (tenant_id, issued_at, document_id);
CREATE INDEX ix_documents_tenant_id_user_id_issued_at
  ON documents (tenant_id, user_id, issued_at);
CREATE INDEX ix_documents_tenant_id_subject ON documents (tenant_id, subject);
CREATE INDEX ix_documents_tenant_id_cites_id
  ON documents (tenant_id, cites_id) WHERE cites_id IS NOT NULL;
SELECT own_by_tenant('documents', 'SELECT, INSERT');
SELECT append_only('documents');
"""

GRANTS = """
CREATE TABLE grants (
  tenant_id uuid NOT NULL REFERENCES tenants,
  grant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  journal_id uuid NOT NULL,
  amount bigint NOT NULL,
  remaining bigint NOT NULL,
  expires_at timestamptz NOT NULL,
  reason text NOT NULL,
  granted_by uuid,
  created_at timestamptz NOT NULL,
  expired_at timestamptz,
  CONSTRAINT pk_grants PRIMARY KEY (tenant_id, grant_id),
  CONSTRAINT uq_grants_tenant_id_journal_id UNIQUE (tenant_id, journal_id),
  CONSTRAINT fk_grants_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id),
  CONSTRAINT fk_grants_tenant_id_journal_id
    FOREIGN KEY (tenant_id, journal_id) REFERENCES journals (tenant_id, journal_id),
  CONSTRAINT fk_grants_tenant_id_granted_by
    FOREIGN KEY (tenant_id, granted_by) REFERENCES users (tenant_id, user_id),
  CONSTRAINT ck_grants_amount CHECK (amount > 0),
  CONSTRAINT ck_grants_remaining CHECK (remaining >= 0 AND remaining <= amount)
);
CREATE INDEX ix_grants_open
  ON grants (tenant_id, user_id, expires_at) WHERE remaining > 0;
CREATE INDEX ix_grants_due ON grants (expires_at) WHERE remaining > 0;
SELECT own_by_tenant('grants', 'SELECT, INSERT');
GRANT UPDATE (remaining, expired_at) ON grants TO abtpro_app;

CREATE TABLE grant_uses (
  tenant_id uuid NOT NULL REFERENCES tenants,
  grant_id uuid NOT NULL,
  journal_id uuid NOT NULL,
  amount bigint NOT NULL,
  CONSTRAINT pk_grant_uses PRIMARY KEY (tenant_id, grant_id, journal_id),
  CONSTRAINT fk_grant_uses_tenant_id_grant_id
    FOREIGN KEY (tenant_id, grant_id) REFERENCES grants (tenant_id, grant_id),
  CONSTRAINT fk_grant_uses_tenant_id_journal_id
    FOREIGN KEY (tenant_id, journal_id) REFERENCES journals (tenant_id, journal_id),
  CONSTRAINT ck_grant_uses_amount CHECK (amount > 0)
);
SELECT own_by_tenant('grant_uses', 'SELECT, INSERT');
SELECT append_only('grant_uses');
"""

WAYS_IN = """
CREATE POLICY lookup ON grants FOR SELECT TO abtpro_lookup USING (true);
GRANT SELECT ON grants TO abtpro_lookup;
GRANT CREATE ON SCHEMA public TO abtpro_lookup;

-- Tenants alone, for the sweep that lets granted credit expire.
CREATE FUNCTION due_grants(before timestamptz, row_limit integer)
RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT DISTINCT g.tenant_id FROM public.grants g
  WHERE g.remaining > 0 AND g.expires_at <= before LIMIT row_limit;
END;
ALTER FUNCTION due_grants(timestamptz, integer) OWNER TO abtpro_lookup;
REVOKE ALL ON FUNCTION due_grants(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_grants(timestamptz, integer) TO abtpro_app;
"""


def upgrade():
    for part in (LEDGER, PARTIES, DOCUMENTS, GRANTS, WAYS_IN):
        op.execute(part)
    op.execute("REVOKE CREATE ON SCHEMA public FROM abtpro_lookup")
