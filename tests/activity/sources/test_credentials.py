"""Credentials at landing: states and digests land, and nothing that a credential says."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from surveillance.activity import sources
from surveillance.activity.lake import Lake
from tests.given.credentials import NOW, SECRET, URI, Wallet

AT = datetime.fromtimestamp(NOW, UTC)
VENUE = """venue: shop
source: credentials
presentations: "*.jsonl"
issuers: issuers.json
statuses: statuses.json
audience: https://venue.example
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two credentials, one presented twice with one nonce, and a line that is none."""
    wallet = Wallet()
    keys = {"keys": [wallet.issuer.as_dict(private=False)]}
    good, revoked = wallet.presented("n1"), wallet.presented("n2", 1)
    shown = [("A", "n1", good), ("B", "n2", revoked), ("C", "n1", good)]
    lines = [
        json.dumps(
            {
                "ts": (AT + timedelta(minutes=number)).isoformat(),
                "trader_id": who,
                "nonce": nonce,
                "presentation": token,
            }
        )
        for number, (who, nonce, token) in enumerate(shown)
    ]
    (tmp_path / "shown.jsonl").write_text("\n".join([*lines, f'{{"presentation": "{good}"}}']))
    (tmp_path / "issuers.json").write_text(json.dumps({"https://issuer.example": keys}))
    (tmp_path / "statuses.json").write_text(json.dumps({URI: wallet.listed([0, 1])}))
    (tmp_path / "venue.yml").write_text(VENUE)
    return tmp_path


def test_states_land_and_nothing_of_the_token_or_of_what_it_says(folder: Path) -> None:
    lake = Lake(folder / "lake")
    for batch in sources.pull(sources.load(folder / "venue.yml")):
        counts = lake.land(batch, AT + timedelta(hours=1)).counts
    span = lake.files()["kyc_credentials"]
    assert sum(file.rows for file in span) == 3
    assert counts["presentations"].quarantined == 1
    token = json.loads((folder / "shown.jsonl").read_text().splitlines()[0])["presentation"]
    parts = [part for part in (SECRET, *token.replace("~", ".").split(".")) if part]
    for path in (path for path in (folder / "lake").rglob("*") if path.is_file()):
        body = path.read_bytes()
        assert not any(part.encode() in body for part in parts), path


def test_one_nonce_taken_twice_is_reused(folder: Path) -> None:
    (batch,) = sources.pull(sources.load(folder / "venue.yml"))
    rows = batch.tables["kyc_credentials"].to_pylist()
    states = {row["trader_id"]: row["status"] for row in rows}
    assert states == {"A": "valid", "B": "revoked", "C": "reused"}
    assert rows[0]["nullifier"] == rows[2]["nullifier"]
