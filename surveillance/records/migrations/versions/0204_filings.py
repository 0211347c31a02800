"""Filings with their states; what a report was made of; and four eyes on what is filed.

Until now two people closed a case as reported; now they send a filing, and a case is closed as
reported once one was sent. A proposal of the old kind that still waits is taken back: nobody could
decide it any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0204"
down_revision = "0203"
branch_labels = None
depends_on = None

_MATTERS = ("case", "rule", "segments", "suppression")
_STATES = ("draft", "refused", "approved", "sent", "acknowledged", "returned", "amended")


def upgrade() -> None:
    """Make the table, let approvals be of filings, and let reports say what they are made of."""
    _matters(*_MATTERS, "filing")
    op.execute(
        "UPDATE approvals SET granted = false, decided_by = proposed_by, decided_at = proposed_at,"
        " decision = 'Taken back by an upgrade: file the report, then close the case.'"
        " WHERE matter = 'case' AND granted IS NULL"
    )
    with op.batch_alter_table("reports") as reports:
        reports.add_column(sa.Column("inputs", sa.String(), nullable=False, server_default=""))
        reports.add_column(
            sa.Column("signed_sha256", sa.String(), nullable=False, server_default="")
        )
    with op.batch_alter_table("reports") as reports:
        reports.alter_column("inputs", server_default=None)
        reports.alter_column("signed_sha256", server_default=None)
    op.create_table(
        "filings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", _choice("state", *_STATES), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_by", sa.String(), nullable=False),
        sa.Column("amends", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.String(), nullable=True),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('draft', 'refused', 'approved')) = (sent_at IS NULL)"
            " AND (sent_at IS NULL) = (sent_by IS NULL)"
            " AND (sent_at IS NULL OR length(trim(authority)) * length(trim(reference)) > 0)",
            name=op.f("ck_filings_sent"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('acknowledged', 'returned') OR"
            " (answered_at IS NOT NULL AND length(trim(answer)) > 0)",
            name=op.f("ck_filings_answered"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_filings_case_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_filings_report_id")),
        sa.ForeignKeyConstraint(
            ["prepared_by"], ["officers.id"], name=op.f("fk_filings_prepared_by")
        ),
        sa.ForeignKeyConstraint(["sent_by"], ["officers.id"], name=op.f("fk_filings_sent_by")),
        sa.ForeignKeyConstraint(["amends"], ["filings.id"], name=op.f("fk_filings_amends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filings")),
    )
    op.create_index(op.f("ix_filings_case_id"), "filings", ["case_id"])
    op.create_index(op.f("ix_filings_state"), "filings", ["state"])


def downgrade() -> None:
    """Drop it all again."""
    op.drop_table("filings")
    with op.batch_alter_table("reports") as reports:
        reports.drop_column("signed_sha256")
        reports.drop_column("inputs")
    op.execute("DELETE FROM approvals WHERE matter = 'filing'")
    _matters(*_MATTERS)


def _matters(*names: str) -> None:
    """Say anew what approvals can be about."""
    words = ", ".join(f"'{name}'" for name in names)
    with op.batch_alter_table("approvals") as approvals:
        approvals.drop_constraint(op.f("ck_approvals_matter"), type_="check")
        approvals.create_check_constraint(op.f("ck_approvals_matter"), f"matter IN ({words})")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
