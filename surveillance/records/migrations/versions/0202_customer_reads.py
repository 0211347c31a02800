"""Who read what of a customer."""

import sqlalchemy as sa
from alembic import op

revision = "0202"
down_revision = "0201"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and keep what is written there as it was written."""
    op.create_table(
        "customer_reads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.id"], name=op.f("fk_customer_reads_officer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_reads")),
    )
    op.create_index(op.f("ix_customer_reads_owner_id"), "customer_reads", ["owner_id"])
    op.create_index(op.f("ix_customer_reads_officer_id"), "customer_reads", ["officer_id"])
    for statement in _refusals(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("customer_reads")


def _refusals(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER customer_reads_no_{change.lower()} BEFORE {change} ON customer_reads "
            "BEGIN SELECT RAISE(ABORT, 'customer_reads is append-only'); END"
            for change in ("UPDATE", "DELETE")
        ]
    return [
        "CREATE TRIGGER customer_reads_no_change BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON customer_reads FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ]
