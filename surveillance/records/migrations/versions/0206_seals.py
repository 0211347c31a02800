"""Where entries of the journal come from, who acts on the command line, tokens, and an outbox.

What rows were before they had seals, is sealed by whoever migrates.
"""

import sqlalchemy as sa
from alembic import op

revision = "0206"
down_revision = "0204"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the origin and the tables; locks of accounts go, since strangers could set them."""
    op.add_column("journal", sa.Column("origin", sa.String(), nullable=True))
    for name in ("failures", "locked_until"):
        op.execute(f"ALTER TABLE officers DROP COLUMN {name}")
    op.create_table(
        "sign_in_tries",
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("officer_id", "address", name=op.f("pk_sign_in_tries")),
    )
    op.create_index(op.f("ix_sign_in_tries_failed_at"), "sign_in_tries", ["failed_at"])
    op.create_table(
        "os_users",
        sa.Column("os_user", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mapped_by", sa.String(), nullable=False),
        sa.Column("is_demonstration", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.id"], name=op.f("fk_os_users_officer_id")
        ),
        sa.PrimaryKeyConstraint("os_user", "officer_id", name=op.f("pk_os_users")),
    )
    _tokens()
    _outbox()


def downgrade() -> None:
    """Take them away."""
    for name in ("outbox", "tokens", "os_users", "sign_in_tries"):
        op.drop_table(name)
    op.add_column("officers", sa.Column("failures", sa.Integer(), server_default="0"))
    op.add_column("officers", sa.Column("locked_until", sa.DateTime(timezone=True)))
    op.execute("ALTER TABLE journal DROP COLUMN origin")


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_tokens_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
    )
    op.create_index(op.f("ix_tokens_officer_id"), "tokens", ["officer_id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("url", "seq", name=op.f("uq_outbox_url_seq")),
    )
    op.create_index(op.f("ix_outbox_seq"), "outbox", ["seq"])
    op.create_index(op.f("ix_outbox_due_at"), "outbox", ["due_at"])
