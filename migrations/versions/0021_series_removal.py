"""Series of candles can be removed; the imports that made them stay, without them."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("ALTER TABLE market_imports DROP CONSTRAINT ck_market_imports_series")
    op.execute("GRANT DELETE ON market_series TO abtpro_app")
