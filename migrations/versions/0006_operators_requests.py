"""Operators' marked requests, the invitations that they leave, and what is forgotten."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ANSWERS = """
CREATE TABLE operator_idempotency_keys (
  operator_id uuid NOT NULL
    CONSTRAINT fk_operator_idempotency_keys_operator_id REFERENCES operators,
  method text NOT NULL,
  route text NOT NULL,
  key text NOT NULL,
  request_hash bytea NOT NULL,
  status integer NOT NULL,
  body bytea NOT NULL,
  headers jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT pk_operator_idempotency_keys
    PRIMARY KEY (operator_id, method, route, key),
  CONSTRAINT ck_operator_idempotency_keys_key CHECK (length(key) BETWEEN 1 AND 255)
);
CREATE INDEX ix_operator_idempotency_keys_created_at
  ON operator_idempotency_keys (created_at);
GRANT SELECT, INSERT, DELETE ON operator_idempotency_keys TO abtpro_operator;
GRANT SELECT (created_at), DELETE ON operator_idempotency_keys TO abtpro_relay;
"""

# The relay forgets answers that have had their day; never one of money.
FORGETTING = """
CREATE POLICY forget ON idempotency_keys TO abtpro_relay USING (NOT keep_forever);
GRANT SELECT (created_at, keep_forever), DELETE ON idempotency_keys TO abtpro_relay;
"""

# An operator sees no tenant's people. What they may do is to leave this one message;
# the process that it starts writes in the tenant's own name.
INVITING = """
CREATE POLICY operator ON outbox FOR INSERT TO abtpro_operator
  WITH CHECK (kind = 'tenant.invite');
GRANT INSERT (tenant_id, outbox_id, kind, process_id, message, created_at, due_at)
  ON outbox TO abtpro_operator;
"""


def upgrade():
    for part in (ANSWERS, FORGETTING, INVITING):
        op.execute(part)
