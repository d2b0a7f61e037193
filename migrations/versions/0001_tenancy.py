"""Tenants, their hosts, the outbox, and the rules that every tenant-owned table obeys.

``own_by_tenant(table, rights)`` makes a table tenant-owned: forced row-level security on
``app.tenant_id``, and the named rights for the application's role. Later migrations
call it for each of their tables.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

RULES = """
REVOKE ALL ON SCHEMA public FROM PUBLIC;
DO $$ BEGIN
  EXECUTE format('REVOKE TEMP ON DATABASE %I FROM PUBLIC', current_database());
END $$;
GRANT USAGE ON SCHEMA public TO abtpro_app, abtpro_relay, abtpro_operator, abtpro_lookup;

-- nullif: after one transaction-local use the setting reads '', not NULL.
CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.tenant_id', true), '')::uuid;

CREATE FUNCTION own_by_tenant(owned regclass, rights text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', owned);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', owned);
  EXECUTE format(
    'CREATE POLICY tenant ON %s'
    ' USING (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)'
    ' WITH CHECK (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)',
    owned);
  EXECUTE format('GRANT %s ON %s TO abtpro_app', rights, owned);
END $$;
REVOKE ALL ON FUNCTION own_by_tenant(regclass, text) FROM PUBLIC;

-- What is written once and never changed, whoever asks: ledger, audit trail, events.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'raise_exception';
END $$;

CREATE FUNCTION append_only(guarded regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format(
    'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s'
    ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', guarded);
END $$;
REVOKE ALL ON FUNCTION append_only(regclass) FROM PUBLIC;
"""

TENANTS = """
CREATE TABLE tenants (
  tenant_id uuid NOT NULL,
  slug text NOT NULL,
  name text NOT NULL,
  suspended_at timestamptz,
  suspended_reason text,
  created_at timestamptz NOT NULL,
  accent text NOT NULL DEFAULT '#0b5c4d',
  logo_url text,
  locale text NOT NULL DEFAULT 'th',
  sign_up boolean NOT NULL DEFAULT false,
  vat_basis_points integer NOT NULL DEFAULT 700,
  prices_include_vat boolean NOT NULL DEFAULT true,
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT pk_tenants PRIMARY KEY (tenant_id),
  CONSTRAINT uq_tenants_slug UNIQUE (slug),
  CONSTRAINT ck_tenants_slug CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$'),
  CONSTRAINT ck_tenants_accent CHECK (accent ~ '^#[0-9a-f]{6}$'),
  CONSTRAINT ck_tenants_locale CHECK (locale IN ('th', 'en')),
  CONSTRAINT ck_tenants_vat CHECK (vat_basis_points BETWEEN 0 AND 10000)
);
SELECT own_by_tenant('tenants', 'SELECT');
-- Slug and suspension are the operators' to change.
GRANT UPDATE (name, accent, logo_url, locale, sign_up, vat_basis_points,
  prices_include_vat, version) ON tenants TO abtpro_app;
CREATE POLICY operator ON tenants TO abtpro_operator USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON tenants TO abtpro_operator;
CREATE POLICY relay ON tenants FOR SELECT TO abtpro_relay USING (true);
GRANT SELECT ON tenants TO abtpro_relay;

CREATE TABLE tenant_hosts (
  tenant_id uuid NOT NULL REFERENCES tenants,
  host text NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT pk_tenant_hosts PRIMARY KEY (tenant_id, host),
  CONSTRAINT uq_tenant_hosts_host UNIQUE (host),
  CONSTRAINT ck_tenant_hosts_host CHECK (host = lower(host) AND host !~ '[:/ ]')
);
SELECT own_by_tenant('tenant_hosts', 'SELECT, INSERT, DELETE');
CREATE POLICY operator ON tenant_hosts TO abtpro_operator USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON tenant_hosts TO abtpro_operator;
"""

OUTBOX = """
CREATE TABLE outbox (
  tenant_id uuid NOT NULL REFERENCES tenants,
  outbox_id uuid NOT NULL,
  kind text NOT NULL,
  process_id text NOT NULL,
  message jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  sent_at timestamptz,
  tries integer NOT NULL DEFAULT 0,
  last_error text,
  CONSTRAINT pk_outbox PRIMARY KEY (tenant_id, outbox_id)
);
CREATE INDEX ix_outbox_due ON outbox (due_at) WHERE sent_at IS NULL;
SELECT own_by_tenant('outbox', 'SELECT, INSERT');
CREATE POLICY relay ON outbox TO abtpro_relay USING (true) WITH CHECK (true);
GRANT SELECT, DELETE ON outbox TO abtpro_relay;
GRANT UPDATE (due_at, sent_at, tries, last_error) ON outbox TO abtpro_relay;
"""

WAYS_IN = """
CREATE POLICY lookup ON tenants FOR SELECT TO abtpro_lookup USING (true);
CREATE POLICY lookup ON tenant_hosts FOR SELECT TO abtpro_lookup USING (true);
GRANT SELECT ON tenants, tenant_hosts TO abtpro_lookup;
GRANT CREATE ON SCHEMA public TO abtpro_lookup;

CREATE FUNCTION find_tenant(asked_host text)
RETURNS TABLE (tenant_id uuid, slug text, suspended boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT t.tenant_id, t.slug, t.suspended_at IS NOT NULL
  FROM public.tenants t JOIN public.tenant_hosts h ON h.tenant_id = t.tenant_id
  WHERE h.host = lower(asked_host);
END;
ALTER FUNCTION find_tenant(text) OWNER TO abtpro_lookup;
REVOKE ALL ON FUNCTION find_tenant(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_tenant(text) TO abtpro_app;
"""


def upgrade():
    op.execute(RULES)
    op.execute(TENANTS)
    op.execute(OUTBOX)
    op.execute(WAYS_IN)
    # The lookup role makes nothing by itself: it may own functions only while a
    # migration gives it one. Later migrations grant and revoke CREATE in the same way.
    op.execute("REVOKE CREATE ON SCHEMA public FROM abtpro_lookup")
