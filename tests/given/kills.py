"""Jobs of a small installation, done by forks of their own that die before their n-th write.

A write is what outlives a process: a file that is opened to be written, renamed or deleted, a file
that the engine copies out, a commit of a table of the lake, a statement that changes the database,
and the commit of that. They are counted where they are made, whoever makes them, so no list of
steps can go stale. Dying before each of them, and after the last, leaves everything that a killed
process can leave, but for files that are half written: those of the lake are cut in half besides.
"""

import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.table import TableAlterer
from sqlalchemy import Engine, Integer, event, select
from sqlmodel import col
from sqlmodel import select as chosen

from surveillance import pipeline, rendering, reports
from surveillance.activity.catalogue import ARRIVED, TABLES
from surveillance.activity.lake.delta import present_files
from surveillance.activity.lake.quarantine import QUARANTINE, REMARKS
from surveillance.activity.lake.seal import LANDING
from surveillance.config import load_settings
from surveillance.installation import Installation, open_installation
from surveillance.model import Window
from surveillance.records import reads, seals, tables
from surveillance.records.tables import Case, JournalEntry, Report
from surveillance.reports.pdf import Attached, write_pdf
from surveillance.rules.book import load_rulebook
from surveillance.rules.lock import write_lock
from surveillance.times import parse_time
from surveillance.upkeep import doctor, retention
from tests.given import probe
from tests.given.installations import CHECKOUT, enrol

AT = parse_time("2026-03-03T06:00:00Z")
LATER = parse_time("2026-03-04T06:00:00Z")
OLD = parse_time("2031-03-03T06:00:00Z")
"""When the first day may not be kept any longer."""
AGAIN = timedelta(minutes=15)
"""How long after a kill the job is due again."""


@dataclass(frozen=True)
class Place:
    """Where an installation is, and its database."""

    home: Path
    database: str

    def opened(self) -> Installation:
        """Open it."""
        rules = self.home / "rules"
        wanted = {"rules": rules, "database": self.database, "threads": 1}
        return open_installation(load_settings(self.home, **wanted))


# --- What is done ---


def _pull(place: Installation, at: datetime) -> None:
    pipeline.pull(place, place.settings.home / "shop.yml", None, at)


def _judge(place: Installation, at: datetime) -> None:
    pipeline.judge(place, at)


def _blank(html: str, attached: Sequence[Attached], at: datetime) -> bytes:
    """Lay out an empty page: a whole report takes a second, and writes no other files."""
    return write_pdf('<html lang="en"><title>Blank</title>', attached, at)


def _report(place: Installation, at: datetime) -> None:
    """Render what has no report yet, as an officer who looks first."""
    vars(reports)["write_pdf"] = _blank
    with place.session() as session:
        there = set(session.exec(chosen(Report.case_id)))
        case = session.exec(chosen(Case.id).order_by(col(Case.id))).first()
    if case not in there:
        rendering.render(place, str(case), "case-file", "officer", at)


def _compact(place: Installation, at: datetime) -> None:
    pipeline.compact(place, at, sweep=True)


def _erase(place: Installation, at: datetime) -> None:
    retention.erase(place, at)


JOBS: dict[str, tuple[Callable[[Installation, datetime], None], datetime]] = {
    "pull": (_pull, AT),
    "judge": (_judge, AT),
    "pull more": (_pull, LATER),
    "judge again": (_judge, LATER),
    "report": (_report, LATER),
    "compact": (_compact, LATER),
    "erase": (_erase, OLD),
}
"""What is done in the life of an installation, one after another, and when."""

RULES = {
    "busy_payer": ("transfers", "transfers", "owner_id", 6),
    "busy_quoter": ("order_life", "orders", "owner_id", 6),
    "busy_dealer": ("fills", "trades", "trader_id", 9),
}
"""Probes: what each reads, needs, is about, and how many make its score 100."""
SHOP = """
venue: shop
source: files
files:
  accounts: {glob: "accounts-*.csv"}
  orders: {glob: "orders-*.csv"}
  trades: {glob: "trades-*.csv"}
  transfers: {glob: "transfers-*.csv"}
tables:
  accounts: select opened as ts, account as trader_id, owner as owner_id, kind from accounts
  orders: select at as ts, _line as seq, 'BTC' as instrument, account as trader_id,
    id as order_id, event, side, price, size as quantity from orders
  trades: select at as ts, _line as seq, 'BTC' as instrument, id as trade_id, price,
    size as quantity, buyer as buyer_id, seller as seller_id from trades
  transfers: select at as ts, _line as seq, id as transfer_id, account as trader_id,
    'USD' as asset, amount, direction from transfers
"""
HEADS = {
    "accounts": "account,owner,opened,kind",
    "orders": "id,at,account,event,side,price,size",
    "trades": "id,at,price,size,buyer,seller",
    "transfers": "id,at,account,amount,direction",
}


def drop(home: Path, day: int) -> None:
    """Let the shop have the files of a day: rows that are late, revised and refused are in them."""
    date = f"2026-03-0{day + 1}"
    rows: dict[str, list[str]] = {name: [] for name in HEADS}
    if day == 1:
        rows["accounts"] += [f"{name},{name}-owner,2025-01-01,odd" for name in "ABCD"]
        rows["trades"].append(f"bad,{date}T09:00:00Z,n/a,1,A,B")
    else:
        rows["transfers"].append("w1-0,2026-03-02T09:00:00Z,A,7,out")  # revised, and late
        rows["orders"].append("late,2026-03-02T09:30:00Z,A,new,buy,99,2")
    for n in range(4):
        rows["orders"] += [
            f"o{day}-{n},{date}T09:0{n}:00Z,A,new,buy,{100 + n},2",
            f"o{day}-{n},{date}T09:0{n}:01Z,A,cancel,buy,{100 + n},2",
        ]
        rows["trades"].append(f"t{day}-{n},{date}T10:0{n}:00Z,{100 + n},1,B,C")
        rows["transfers"].append(f"w{day}-{n},{date}T09:0{n}:00Z,A,5,out")
    for name, lines in rows.items():
        if lines:
            text = "\n".join([HEADS[name], *lines, ""])
            (home / f"{name}-{day}.csv").write_text(text)


def begin(place: Place) -> None:
    """Make an installation with rules, officers and files to pull."""
    home = place.home
    home.mkdir(parents=True)
    shutil.copytree(CHECKOUT / "rules", home / "rules")
    probe.alone(home / "rules")
    for name, (source, needs, whom, full) in RULES.items():
        text = probe.RULE.replace("busy_payer", name).replace("from: transfers", f"from: {source}")
        text = text.replace("needs: [transfers]", f"needs: [{needs}]")
        text = text.replace("[owner_id]", f"[{whom}]").replace("2 * $least", str(full))
        text = text.replace("  transfers: transfers", f"  {needs}: {needs}")
        text = text.partition("tests:")[0] + "tests: []\n"
        (home / "rules" / "kyc_aml" / f"{name}.yml").write_text(text)
    (home / "rules" / "rules.lock").unlink()
    write_lock(load_rulebook(home / "rules"), home / "rules")
    (home / "shop.yml").write_text(SHOP)
    drop(home, 1)
    opened = place.opened()
    with opened.session() as session:
        enrol(session)
    opened.engine.dispose()


# --- How it is done: by a fork, which counts what it writes ---

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload([__name__, "tests.given.imported"])


def writes(place: Place, job: str) -> list[str]:
    """Do a job, undisturbed, and return what it wrote, in order."""
    path = place.home.with_suffix(".writes")
    assert _forked(_done, place, job, 0, str(path)) == 0
    lines: list[str] = json.loads(path.read_text())
    return lines


def killed(place: Place, job: str, write: int, *, half: bool = False) -> None:
    """Do a job up to a write, counted from 1, and die; ``half`` leaves half of a file."""
    code = _forked(_done, place, job, -write if half else write, "")
    assert code == -signal.SIGKILL, f"expected a kill, was {code}"


def at_once(place: Place, job: str) -> list[int | None]:
    """Let two processes do a job at once, and return how they ended."""
    both = [_FORKS.Process(target=_done, args=(place, job, 0, os.devnull)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    return [each.exitcode for each in both]


def holds(place: Place, job: str, *, again: bool) -> dict[str, list[str]]:
    """Return what an installation holds after a job, done again some time later if asked."""
    path = place.home.with_suffix(".holds")
    assert _forked(_described, place, job, again, str(path)) == 0
    found: dict[str, list[str]] = json.loads(path.read_text())
    return found


def _forked(work: Callable[..., None], *arguments: object) -> int:
    process = _FORKS.Process(target=work, args=arguments)
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def _done(place: Place, job: str, last: int, to: str) -> None:
    seen = _Writes(str(place.home), last)
    seen.watch()
    work, at = JOBS[job]
    opened = place.opened()
    work(opened, at)
    seen.write("end")
    Path(to).write_text(json.dumps(seen.names))


def _described(place: Place, job: str, again: bool, to: str) -> None:
    work, at = JOBS[job]
    opened = place.opened()
    if again:
        work(opened, at + AGAIN)
    if job != "erase":  # which leaves nothing that a sweep would find
        opened.lake.sweep()
    Path(to).write_text(json.dumps(described(opened, at + 2 * AGAIN)))


_COMMITS = (
    (DeltaTable, "create"),
    (DeltaTable, "create_write_transaction"),
    (TableAlterer, "add_columns"),
)


class _Writes:
    """Counts writes below a folder and into databases, and dies before the last one asked for."""

    def __init__(self, root: str, last: int) -> None:
        self.names: list[str] = []
        self._root, self._last, self._changed = root, last, False

    def write(self, name: str, path: str = "") -> None:
        self.names.append(name.replace(self._root, ""))
        if len(self.names) == abs(self._last):
            if self._last < 0:
                _cut(Path(path))
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        sys.addaudithook(self._audit)
        for kind, name in _COMMITS:
            self._wrap(kind, name)
        self._wrap_copies()
        event.listen(Engine, "before_cursor_execute", self._statement)
        event.listen(Engine, "commit", self._commit)

    def _audit(self, what: str, given: tuple[Any, ...]) -> None:
        is_write = what in ("os.rename", "os.remove") or (
            what == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR)
        )
        path = str(given[0]) if is_write else ""
        if path.startswith(self._root) and not re.search(r"/\.spill|/\.lock|/\.opening", path):
            self.write(f"{what} {path}", path)

    def _wrap(self, kind: Any, name: str) -> None:
        plain = getattr(kind, name)

        def counted(*given: Any, **named: Any) -> Any:
            self.write(name)
            return plain(*given, **named)

        setattr(kind, name, staticmethod(counted) if name == "create" else counted)

    def _wrap_copies(self) -> None:
        plain = duckdb.DuckDBPyConnection.execute

        def execute(connection: Any, sql: Any, *given: Any, **named: Any) -> Any:
            to = re.match(r"copy \(.*\) to '([^']+)'", str(sql), re.DOTALL)
            is_write = to is not None and "/.spill" not in to[1]
            if to and is_write:
                self.write(f"copy {to[1]}")
            answer = plain(connection, sql, *given, **named)
            if to and is_write:
                self.write(f"copied {to[1]}", to[1])
            return answer

        duckdb.DuckDBPyConnection.execute = execute  # type: ignore[method-assign, assignment]

    def _statement(self, *given: Any) -> None:
        verb = str(given[2]).split(maxsplit=3)
        if verb[0].upper() in ("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP"):
            self._changed = True
            self.write(" ".join(verb[:3]))

    def _commit(self, _: object) -> None:
        if self._changed:
            self._changed = False
            self.write("commit")


def _cut(path: Path) -> None:
    """Leave half of a file, nothing of one that has not been written to yet."""
    with path.open("ab") as file:
        file.truncate(file.tell() // 2)


# --- What an installation holds, but for the times at which it was done ---

_PASSING = {
    "created_at", "opened_at", "filed_at", "added_at", "since", "as_of", "manifest", "run_id",
    "journal_head", "dossier", "dossier_digest", "due_at", "inputs", "sha256", "path",
}  # fmt: skip
"""What hangs on when; a report says when it was made, and who had read the case before."""
_INPUTS = "report_inputs"
"""Kind of what a report was rendered from."""
_UNLIKE = ("journal", "leases", "jobs", "case_reads")
"""Tables that are compared otherwise, or are of attempts and not of what came of them."""


def described(place: Installation, now: datetime) -> dict[str, list[str]]:
    """Return every row of lake and database, the journal, what is wrong, and files left over."""
    # The last one writes a PDF, which takes longer than all else.
    checks = list(islice(doctor.examine(place.settings, now), 9))
    assert {"belonging", "journal", "lake"} <= {check.name for check in checks}
    wrong = [check for check in checks if not check.is_well]
    return {
        **_files(place),
        **_known(place, now),
        **_rows(place),
        "journal": _journal(place),
        "wrong": [f"{c.name}: {c.message}" for c in wrong if c.name not in ("permissions", "disk")],
        "left over": _left_over(place),
    }


def _files(place: Installation) -> dict[str, list[str]]:
    """Return the rows of the files of every table, those too that another row replaces."""
    rows: dict[str, list[str]] = {}
    for name in (*TABLES, QUARANTINE, REMARKS):
        for file in present_files(place.lake.root / name):
            for row in pq.read_table(file.path).to_pylist():
                plain = {k: v for k, v in row.items() if k not in (ARRIVED, LANDING)}
                rows.setdefault(f"files of {name}", []).append(repr(sorted(plain.items())))
    return {name: sorted(found) for name, found in rows.items()}


def _known(place: Installation, now: datetime) -> dict[str, list[str]]:
    """Return what holds now."""
    window = Window(parse_time("2020-01-01"), parse_time("2040-01-01"))
    with place.lake.view(window, now) as view:
        rows = {name: view.arrow(f"select * exclude ({ARRIVED}) from {name}") for name in TABLES}
    return {f"rows of {name}": sorted(map(repr, of.to_pylist())) for name, of in rows.items()}


def _rows(place: Installation) -> dict[str, list[str]]:
    """Return the rows of the database, without what says when, and in which run."""
    rows: dict[str, list[str]] = {}
    with place.session() as session:
        for table in tables.metadata.sorted_tables:
            names = [c for c in table.columns if c.name not in _PASSING and not _is_number(c)]
            names = [c for c in names if (table.name, c.name) != ("runs", "id")]
            if table.name not in _UNLIKE:
                found = session.execute(select(*names)).all()
                rows[table.name] = sorted(map(_plain, found))
    return rows


def _plain(row: Any) -> str:
    """Return a row, of what a report was rendered from only that it is there."""
    return _INPUTS if _INPUTS in row else repr(tuple(row))


def _is_number(column: Any) -> bool:
    return column.name == "id" and isinstance(column.type, Integer)


def _journal(place: Installation) -> list[str]:
    """Return who did what to what, without digests that hang on when.

    Seals come a transaction or a minute at a time, so a kill deals rows out among them otherwise;
    that each row has its seal, the check of the journal says.
    """
    is_seal = col(JournalEntry.verb).in_([seals.SEAL, reads.SEAL_READS])
    with place.session() as session:
        entries = session.exec(chosen(JournalEntry).where(~is_seal)).all()
    lines = (f"{each.actor} {each.verb} {each.subject} {each.detail}" for each in entries)
    return sorted(re.sub(r'[0-9a-f]{64}|run:\w+|(?<="run":")\w+', "#", line) for line in lines)


def _left_over(place: Installation) -> list[str]:
    """Return the names of files that nobody will ever read."""
    home = place.settings.home
    there = [path for path in home.rglob("*") if path.is_file() and "_delta_log" not in path.parts]
    with place.session() as session:
        known = {place.settings.reports / path for path in session.exec(chosen(Report.path))}
    for name in (*TABLES, QUARANTINE, REMARKS):
        known |= {file.path for file in present_files(place.lake.root / name)}
    rows = {path for path in there if path.suffix in (".parquet", ".pdf", ".part")}
    return sorted(path.name for path in rows - known)
