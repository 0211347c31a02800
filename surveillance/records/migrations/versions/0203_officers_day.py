"""What an officer's day needs: words to find cases by, drafts, files, links, views and clocks."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0203"
down_revision = "0202"
branch_labels = None
depends_on = None

_CASES = ("gravity", "first_act", "last_act", "due_at", "snoozed_until", "proposed", "sampled_at")
_GRAVITY = {"low": 0, "medium": 1, "high": 2, "critical": 3}
_DUE = {"low": 720, "medium": 168, "high": 72, "critical": 24}
_BREAK = re.compile(r"[^\w]+|_")
_TERM: Any = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True)
_KINDS: dict[str, Any] = {"gravity": sa.Integer(), "proposed": sa.String()}


def upgrade() -> None:
    """Make the tables and columns, and fill them for the cases that are there."""
    for name in _CASES:
        kind = _KINDS.get(name, _TIME)
        op.add_column("cases", sa.Column(name, kind, nullable=True))
    for name in ("due_at", "sampled_at"):
        op.create_index(op.f(f"ix_cases_{name}"), "cases", [name])
    # Without it SQLite takes the one on joined_to, which is empty in nearly every alert.
    op.create_index("ix_alerts_case_id_joined_to", "alerts", ["case_id", "joined_to"])
    op.add_column("officers", sa.Column("known_as", sa.Text(), nullable=True))
    _make_terms()
    _make_drafts()
    _make_attachments()
    _make_links()
    _make_views()
    _fill()


def downgrade() -> None:
    """Drop them."""
    for table in ("saved_views", "case_links", "attachments", "drafts", "case_terms"):
        op.drop_table(table)
    op.drop_column("officers", "known_as")
    op.drop_index("ix_alerts_case_id_joined_to", "alerts")
    for name in ("due_at", "sampled_at"):
        op.drop_index(op.f(f"ix_cases_{name}"), "cases")
    for name in _CASES:
        op.drop_column("cases", name)


def _make_terms() -> None:
    op.create_table(
        "case_terms",
        sa.Column("term", _TERM, nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("is_party", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_terms_case_id")),
        sa.PrimaryKeyConstraint("term", "case_id", name=op.f("pk_case_terms")),
    )
    op.create_index(op.f("ix_case_terms_case_id"), "case_terms", ["case_id"])


def _make_drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_drafts_case_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_drafts_officer_id")),
        sa.PrimaryKeyConstraint("officer_id", "case_id", "field", name=op.f("pk_drafts")),
    )


def _make_attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by"], ["officers.id"], name=op.f("fk_attachments_added_by")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_attachments_case_id")),
        sa.ForeignKeyConstraint(
            ["sha256"], ["artefacts.digest"], name=op.f("fk_attachments_sha256")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_case_id"), "attachments", ["case_id"])


def _make_links() -> None:
    op.create_table(
        "case_links",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("other_id", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("linked_by", sa.String(), nullable=False),
        sa.Column("linked_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_links_case_id")),
        sa.ForeignKeyConstraint(
            ["linked_by"], ["officers.id"], name=op.f("fk_case_links_linked_by")
        ),
        sa.ForeignKeyConstraint(["other_id"], ["cases.id"], name=op.f("fk_case_links_other_id")),
        sa.CheckConstraint("case_id < other_id", name=op.f("ck_case_links_in_order")),
        sa.PrimaryKeyConstraint("case_id", "other_id", name=op.f("pk_case_links")),
    )
    op.create_index(op.f("ix_case_links_other_id"), "case_links", ["other_id"])


def _make_views() -> None:
    op.create_table(
        "saved_views",
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.id"], name=op.f("fk_saved_views_officer_id")
        ),
        sa.PrimaryKeyConstraint("officer_id", "name", name=op.f("pk_saved_views")),
    )


_ALERTS = sa.text(
    "SELECT case_id, severity, filed_at, first_act, last_act, subject, trader_id, owner_id, "
    "instrument, risk, typology, rule_id, segment, dossier FROM alerts WHERE joined_to IS NULL"
).columns(filed_at=_TIME, first_act=_TIME, last_act=_TIME)


def _fill() -> None:
    """Work out of the alerts what intake writes from now on."""
    connection = op.get_bind()
    clocks: dict[str, dict[str, Any]] = {}
    terms: dict[tuple[str, str], bool] = {}
    for alert in connection.execute(_ALERTS).mappings():
        clock = clocks.setdefault(alert["case_id"], _clock(alert))
        clocks[alert["case_id"]] = {
            name: _SUMS[name](clock[name], value) for name, value in _clock(alert).items()
        }
        for term, is_party in _terms(alert):
            key = (term, alert["case_id"])
            terms[key] = terms.get(key, False) or is_party
    cases = sa.table(
        "cases", sa.column("id"), *(sa.column(n, _TIME) for n in _CASES[1:4]), sa.column("gravity")
    )
    for case_id, clock in clocks.items():
        connection.execute(cases.update().where(cases.c.id == case_id).values(**clock))
    rows = [{"term": t, "case_id": c, "is_party": p} for (t, c), p in sorted(terms.items())]
    table = sa.table(
        "case_terms", sa.column("term"), sa.column("case_id"), sa.column("is_party", sa.Boolean)
    )
    if rows:
        connection.execute(table.insert(), rows)


_SUMS: dict[str, Any] = {"gravity": max, "first_act": min, "last_act": max, "due_at": min}


def _clock(alert: Any) -> dict[str, Any]:
    filed: datetime = alert["filed_at"]
    return {
        "gravity": _GRAVITY[alert["severity"]],
        "first_act": alert["first_act"],
        "last_act": alert["last_act"],
        "due_at": filed + timedelta(hours=_DUE[alert["severity"]]),
    }


def _terms(alert: Any) -> list[tuple[str, bool]]:
    record = json.loads(alert["dossier"])
    parties = [alert["subject"], alert["trader_id"], alert["owner_id"], *record.get("accounts", ())]
    about = record.get("subject", {})
    parties += [value for name, value in about.items() if name in ("name", "national_id")]
    kinds = {name: alert[name] for name in ("risk", "typology", "instrument", "segment")}
    words = [*kinds.values(), alert["rule_id"], alert["case_id"]]
    found = [(each.casefold(), True) for each in parties if each]
    found += [(f"{name}:{word}".casefold(), False) for name, word in kinds.items() if word]
    for each in (*parties, *words):
        plain = (each or "").casefold()
        found += [(part, False) for part in {plain, *_BREAK.split(plain)} if part]
    return found
