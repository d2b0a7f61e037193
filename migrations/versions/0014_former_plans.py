"""Which plan counts until a period that is paid ahead begins.

A period may be renewed in its last days, also on another plan. What that plan gives
begins with its own period: until then the former one counts.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

FORMER = """
ALTER TABLE contracts ADD COLUMN former_plan_id uuid;
ALTER TABLE contracts ADD CONSTRAINT fk_contracts_tenant_id_former_plan_id
  FOREIGN KEY (tenant_id, former_plan_id) REFERENCES plans (tenant_id, plan_id);
GRANT UPDATE (former_plan_id) ON contracts TO abtpro_app;
-- A coupon is used by each user once.
CREATE INDEX ix_contracts_tenant_id_user_id_coupon_id
  ON contracts (tenant_id, user_id, coupon_id) WHERE coupon_id IS NOT NULL;
"""


def upgrade():
    op.execute(FORMER)
