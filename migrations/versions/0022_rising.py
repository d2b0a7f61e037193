"""Somebody may choose which colour rising prices and gains have."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade():
    op.execute(
        "ALTER TABLE users ADD COLUMN rising text NOT NULL DEFAULT 'green'"
        " CONSTRAINT ck_users_rising CHECK (rising IN ('green', 'red', 'blue'))"
    )
