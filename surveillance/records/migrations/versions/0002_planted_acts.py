"""What is planted for a rule is an act; an episode is an alert that grows."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Name the column by what it holds."""
    op.execute("ALTER TABLE canaries RENAME COLUMN episode TO act")


def downgrade() -> None:
    """Give the column its old name back."""
    op.execute("ALTER TABLE canaries RENAME COLUMN act TO episode")
