"""Trials are counted by market, not by the fingerprint of data that go on growing.

Counts of before are not carried over: no release has had them.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("ALTER TABLE backtest_trials RENAME COLUMN fingerprint TO market")
