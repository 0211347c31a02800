"""What an installation holds, as pandas frames for whoever explores it in a notebook.

Everything is read and nothing is written: no folder is made, no database migrated, and what does
not fit into memory spills to a temporary folder. Amounts stay exact (``decimal128``), times are
UTC; both go through Arrow, because pandas by itself would make floats of decimals.

Whoever reads a case is written into its log, which somebody who may not write cannot be. So no
case can be read here: :meth:`ReadOnlyInstallation.alerts` has what the queue shows, and no more.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.types as kinds
from sqlmodel import Session, col, func, select

from surveillance.activity import facts, preparing
from surveillance.activity.bounds import Bounds
from surveillance.activity.catalogue import Table
from surveillance.activity.contract import quoted
from surveillance.activity.lake import Lake
from surveillance.activity.lake.rows import STATE, moment
from surveillance.casework.alerts import STANDING
from surveillance.casework.decisions import decisions
from surveillance.config import Settings, load_settings
from surveillance.detection import anomaly, feature_file, features
from surveillance.errors import SurveillanceError
from surveillance.model import Outcome, Window
from surveillance.proof import rulebooks, runs
from surveillance.proof.runs import LATEST
from surveillance.records import artefacts
from surveillance.records.reader import Reader
from surveillance.records.scheduled import SURVEILLED
from surveillance.records.tables import Alert, Case, RunMode, RunRow, Watermark
from surveillance.studies.watch.trader_risk import trader_risks
from surveillance.times import format_time, parse_time

Time: TypeAlias = str | datetime
"""ISO 8601 text, a datetime or a pandas Timestamp; one without a zone is UTC."""

_UTC = pa.timestamp("us", tz="UTC")
_RUN = {
    "id": pa.string(),
    "start": _UTC,
    "end": _UTC,
    "as_of": _UTC,
    "created_at": _UTC,
    "digest": pa.string(),
    **{outcome.value: pa.int64() for outcome in Outcome},
}
_SUBJECT = {
    "at": _UTC,
    "started_at": _UTC,
    "trader_id": pa.string(),
    "owner_id": pa.string(),
    "instrument": pa.string(),
    "segment": pa.string(),
}
_RULE = {
    "rule_id": pa.string(),
    "version": pa.int64(),
    "risk": pa.string(),
    "typology": pa.string(),
    "severity": pa.string(),
    "score": pa.float64(),
}
_HIT = {"id": pa.string(), **_RULE, **_SUBJECT}
_ALERT = {
    "id": pa.string(),
    "case_id": pa.string(),
    "run_id": pa.string(),
    **_RULE,
    **_SUBJECT,
    "hits": pa.int64(),
    "first_act": _UTC,
    "last_act": _UTC,
    "money": pa.string(),
    "filed_at": _UTC,
    "state": pa.string(),
    "disposition": pa.string(),
}
_RISK = {
    **dict.fromkeys(("trader_id", "owner_id", "segment"), pa.string()),
    **dict.fromkeys(("score", "manipulation", "front_running", "kyc_aml", "anomaly"), pa.float64()),
    "tier": pa.string(),
    "main_reason": pa.string(),
}


class ReadOnlyInstallation:
    """An installation that is read and never changed; its methods return frames.

    Raises:
        SurveillanceError: the home is not there, or its database has to be migrated first.
    """

    def __init__(self, settings: Settings) -> None:
        if not settings.home.is_dir():
            raise SurveillanceError(
                f"expected the home of an installation, was no folder {settings.home}"
            )
        self._settings, self._database = settings, Reader(settings.database)
        self._spill = TemporaryDirectory(prefix="surveillance-")
        bounds = Bounds(settings.rule_seconds, settings.memory_mb)
        self._lake = Lake(settings.lake, bounds, Path(self._spill.name))

    def __repr__(self) -> str:
        count, mark = self._database.read(_state)
        judged = "nothing judged yet" if mark is None else f"judged until {format_time(mark)}"
        number = "1 run" if count == 1 else f"{count} runs"
        return f"<surveillance of {self._settings.home}: {number}, {judged}>"

    def runs(self) -> pd.DataFrame:
        """Return a row a run that filed, the latest window first, with its verdicts counted."""
        every = self._database.read(lambda session: runs.listed(session, limit=1_000_000))
        counts = {outcome.value: 0 for outcome in Outcome}
        return _frame([{**asdict(run), **counts, **run.verdicts} for run in every], _RUN)

    def hits(self, run: str = LATEST) -> pd.DataFrame:
        """Return a row a hit of a run, those below the alert line (score 50) too.

        ``measures``, ``thresholds`` and ``evidence`` hold mappings and ``reasons`` sentences;
        exact numbers stand in them as text. ``run`` is an id, a beginning of one, or "latest".
        """
        judged = self._database.read(lambda session: runs.load(session, run))
        hits = [hit for verdict in judged.verdicts for hit in verdict.hits]
        frame = _frame([{"id": hit.id, **asdict(hit)} for hit in hits], _HIT)
        for name in ("measures", "thresholds", "evidence", "reasons"):
            frame[name] = pd.Series([getattr(hit, name) for hit in hits], dtype=object)
        return frame

    def risk(self, run: str = LATEST) -> pd.DataFrame:
        """Return a row a trader seen in a run, the riskiest first: 0-100 for each family."""
        risks = trader_risks(
            self._lake, *self._database.read(lambda session: _judged(session, run))
        )
        return _frame([asdict(trader) for trader in risks], _RISK)

    def alerts(self) -> pd.DataFrame:
        """Return a row an alert, the latest first, with the state and disposition of its case.

        This is what the queue shows. What a case holds (evidence, KYC record, comments, reasons,
        reports) is not here, because whoever reads that must stand in the case's log; it is read
        by name: ``surveillance cases show CASE --by OFFICER``.
        """
        return _frame(self._database.read(_alerts), _ALERT)

    def activity(
        self, table: str, start: Time, end: Time, as_of: Time | None = None
    ) -> pd.DataFrame:
        """Return the rows of a table or fact in ``[start, end)`` as known at ``as_of``, or now.

        Tables of states, such as accounts, keep what holds however old it is. Columns, units and
        meanings: ``surveillance reference TABLE``.

        Raises:
            SurveillanceError: there is no such table, or the window is none.
        """
        known = facts.relations()
        if table not in known:
            raise SurveillanceError(_unknown(table, known))
        window = _window(start, end)
        reach, threads = window.back_to(facts.reach_of([table])), self._settings.threads
        with self._lake.view(reach, _known_at(as_of), None, threads) as view:
            preparing.prepare(view.connection, [table])
            return _pandas(view.arrow(_rows_of(known[table], window)))

    def features(self, start: Time, end: Time, as_of: Time | None = None) -> pd.DataFrame:
        """Return a row a trader with activity in ``[start, end)``, a column a feature.

        Features are those of ``features.yml``; units and meanings: ``surveillance reference
        features``.
        """
        definitions = feature_file.load(self._settings.rules / "features.yml")
        window = _window(start, end)
        with self._lake.view(window, _known_at(as_of), None, self._settings.threads) as view:
            preparing.prepare(view.connection, definitions.reads)
            return _pandas(features.features(view, definitions))


def open_to_read(home: str | Path | None = None) -> ReadOnlyInstallation:
    """Open the installation in ``home``, by default the one that the command line uses."""
    return ReadOnlyInstallation(load_settings(None if home is None else Path(home)))


def _state(session: Session) -> tuple[int, datetime | None]:
    mark = session.get(Watermark, SURVEILLED)
    filed = select(func.count(col(RunRow.id))).where(RunRow.mode == RunMode.LIVE)
    return session.exec(filed).one(), mark.ts if mark else None


def _judged(session: Session, run: str) -> tuple[Any, Any, Any, Any]:
    """Return a run, its rules, its segments, and what officers decided."""
    judged = runs.load(session, run)
    model = anomaly.segments_of(judged.manifest, lambda name: artefacts.read(session, name))
    return judged, rulebooks.rulebook_of(session, judged), model, decisions(session)


def _alerts(session: Session) -> list[dict[str, Any]]:
    own = [name for name in _ALERT if name not in ("state", "disposition")]
    columns = [*(col(getattr(Alert, name)) for name in own), col(Case.state), col(Case.disposition)]
    latest = col(Alert.at).desc(), col(Alert.id)
    rows = session.execute(select(*columns).join(Case).where(STANDING).order_by(*latest)).mappings()
    return [dict(row) for row in rows]


def _rows_of(table: Table, window: Window) -> str:
    """Write the SELECT of a table's rows in a window, in order of time."""
    is_cut = table.time and table.name not in STATE
    where = f"{quoted(table.time)} >= {moment(window.start)}" if is_cut else "true"
    order = dict.fromkeys([*filter(None, [table.time]), *table.key])
    names = ", ".join(map(quoted, order))
    return f"select * from {quoted(table.name)} where {where} order by {names}"


def _known_at(as_of: Time | None) -> datetime:
    return datetime.now(UTC) if as_of is None else parse_time(str(as_of))


def _window(start: Time, end: Time) -> Window:
    return Window(parse_time(str(start)), parse_time(str(end)))


def _unknown(table: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(table, known, n=3)
    meant = f"; did you mean {' or '.join(near)}?" if near else f" of {', '.join(known)}"
    return f"expected a table or fact, was {table!r}{meant}"


def _frame(rows: Iterable[Mapping[str, Any]], schema: Mapping[str, pa.DataType]) -> pd.DataFrame:
    """Return rows as a frame of these columns, whose types hold where there is no row as well."""
    plain = [{name: row[name] for name in schema} for row in rows]
    return _pandas(pa.Table.from_pylist(plain, schema=pa.schema(schema)))


def _pandas(table: pa.Table) -> pd.DataFrame:
    zoned = [
        field.with_type(_UTC) if kinds.is_timestamp(field.type) else field for field in table.schema
    ]
    frame: pd.DataFrame = table.cast(pa.schema(zoned)).to_pandas(types_mapper=_exact)
    return frame


def _exact(kind: pa.DataType) -> pd.api.extensions.ExtensionDtype | None:
    """Return the type of a column that pandas would otherwise make floats or objects of."""
    if kinds.is_decimal(kind):
        return pd.ArrowDtype(kind)
    if kinds.is_integer(kind):
        return pd.Int64Dtype()
    return pd.BooleanDtype() if kinds.is_boolean(kind) else None
