"""A gateway's number of a refund, so that one told in two events counts once."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBERS = """
ALTER TABLE refunds ADD COLUMN gateway_refund_id text;
ALTER TABLE refunds
  ADD CONSTRAINT uq_refunds_tenant_id_gateway_account_id_gateway_refund_id
  UNIQUE (tenant_id, gateway_account_id, gateway_refund_id);
CREATE INDEX ix_refunds_tenant_id_gateway_txn_id
  ON refunds (tenant_id, gateway_account_id, gateway_txn_id)
  WHERE gateway_txn_id IS NOT NULL;
-- It holds those that are parked, too.
DROP INDEX ix_refunds_parked;
"""

INCIDENTS = """
ALTER TABLE incidents DROP CONSTRAINT ck_incidents_kind;
ALTER TABLE incidents ADD CONSTRAINT ck_incidents_kind
  CHECK (kind IN ('AMOUNT_MISMATCH', 'UNKNOWN_REFERENCE', 'WRONG_CURRENCY',
    'FAILED_AFTER_PAID', 'REFUND_SHORTFALL', 'SETTLEMENT_REJECTED',
    'SETTLEMENT_MISMATCH', 'MISSING_IN_SETTLEMENT', 'REFERENCE_MISMATCH', 'ABOVE_LIMIT',
    'REFUNDED_UNHEARD', 'PARKED_REFUND', 'REFUND_TOLD_AGAIN', 'UNREADABLE_NOTICE'));
"""


def upgrade():
    for part in (NUMBERS, INCIDENTS):
        op.execute(part)
