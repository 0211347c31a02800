"""What an installation holds comes as frames: exact, in UTC, and nothing of it is touched."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

import surveillance
from surveillance.canonical import digest
from surveillance.errors import SurveillanceError
from surveillance.frames import ReadOnlyInstallation
from surveillance.records.database import engine, migrate
from tests.given.installations import DAY, NEXT, PULLED, Home

DAYS = ("2026-03-02", "2026-03-03")


@pytest.fixture
def read(small: Home, monkeypatch: pytest.MonkeyPatch) -> ReadOnlyInstallation:
    """The installation judged by one rule, open to be read."""
    monkeypatch.setenv("SURVEILLANCE_RULES", str(small.rules))
    return surveillance.open(small.path)


def contents(folder: Path) -> dict[str, str]:
    """Return the digest of every file in a folder, by name."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): digest(path.read_bytes()) for path in files}


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import surveillance, sys; print({'pandas', 'duckdb', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"


def test_amounts_are_exact_and_times_are_utc(read: ReadOnlyInstallation) -> None:
    trades = read.activity("trades", *DAYS)

    assert trades["price"].dtype == "decimal128(38, 18)[pyarrow]"
    assert trades["ts"].dtype == "datetime64[us, UTC]"
    assert trades["seq"].dtype == "Int64"
    assert trades["ts"].is_monotonic_increasing
    worth = read.activity("valued_trades", *DAYS)
    assert worth["usd"].dtype == "decimal128(18, 6)[pyarrow]"
    fills = read.activity("fills", *DAYS)
    total = sum((Decimal(each) for each in fills["notional"]), Decimal(0))
    assert total == 2 * worth["usd"].sum()
    assert fills["notional"].sum() == total
    by_instrument = fills.groupby("instrument")["notional"].sum()
    assert sum(by_instrument, Decimal(0)) == total


def test_a_window_is_half_open_and_may_be_named_by_any_kind_of_time(
    read: ReadOnlyInstallation,
) -> None:
    whole = read.activity("trades", DAY, pd.Timestamp(NEXT))
    noon = pd.Timestamp("2026-03-02T12:00", tz="UTC")
    halves = [read.activity("trades", DAY, noon), read.activity("trades", noon, "2026-03-03")]

    assert 0 < len(halves[0]) < len(whole)
    pd.testing.assert_frame_equal(pd.concat(halves, ignore_index=True), whole)
    assert halves[1]["ts"].min() >= noon


def test_what_had_not_arrived_was_not_known(read: ReadOnlyInstallation) -> None:
    assert len(read.activity("transfers", *DAYS, as_of=PULLED)) > 0
    assert len(read.activity("transfers", *DAYS, as_of="2026-03-03T05:59:59Z")) == 0


def test_facts_are_read_like_tables_and_the_same_however_the_window_is_cut(
    read: ReadOnlyInstallation,
) -> None:
    hour = read.activity("mids", "2026-03-02T06:00", "2026-03-02T07:00")
    both = read.activity("mids", "2026-03-02T05:00", "2026-03-02T07:00")
    cut = both[both["ts"] >= "2026-03-02T06:00Z"].reset_index(drop=True)

    assert len(hour) > 0
    pd.testing.assert_frame_equal(cut, hour)
    assert set(read.activity("owners", *DAYS).columns) == {"trader_id", "owner_id"}
    assert "owner_id" in read.activity("transfers", *DAYS).columns


def test_states_are_shown_however_old(read: ReadOnlyInstallation) -> None:
    early = read.activity("accounts", "2026-03-02", "2026-03-03")
    late = read.activity("accounts", "2026-03-20", "2026-03-21")

    assert set(early["trader_id"]) <= set(late["trader_id"])
    assert len(early) > 100


def test_runs_hits_risk_and_alerts_tell_of_the_same_run(read: ReadOnlyInstallation) -> None:
    [run] = read.runs().itertuples()
    hits, risk, alerts = read.hits(), read.risk(), read.alerts()

    assert (run.hit, run.no_hit, run.error) == (1, 0, 0)
    assert read.hits(str(run.id)[:6])["id"].tolist() == hits["id"].tolist()
    above = hits.loc[hits["score"] >= 50, "id"]
    assert set(alerts["id"]) < set(above)
    assert alerts["hits"].sum() == len(above)
    assert set(alerts["run_id"]) == {run.id}
    assert set(alerts["state"]) == {"open"}
    assert set(hits["owner_id"]) <= set(risk["owner_id"])
    assert 0 < risk["kyc_aml"].max() == risk["score"].max() < hits["score"].max()
    first = hits.iloc[0]
    assert first["measures"]["moved"] == len(first["evidence"]["transfers"])


def test_alerts_show_nothing_whose_reading_is_logged(read: ReadOnlyInstallation) -> None:
    shown = set(read.alerts().columns)

    assert not shown & {"dossier", "evidence", "measures", "reasons", "reason", "name"}


def test_features_are_those_of_the_file_for_every_trader(
    read: ReadOnlyInstallation, small: Home
) -> None:
    features = read.features(*DAYS)
    transfers = read.activity("transfers", *DAYS)

    assert features["trader_id"].is_unique
    trader = transfers["trader_id"].iloc[0]
    [counted] = features.loc[features["trader_id"] == trader, "transfers"]
    assert counted == (transfers["trader_id"] == trader).sum() > 0


def test_an_unknown_table_is_answered_with_what_was_meant(read: ReadOnlyInstallation) -> None:
    with pytest.raises(SurveillanceError, match="was 'trade'; did you mean trades"):
        read.activity("trade", *DAYS)
    with pytest.raises(SurveillanceError, match="was 'xyz' of accounts, kyc"):
        read.activity("xyz", *DAYS)
    with pytest.raises(SurveillanceError, match="expected one run that begins with 'zz'"):
        read.hits("zz")


def test_it_says_what_it_is_of(read: ReadOnlyInstallation, small: Home) -> None:
    expected = f"<surveillance of {small.path}: 1 run, judged until 2026-03-03T00:00:00.000000Z>"
    assert repr(read) == expected


def test_reading_leaves_a_home_as_it_was(own_small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURVEILLANCE_RULES", str(own_small.rules))
    before = contents(own_small.path)
    read = surveillance.open(own_small.path)
    for frame in (read.runs(), read.hits(), read.risk(), read.alerts(), read.features(*DAYS)):
        assert len(frame) > 0
    assert len(read.activity("order_life", *DAYS)) > 0

    assert contents(own_small.path) == before


def test_a_home_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(SurveillanceError, match="expected the home of an installation, was no"):
        surveillance.open(tmp_path / "none")
    with pytest.raises(SurveillanceError, match="expected a database, was no file"):
        surveillance.open(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_home_with_nothing_in_it_has_empty_frames_of_the_same_columns(
    tmp_path: Path, read: ReadOnlyInstallation
) -> None:
    database = engine(f"sqlite:///{tmp_path / 'surveillance.db'}")
    migrate(database)
    database.dispose()
    empty = surveillance.open(tmp_path)

    assert "0 runs, nothing judged yet" in repr(empty)
    for name in ("runs", "alerts"):
        nothing, something = getattr(empty, name)(), getattr(read, name)()
        assert len(nothing) == 0
        assert nothing.dtypes.to_dict() == something.dtypes.to_dict()
    assert len(empty.activity("trades", *DAYS)) == 0
    with pytest.raises(SurveillanceError, match="expected a run, was none yet"):
        empty.hits()
