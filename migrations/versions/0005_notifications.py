"""Notices and mails; the figures that operators watch."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NOTICES = """
CREATE TABLE notices (
  tenant_id uuid NOT NULL REFERENCES tenants,
  notice_id uuid NOT NULL,
  user_id uuid NOT NULL,
  kind text NOT NULL,
  params jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  read_at timestamptz,
  CONSTRAINT pk_notices PRIMARY KEY (tenant_id, notice_id),
  CONSTRAINT fk_notices_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id)
);
CREATE INDEX ix_notices_tenant_id_user_id ON notices (tenant_id, user_id, notice_id);
CREATE INDEX ix_notices_unread ON notices (tenant_id, user_id) WHERE read_at IS NULL;
SELECT own_by_tenant('notices', 'SELECT, INSERT, UPDATE');
CREATE POLICY forget ON notices TO abtpro_relay USING (true);
GRANT SELECT (tenant_id, notice_id, created_at), DELETE ON notices TO abtpro_relay;
"""

MAILS = """
CREATE TABLE mails (
  tenant_id uuid NOT NULL REFERENCES tenants,
  mail_id uuid NOT NULL,
  user_id uuid NOT NULL,
  kind text NOT NULL,
  address text NOT NULL,
  params jsonb NOT NULL,
  sealed bytea,
  state text NOT NULL DEFAULT 'PENDING',
  tries integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  give_up_at timestamptz NOT NULL,
  sent_at timestamptz,
  last_error text,
  CONSTRAINT pk_mails PRIMARY KEY (tenant_id, mail_id),
  CONSTRAINT fk_mails_tenant_id_user_id
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id),
  CONSTRAINT ck_mails_state CHECK (state IN ('PENDING', 'SENT', 'FAILED')),
  CONSTRAINT ck_mails_sealed CHECK (state = 'PENDING' OR sealed IS NULL),
  CONSTRAINT ck_mails_sent CHECK ((state = 'SENT') = (sent_at IS NOT NULL))
);
CREATE INDEX ix_mails_pending ON mails (created_at) WHERE state = 'PENDING';
SELECT own_by_tenant('mails', 'SELECT, INSERT, UPDATE');
CREATE POLICY forget ON mails TO abtpro_relay USING (true);
GRANT SELECT (tenant_id, mail_id, created_at), DELETE ON mails TO abtpro_relay;
"""

# What operators watch, summed: no row of any tenant leaves this function. ``tenant`` is
# a slug, empty for figures of the whole installation.
FIGURES = """
CREATE INDEX ix_topups_created_at ON topups USING brin (created_at);
CREATE POLICY lookup ON outbox FOR SELECT TO abtpro_lookup USING (true);
CREATE POLICY lookup ON mails FOR SELECT TO abtpro_lookup USING (true);
CREATE POLICY lookup ON gateway_payments FOR SELECT TO abtpro_lookup USING (true);
CREATE POLICY lookup ON incidents FOR SELECT TO abtpro_lookup USING (true);
GRANT SELECT ON outbox, mails, gateway_payments, incidents TO abtpro_lookup;
GRANT CREATE ON SCHEMA public TO abtpro_lookup;

CREATE FUNCTION figures(at timestamptz)
RETURNS TABLE (metric text, tenant text, label text, figure double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT 'topups', t.slug, u.status, count(*)::float8
  FROM public.topups u JOIN public.tenants t ON t.tenant_id = u.tenant_id
  WHERE u.created_at > at - interval '1 day' GROUP BY t.slug, u.status
  UNION ALL
  SELECT 'topups_overdue', '', '', count(*)::float8 FROM public.topups
  WHERE status = 'PENDING' AND expires_at < at - interval '5 minutes'
  UNION ALL
  SELECT 'suspense', t.slug, p.currency, sum(p.amount)::float8
  FROM public.gateway_payments p JOIN public.tenants t ON t.tenant_id = p.tenant_id
  WHERE p.state = 'SUSPENSE' GROUP BY t.slug, p.currency
  UNION ALL
  SELECT 'incidents', t.slug, i.kind, count(*)::float8
  FROM public.incidents i JOIN public.tenants t ON t.tenant_id = i.tenant_id
  WHERE i.closed_at IS NULL GROUP BY t.slug, i.kind
  UNION ALL
  SELECT 'outbox_waiting', '', '', count(*)::float8 FROM public.outbox
  WHERE sent_at IS NULL AND due_at < at + interval '1 day'
  UNION ALL
  SELECT 'outbox_age', '', '',
    coalesce(extract(epoch FROM at - min(created_at)), 0)::float8
  FROM public.outbox WHERE sent_at IS NULL AND due_at < at + interval '1 day'
  UNION ALL
  SELECT 'outbox_parked', '', '', count(*)::float8 FROM public.outbox
  WHERE sent_at IS NULL AND due_at >= at + interval '1 day'
  UNION ALL
  SELECT 'mails_waiting', '', '', count(*)::float8 FROM public.mails
  WHERE state = 'PENDING'
  UNION ALL
  SELECT 'mails_age', '', '',
    coalesce(extract(epoch FROM at - min(created_at)), 0)::float8
  FROM public.mails WHERE state = 'PENDING';
END;
ALTER FUNCTION figures(timestamptz) OWNER TO abtpro_lookup;
REVOKE ALL ON FUNCTION figures(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION figures(timestamptz) TO abtpro_operator;
"""


def upgrade():
    op.execute(NOTICES)
    op.execute(MAILS)
    op.execute(FIGURES)
    op.execute("REVOKE CREATE ON SCHEMA public FROM abtpro_lookup")
