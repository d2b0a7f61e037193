"""People, their sessions and keys, the audit trail, operators, request counts."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# A unique key that spans tenants shows one tenant that another has something. Each
# such key says here why it must; a test fails for one that does not.
REASONS = """
COMMENT ON CONSTRAINT uq_tenants_slug ON tenants IS
  'global: names the tenant in hosts, logs and workflow ids';
COMMENT ON CONSTRAINT uq_tenant_hosts_host ON tenant_hosts IS
  'global: a host leads to one tenant, before any tenant is known';
"""

PEOPLE = """
CREATE TABLE users (
  tenant_id uuid NOT NULL REFERENCES tenants,
  user_id uuid NOT NULL,
  email text NOT NULL,
  name text NOT NULL,
  role text NOT NULL,
  locale text NOT NULL,
  theme text NOT NULL DEFAULT 'system',
  password_hash text,
  email_verified_at timestamptz,
  disabled_at timestamptz,
  created_at timestamptz NOT NULL,
  last_sign_in_at timestamptz,
  totp_sealed bytea,
  totp_confirmed_at timestamptz,
  totp_last_step bigint,
  CONSTRAINT pk_users PRIMARY KEY (tenant_id, user_id),
  CONSTRAINT uq_users_tenant_id_email UNIQUE (tenant_id, email),
  CONSTRAINT ck_users_email CHECK (email = lower(email) AND email LIKE '%@%'),
  CONSTRAINT ck_users_role CHECK (role IN ('trader', 'admin', 'viewer')),
  CONSTRAINT ck_users_locale CHECK (locale IN ('th', 'en')),
  CONSTRAINT ck_users_theme CHECK (theme IN ('system', 'light', 'dark')),
  CONSTRAINT ck_users_totp CHECK (totp_confirmed_at IS NULL OR totp_sealed IS NOT NULL)
);
SELECT own_by_tenant('users', 'SELECT, INSERT, UPDATE');

CREATE TABLE user_sessions (
  tenant_id uuid NOT NULL REFERENCES tenants,
  session_id uuid NOT NULL,
  user_id uuid NOT NULL,
  token_hash bytea NOT NULL,
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  second_factor boolean NOT NULL,
  address text NOT NULL,
  user_agent text NOT NULL,
  CONSTRAINT pk_user_sessions PRIMARY KEY (tenant_id, session_id),
  CONSTRAINT uq_user_sessions_tenant_id_token_hash UNIQUE (tenant_id, token_hash),
  CONSTRAINT fk_user_sessions_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id)
);
CREATE INDEX ix_user_sessions_tenant_id_user_id ON user_sessions (tenant_id, user_id);
SELECT own_by_tenant('user_sessions', 'SELECT, INSERT, UPDATE, DELETE');

-- The password was right, the second factor is due. A row of its own rather than a
-- half-open session: whatever reads sessions cannot mistake one for the other.
CREATE TABLE second_factor_challenges (
  tenant_id uuid NOT NULL REFERENCES tenants,
  challenge_id uuid NOT NULL,
  user_id uuid NOT NULL,
  token_hash bytea NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT pk_second_factor_challenges PRIMARY KEY (tenant_id, challenge_id),
  CONSTRAINT uq_second_factor_challenges_tenant_id_token_hash
    UNIQUE (tenant_id, token_hash),
  CONSTRAINT fk_second_factor_challenges_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id)
);
SELECT own_by_tenant('second_factor_challenges', 'SELECT, INSERT, UPDATE, DELETE');

CREATE TABLE recovery_codes (
  tenant_id uuid NOT NULL REFERENCES tenants,
  user_id uuid NOT NULL,
  code_hash bytea NOT NULL,
  used_at timestamptz,
  CONSTRAINT pk_recovery_codes PRIMARY KEY (tenant_id, user_id, code_hash),
  CONSTRAINT fk_recovery_codes_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id)
);
SELECT own_by_tenant('recovery_codes', 'SELECT, INSERT, UPDATE, DELETE');

-- Counted for what was typed, known here or not: the lock-out tells nobody which
-- accounts exist. ``subject`` is a hash of "account:…" or "address:…".
CREATE TABLE sign_in_failures (
  tenant_id uuid NOT NULL REFERENCES tenants,
  subject bytea NOT NULL,
  failures integer NOT NULL,
  last_at timestamptz NOT NULL,
  CONSTRAINT pk_sign_in_failures PRIMARY KEY (tenant_id, subject),
  CONSTRAINT ck_sign_in_failures_failures CHECK (failures >= 0)
);
CREATE INDEX ix_sign_in_failures_tenant_id_last_at
  ON sign_in_failures (tenant_id, last_at);
SELECT own_by_tenant('sign_in_failures', 'SELECT, INSERT, UPDATE, DELETE');

CREATE TABLE mail_tokens (
  tenant_id uuid NOT NULL REFERENCES tenants,
  token_id uuid NOT NULL,
  user_id uuid NOT NULL,
  purpose text NOT NULL,
  token_hash bytea NOT NULL,
  email text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT pk_mail_tokens PRIMARY KEY (tenant_id, token_id),
  CONSTRAINT uq_mail_tokens_tenant_id_token_hash UNIQUE (tenant_id, token_hash),
  CONSTRAINT fk_mail_tokens_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id),
  CONSTRAINT ck_mail_tokens_purpose
    CHECK (purpose IN ('RESET_PASSWORD', 'VERIFY_EMAIL', 'INVITE'))
);
CREATE INDEX ix_mail_tokens_tenant_id_user_id ON mail_tokens (tenant_id, user_id);
SELECT own_by_tenant('mail_tokens', 'SELECT, INSERT, UPDATE, DELETE');
"""

KEYS = """
CREATE TABLE api_keys (
  tenant_id uuid NOT NULL REFERENCES tenants,
  key_id uuid NOT NULL,
  user_id uuid NOT NULL,
  name text NOT NULL,
  public_id text NOT NULL,
  secret_hash bytea NOT NULL,
  scopes text[] NOT NULL,
  allowed_networks text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  last_used_address text,
  replaces uuid,
  CONSTRAINT pk_api_keys PRIMARY KEY (tenant_id, key_id),
  CONSTRAINT uq_api_keys_public_id UNIQUE (public_id),
  CONSTRAINT uq_api_keys_tenant_id_replaces UNIQUE (tenant_id, replaces),
  CONSTRAINT fk_api_keys_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id),
  CONSTRAINT fk_api_keys_tenant_id_replaces
    FOREIGN KEY (tenant_id, replaces) REFERENCES api_keys (tenant_id, key_id),
  CONSTRAINT ck_api_keys_public_id CHECK (public_id ~ '^[0-9A-Za-z]{8}$')
);
CREATE INDEX ix_api_keys_tenant_id_user_id ON api_keys (tenant_id, user_id);
COMMENT ON CONSTRAINT uq_api_keys_public_id ON api_keys IS
  'global: a key names its tenant, before any tenant is known; it is random';
SELECT own_by_tenant('api_keys', 'SELECT, INSERT, UPDATE');

CREATE TABLE idempotency_keys (
  tenant_id uuid NOT NULL REFERENCES tenants,
  principal_id uuid NOT NULL,
  method text NOT NULL,
  route text NOT NULL,
  key text NOT NULL,
  request_hash bytea NOT NULL,
  status integer NOT NULL,
  body bytea NOT NULL,
  headers jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  keep_forever boolean NOT NULL,
  CONSTRAINT pk_idempotency_keys
    PRIMARY KEY (tenant_id, principal_id, method, route, key),
  CONSTRAINT ck_idempotency_keys_key CHECK (length(key) BETWEEN 1 AND 255)
);
CREATE INDEX ix_idempotency_keys_tenant_id_created_at
  ON idempotency_keys (tenant_id, created_at) WHERE NOT keep_forever;
SELECT own_by_tenant('idempotency_keys', 'SELECT, INSERT, DELETE');
"""

AUDIT = """
CREATE TABLE audit_entries (
  tenant_id uuid NOT NULL REFERENCES tenants,
  entry_id uuid NOT NULL,
  at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id uuid,
  action text NOT NULL,
  subject text,
  detail jsonb NOT NULL,
  address text,
  request_id text,
  outcome text NOT NULL,
  code text,
  CONSTRAINT pk_audit_entries PRIMARY KEY (tenant_id, entry_id),
  CONSTRAINT ck_audit_entries_actor_kind
    CHECK (actor_kind IN ('USER', 'KEY', 'OPERATOR', 'SYSTEM', 'ANONYMOUS')),
  CONSTRAINT ck_audit_entries_outcome CHECK (outcome IN ('DONE', 'REFUSED'))
);
CREATE INDEX ix_audit_entries_tenant_id_at ON audit_entries (tenant_id, at, entry_id);
SELECT own_by_tenant('audit_entries', 'SELECT, INSERT');
SELECT append_only('audit_entries');
"""

OPERATORS = """
CREATE TABLE operators (
  operator_id uuid NOT NULL,
  email text NOT NULL,
  name text NOT NULL,
  password_hash text NOT NULL,
  totp_sealed bytea NOT NULL,
  totp_last_step bigint,
  created_at timestamptz NOT NULL,
  disabled_at timestamptz,
  CONSTRAINT pk_operators PRIMARY KEY (operator_id),
  CONSTRAINT uq_operators_email UNIQUE (email),
  CONSTRAINT ck_operators_email CHECK (email = lower(email))
);
CREATE TABLE operator_sign_in_failures (
  subject bytea NOT NULL,
  failures integer NOT NULL,
  last_at timestamptz NOT NULL,
  CONSTRAINT pk_operator_sign_in_failures PRIMARY KEY (subject)
);
CREATE TABLE operator_sessions (
  session_id uuid NOT NULL,
  operator_id uuid NOT NULL
    CONSTRAINT fk_operator_sessions_operator_id REFERENCES operators,
  token_hash bytea NOT NULL,
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  address text NOT NULL,
  user_agent text NOT NULL,
  CONSTRAINT pk_operator_sessions PRIMARY KEY (session_id),
  CONSTRAINT uq_operator_sessions_token_hash UNIQUE (token_hash)
);
CREATE TABLE operator_keys (
  key_id uuid NOT NULL,
  operator_id uuid NOT NULL
    CONSTRAINT fk_operator_keys_operator_id REFERENCES operators,
  name text NOT NULL,
  public_id text NOT NULL,
  secret_hash bytea NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  CONSTRAINT pk_operator_keys PRIMARY KEY (key_id),
  CONSTRAINT uq_operator_keys_public_id UNIQUE (public_id)
);
CREATE TABLE operator_audit (
  entry_id uuid NOT NULL,
  at timestamptz NOT NULL,
  operator_id uuid,
  action text NOT NULL,
  subject text,
  detail jsonb NOT NULL,
  address text,
  request_id text,
  outcome text NOT NULL,
  code text,
  CONSTRAINT pk_operator_audit PRIMARY KEY (entry_id),
  CONSTRAINT ck_operator_audit_outcome CHECK (outcome IN ('DONE', 'REFUSED'))
);
CREATE INDEX ix_operator_audit_at ON operator_audit (at, entry_id);
SELECT append_only('operator_audit');
GRANT SELECT, INSERT, UPDATE ON operators, operator_sessions, operator_keys
  TO abtpro_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON operator_sign_in_failures TO abtpro_operator;
GRANT SELECT, INSERT ON operator_audit TO abtpro_operator;
"""

# Counts that a crash may forget, so without a write-ahead log: a limit is soft.
RATES = """
CREATE UNLOGGED TABLE rate_counts (
  bucket text NOT NULL,
  window_start timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  count integer NOT NULL,
  CONSTRAINT pk_rate_counts PRIMARY KEY (bucket, window_start)
);
CREATE INDEX ix_rate_counts_ends_at ON rate_counts (ends_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_counts TO abtpro_lookup;

CREATE FUNCTION count_request(bucket text, window_s integer, at timestamptz)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  starts timestamptz := date_bin(make_interval(secs => window_s), at, 'epoch');
  reached integer;
BEGIN
  -- One call in 200 sweeps a bounded batch of what has long ended, waiting for nobody.
  IF random() < 0.005 THEN
    DELETE FROM public.rate_counts WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM public.rate_counts
      WHERE ends_at < at - interval '1 minute' LIMIT 2000 FOR UPDATE SKIP LOCKED));
  END IF;
  INSERT INTO public.rate_counts AS c
  VALUES (count_request.bucket, starts, starts + make_interval(secs => window_s), 1)
  ON CONFLICT (bucket, window_start) DO UPDATE SET count = c.count + 1
  RETURNING c.count INTO reached;
  RETURN reached;
END $$;

-- What count_request has reached in the window of ``at``, without counting.
CREATE FUNCTION requests_counted(asked text, window_s integer, at timestamptz)
RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT coalesce(max(c.count), 0) FROM public.rate_counts c
  WHERE c.bucket = asked
    AND c.window_start = date_bin(make_interval(secs => window_s), at, 'epoch');
END;
"""

WAYS_IN = """
GRANT CREATE ON SCHEMA public TO abtpro_lookup;
CREATE POLICY lookup ON api_keys FOR SELECT TO abtpro_lookup USING (true);
CREATE POLICY lookup ON users FOR SELECT TO abtpro_lookup USING (true);
GRANT SELECT ON api_keys TO abtpro_lookup;
GRANT SELECT (tenant_id, user_id, role, disabled_at) ON users TO abtpro_lookup;

CREATE FUNCTION find_api_key(asked text)
RETURNS TABLE (
  tenant_id uuid, tenant_slug text, tenant_suspended boolean, key_id uuid,
  user_id uuid, role text, user_disabled boolean, secret_hash bytea, scopes text[],
  allowed_networks text[], expires_at timestamptz, revoked_at timestamptz,
  last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT k.tenant_id, t.slug, t.suspended_at IS NOT NULL, k.key_id,
    k.user_id, u.role, u.disabled_at IS NOT NULL, k.secret_hash, k.scopes,
    k.allowed_networks, k.expires_at, k.revoked_at, k.last_used_at
  FROM public.api_keys k
  JOIN public.tenants t ON t.tenant_id = k.tenant_id
  JOIN public.users u ON u.tenant_id = k.tenant_id AND u.user_id = k.user_id
  WHERE k.public_id = asked;
END;

ALTER FUNCTION find_api_key(text) OWNER TO abtpro_lookup;
ALTER FUNCTION count_request(text, integer, timestamptz) OWNER TO abtpro_lookup;
ALTER FUNCTION requests_counted(text, integer, timestamptz) OWNER TO abtpro_lookup;
REVOKE ALL ON FUNCTION find_api_key(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION count_request(text, integer, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION requests_counted(text, integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_api_key(text) TO abtpro_app;
GRANT EXECUTE ON FUNCTION count_request(text, integer, timestamptz),
  requests_counted(text, integer, timestamptz) TO abtpro_app, abtpro_operator;
REVOKE CREATE ON SCHEMA public FROM abtpro_lookup;
"""


def upgrade():
    for part in (REASONS, PEOPLE, KEYS, AUDIT, OPERATORS, RATES, WAYS_IN):
        op.execute(part)
