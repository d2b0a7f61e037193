"""Given time may be moved, and a contract remembers when it was changed last.

Given time that has not begun is written anew behind another period; what was paid for
stays for ever. Of two changes at once the second comes after the first.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOVED = """
ALTER TABLE contracts ADD COLUMN changed_at timestamptz;
GRANT UPDATE (changed_at) ON contracts TO abtpro_app;
GRANT DELETE ON contract_periods TO abtpro_app;
CREATE TRIGGER paid_for BEFORE DELETE ON contract_periods
  FOR EACH ROW WHEN (OLD.kind <> 'EXTENSION') EXECUTE FUNCTION refuse_change();
"""


def upgrade():
    op.execute(MOVED)
