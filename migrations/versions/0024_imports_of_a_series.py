"""The imports of a series are found by it, when it is removed."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade():
    op.execute(
        "CREATE INDEX ix_market_imports_series ON market_imports (tenant_id, series_id)"
        " WHERE series_id IS NOT NULL"
    )
