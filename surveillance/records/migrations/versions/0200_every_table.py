"""Every table, and the triggers that keep what is written once as it was written.

Numbers of migrations begin with the version that made them; databases of 0.1 are not read.
"""

import sqlalchemy as sa
from alembic import op

revision = "0200"
down_revision = None
branch_labels = None
depends_on = None

_WRITTEN_ONCE = (
    "journal",
    "alert_hits",
    "comments",
    "case_reads",
    "rule_steps",
    "studies",
    "suppressed_hits",
    "canaries",
    "near_hits",
    "pattern_hits",
)
_MATTERS = ("case", "rule", "segments", "suppression")
_TABLES = (
    "artefacts",
    "journal",
    "leases",
    "officers",
    "runs",
    "studies",
    "watermarks",
    "approvals",
    "cases",
    "detector_models",
    "rule_versions",
    "segment_models",
    "sign_ins",
    "suppressions",
    "verdicts",
    "canaries",
    "rule_steps",
    "suppressed_hits",
    "alerts",
    "alert_hits",
    "case_reads",
    "comments",
    "reports",
    "near_hits",
    "pattern_hits",
)


def upgrade() -> None:
    op.create_table(
        "artefacts",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_artefacts")),
    )
    op.create_table(
        "journal",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
        sa.UniqueConstraint("digest", name=op.f("uq_journal_digest")),
        sa.UniqueConstraint("previous", name=op.f("uq_journal_previous")),
    )
    op.create_index(op.f("ix_journal_subject"), "journal", ["subject"])

    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "officers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column(
            "role", _choice("role", "officer", "supervisor", "auditor", "admin"), nullable=False
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officers")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("mode", _choice("mode", "live", "shadow"), nullable=False),
        sa.CheckConstraint('start < "end"', name=op.f("ck_runs_window")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_end"), "runs", ["end"])

    op.create_table(
        "watermarks",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("ts", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_watermarks")),
    )
    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter", _choice("matter", *_MATTERS), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(granted IS NULL) = (decided_by IS NULL) AND (granted IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_approvals_decided"),
        ),
        sa.CheckConstraint(
            "granted IS NOT TRUE OR decided_by <> proposed_by", name=op.f("ck_approvals_four_eyes")
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_approvals_reason")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["officers.id"], name=op.f("fk_approvals_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["officers.id"], name=op.f("fk_approvals_proposed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index(op.f("ix_approvals_subject"), "approvals", ["subject"])
    op.create_index(
        op.f("uq_approvals_pending"),
        "approvals",
        ["matter", "subject"],
        unique=True,
        sqlite_where=sa.text("granted IS NULL"),
        postgresql_where=sa.text("granted IS NULL"),
    )

    op.create_table(
        "cases",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=True),
        sa.Column(
            "state",
            _choice("state", "open", "investigating", "escalated", "closed"),
            nullable=False,
        ),
        sa.Column("assignee", sa.String(), nullable=True),
        sa.Column("priority", sa.Float(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspicion_formed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "disposition",
            _choice("disposition", "false_positive", "no_further_action", "confirmed", "reported"),
            nullable=True,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("earlier_id", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (disposition IS NOT NULL AND closed_at IS NOT NULL"
            " AND closed_by IS NOT NULL AND length(trim(reason)) > 0)",
            name=op.f("ck_cases_closed_with_reason"),
        ),
        sa.CheckConstraint("priority >= 0 AND priority <= 100", name=op.f("ck_cases_priority")),
        sa.ForeignKeyConstraint(["assignee"], ["officers.id"], name=op.f("fk_cases_assignee")),
        sa.ForeignKeyConstraint(["closed_by"], ["officers.id"], name=op.f("fk_cases_closed_by")),
        sa.ForeignKeyConstraint(["earlier_id"], ["cases.id"], name=op.f("fk_cases_earlier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_index(op.f("ix_cases_assignee"), "cases", ["assignee"])
    op.create_index(op.f("ix_cases_owner_id"), "cases", ["owner_id"])
    op.create_index(op.f("ix_cases_state"), "cases", ["state"])
    op.create_index(op.f("ix_cases_subject"), "cases", ["subject"])
    op.create_index(
        op.f("uq_cases_subject_unclosed"),
        "cases",
        ["subject"],
        unique=True,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )

    op.create_table(
        "detector_models",
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fitted_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("rule_digest", sa.String(), nullable=False),
        sa.Column("fitted_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"], ["artefacts.digest"], name=op.f("fk_detector_models_digest")
        ),
        sa.PrimaryKeyConstraint(
            "rule_id", "version", "fitted_to", "digest", name=op.f("pk_detector_models")
        ),
    )
    op.create_index(op.f("ix_detector_models_rule_digest"), "detector_models", ["rule_digest"])

    op.create_table(
        "rule_versions",
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("text_digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["text_digest"], ["artefacts.digest"], name=op.f("fk_rule_versions_text_digest")
        ),
        sa.PrimaryKeyConstraint("rule_id", "version", name=op.f("pk_rule_versions")),
    )
    op.create_index(op.f("ix_rule_versions_digest"), "rule_versions", ["digest"])

    op.create_table(
        "rule_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("life", _choice("life", "draft", "shadow", "active", "retired"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id", "version"],
            ["rule_versions.rule_id", "rule_versions.version"],
            name=op.f("fk_rule_steps_rule_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_steps")),
    )
    op.create_index(op.f("ix_rule_steps_rule_id"), "rule_steps", ["rule_id"])

    op.create_table(
        "studies",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", _choice("kind", "backtest", "tuning"), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("rule_digest", sa.String(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint('start < "end"', name=op.f("ck_studies_window")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studies")),
    )
    op.create_index(op.f("ix_studies_rule_digest"), "studies", ["rule_digest"])
    op.create_index(op.f("ix_studies_rule_id"), "studies", ["rule_id"])

    op.create_table(
        "suppressions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_suppressions_reason")),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["officers.id"], name=op.f("fk_suppressions_proposed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
    )
    op.create_index(op.f("ix_suppressions_rule_id"), "suppressions", ["rule_id"])
    op.create_index(op.f("ix_suppressions_subject"), "suppressions", ["subject"])

    op.create_table(
        "suppressed_hits",
        sa.Column("hit_id", sa.String(), nullable=False),
        sa.Column("suppression_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["suppression_id"],
            ["suppressions.id"],
            name=op.f("fk_suppressed_hits_suppression_id"),
        ),
        sa.PrimaryKeyConstraint("hit_id", name=op.f("pk_suppressed_hits")),
    )
    op.create_index(
        op.f("ix_suppressed_hits_suppression_id"), "suppressed_hits", ["suppression_id"]
    )

    op.create_table(
        "canaries",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_canaries_run_id")),
        sa.PrimaryKeyConstraint("run_id", "rule_id", "act", name=op.f("pk_canaries")),
    )

    op.create_table(
        "segment_models",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("fitted_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fitted_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"], ["artefacts.digest"], name=op.f("fk_segment_models_digest")
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_segment_models")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.id"], name=op.f("fk_sign_ins_officer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_officer_id"), "sign_ins", ["officer_id"])

    op.create_table(
        "verdicts",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column(
            "outcome",
            _choice("outcome", "hit", "no_hit", "insufficient_data", "error"),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_verdicts_run_id")),
        sa.PrimaryKeyConstraint("run_id", "rule_id", "version", name=op.f("pk_verdicts")),
    )
    _alerts()
    op.create_table(
        "case_reads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_reads_case_id")),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.id"], name=op.f("fk_case_reads_officer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_reads")),
    )
    op.create_index(op.f("ix_case_reads_case_id"), "case_reads", ["case_id"])
    op.create_index(op.f("ix_case_reads_officer_id"), "case_reads", ["officer_id"])

    op.create_table(
        "comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("length(trim(text)) > 0", name=op.f("ck_comments_text")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_comments_case_id")),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.id"], name=op.f("fk_comments_officer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_case_id"), "comments", ["case_id"])

    _make_reports()
    _make_patterns()
    _guard()


def _make_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("journal_head", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reports_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index(op.f("ix_reports_case_id"), "reports", ["case_id"])
    op.create_index(op.f("ix_reports_sha256"), "reports", ["sha256"])


def _make_patterns() -> None:
    op.create_table(
        "near_hits",
        sa.Column("hit_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("typology", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_near_hits_run_id")),
        sa.PrimaryKeyConstraint("hit_id", name=op.f("pk_near_hits")),
    )
    op.create_index(op.f("ix_near_hits_person"), "near_hits", ["person"])
    op.create_index("ix_near_hits_typology_at", "near_hits", ["typology", "at"])

    op.create_table(
        "pattern_hits",
        sa.Column("hit_id", sa.String(), nullable=False),
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_pattern_hits_alert_id")),
        sa.ForeignKeyConstraint(
            ["hit_id"], ["near_hits.hit_id"], name=op.f("fk_pattern_hits_hit_id")
        ),
        sa.PrimaryKeyConstraint("hit_id", name=op.f("pk_pattern_hits")),
    )
    op.create_index(op.f("ix_pattern_hits_alert_id"), "pattern_hits", ["alert_id"])


def downgrade() -> None:
    _unguard()
    for table in reversed(_TABLES):
        op.drop_table(table)


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "risk", _choice("risk", "manipulation", "front_running", "kyc_aml"), nullable=False
        ),
        sa.Column("typology", sa.String(), nullable=False),
        sa.Column(
            "severity", _choice("severity", "low", "medium", "high", "critical"), nullable=False
        ),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "subject_kind",
            _choice("subject_kind", "owner", "trader", "instrument"),
            nullable=False,
        ),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("trader_id", sa.String(), nullable=True),
        sa.Column("owner_id", sa.String(), nullable=True),
        sa.Column("instrument", sa.String(), nullable=True),
        sa.Column("segment", sa.String(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hit_id", sa.String(), nullable=False),
        sa.Column("hit_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("first_act", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_act", sa.DateTime(timezone=True), nullable=False),
        sa.Column("money", sa.String(), nullable=False),
        sa.Column("joined_to", sa.String(), nullable=True),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("dossier_digest", sa.String(), nullable=False),
        sa.CheckConstraint("score >= 0 AND score <= 100", name=op.f("ck_alerts_score")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_alerts_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_case_id"), "alerts", ["case_id"])
    op.create_index(op.f("ix_alerts_joined_to"), "alerts", ["joined_to"])
    op.create_index(op.f("ix_alerts_rule_id"), "alerts", ["rule_id"])
    op.create_index(op.f("ix_alerts_run_id"), "alerts", ["run_id"])
    op.create_index(op.f("ix_alerts_subject"), "alerts", ["subject"])
    op.create_index(op.f("ix_alerts_trader_id"), "alerts", ["trader_id"])

    op.create_table(
        "alert_hits",
        sa.Column("hit_id", sa.String(), nullable=False),
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("amounts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_hits_alert_id")),
        sa.PrimaryKeyConstraint("hit_id", name=op.f("pk_alert_hits")),
    )
    for column in ("alert_id", "run_id"):
        op.create_index(op.f(f"ix_alert_hits_{column}"), "alert_hits", [column])


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in _WRITTEN_ONCE:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        op.execute(
            "CREATE TRIGGER alerts_no_delete BEFORE DELETE ON alerts "
            "BEGIN SELECT RAISE(ABORT, 'alerts grow and stay'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in _WRITTEN_ONCE:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE FUNCTION refuse_loss() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% grow and stay', TG_TABLE_NAME; END $$"
    )
    op.execute(
        "CREATE TRIGGER alerts_no_delete BEFORE DELETE OR TRUNCATE ON alerts "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_loss()"
    )


def _unguard() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_change() CASCADE")
        op.execute("DROP FUNCTION refuse_loss() CASCADE")
