"""Incidents of gateway accounts that their gateway does not accept."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INCIDENTS = """
ALTER TABLE incidents DROP CONSTRAINT ck_incidents_kind;
ALTER TABLE incidents ADD CONSTRAINT ck_incidents_kind
  CHECK (kind IN ('AMOUNT_MISMATCH', 'UNKNOWN_REFERENCE', 'WRONG_CURRENCY',
    'FAILED_AFTER_PAID', 'REFUND_SHORTFALL', 'SETTLEMENT_REJECTED',
    'SETTLEMENT_MISMATCH', 'MISSING_IN_SETTLEMENT', 'REFERENCE_MISMATCH', 'ABOVE_LIMIT',
    'REFUNDED_UNHEARD', 'PARKED_REFUND', 'REFUND_TOLD_AGAIN', 'UNREADABLE_NOTICE',
    'GATEWAY_ACCOUNT_REFUSED'));
"""


def upgrade():
    op.execute(INCIDENTS)
