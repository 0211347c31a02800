"""The pages of segments: who is in which, and why one account is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from sqlalchemy import Engine
from sqlmodel import Session

from surveillance.config import Settings
from surveillance.detection import feature_file, segments
from surveillance.governance import calibration
from surveillance.model import Outcome
from surveillance.records import artefacts
from surveillance.records.tables import RunRow, SegmentModel, VerdictRow
from tests.given.visitor import Visitor

Visit = Callable[..., Visitor]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
RULES = Settings().rules


def model() -> segments.Segmentation:
    """The shipped divisions of forty accounts, of whom half stake much on little."""
    names = list(feature_file.load(RULES / "features.yml").features)
    rows = np.random.default_rng(1).uniform(0.1, 0.2, size=(40, len(names)))
    for name in ("orders", "trades", "leverage"):
        rows[:, names.index(name)] = np.where(np.arange(40) < 20, 30, 10)
    table = pa.table(
        {"trader_id": [f"T{n:02d}" for n in range(40)]}
        | {name: rows[:, place] for place, name in enumerate(names)}
    ).drop(["quotes_won", "block_share"])
    blank = pa.nulls(40, pa.float64())
    table = table.append_column("quotes_won", blank).append_column("block_share", blank)
    return segments.calibrate(table, segments.load(RULES / "segments.yml"), None, NOW)


def test_they_say_who_is_in_which_and_what_sets_them_apart(visit: Visit, database: Engine) -> None:
    visitor = visit("auditor-1")
    assert "No segments yet" in visitor.get("/segments").text
    made = model()
    with Session(database) as session:
        name = artefacts.keep(session, "segments", made.to_text().encode(), NOW)
        session.add(
            SegmentModel(version=1, digest=name, fitted_from=NOW, fitted_to=NOW, created_at=NOW)
        )
        session.commit()
    page = visitor.get("/segments").text
    assert made.segment_of("T00") == "leveraged"
    assert 'id="picture-leveraged"' in page
    assert "leverage &gt;= 20" in page
    assert "Median position value over margin" in page
    assert visitor.get("/segments/traders/NOBODY").status_code == 404


def test_a_model_that_waits_is_decided_on_the_page(visit: Visit, database: Engine) -> None:
    text = model().to_text()
    with Session(database) as session:
        for version in (1, 2, 3):
            name = artefacts.keep(session, "segments", f"{text}{' ' * version}".encode(), NOW)
            session.add(
                SegmentModel(
                    version=version, digest=name, fitted_from=NOW, fitted_to=NOW, created_at=NOW
                )
            )
            session.flush()
        for version in (2, 3):
            calibration.propose_by_system(session, version, f"Drift, {version}.", NOW)
        session.commit()
    officer, supervisor = visit("officer-1"), visit("supervisor-1")
    assert "Drift, 2." in officer.get("/segments").text
    assert "/segments/2/approve" not in officer.get("/segments").text
    assert supervisor.post("/segments/2/approve").status_code == 303
    assert supervisor.post("/segments/3/refuse", reason="One odd week.").status_code == 303
    page = supervisor.get("/segments").text
    assert "model 2." in page
    assert "waits for approval" not in page
    card = officer.get("/segments/card").text
    assert "The schedule (system)" in card
    assert "not recorded" in card
    assert officer.get("/rules/spoofing/card").status_code == 404


def test_a_detector_that_was_never_fitted_has_no_card_and_the_page_says_why(
    visit: Visit, database: Engine
) -> None:
    with Session(database) as session:
        run = RunRow(
            id="r1", start=NOW - timedelta(days=1), end=NOW, as_of=NOW, created_at=NOW,
            digest="d", manifest="{}",
        )  # fmt: skip
        session.add(run)
        session.flush()
        few = VerdictRow(
            run_id="r1", rule_id="strange_transfers", version=1, digest="d",
            outcome=Outcome.INSUFFICIENT_DATA, reason="expected 60 traders, was 3", body="{}",
        )  # fmt: skip
        session.add(few)
        session.commit()
    answer = visit("auditor-1").get("/rules/strange_transfers/card")
    assert answer.status_code == 404
    assert "Run r1 said of it: expected 60 traders, was 3" in answer.text
