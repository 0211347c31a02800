"""What filing costs: prints alerts, their hits, CPU seconds and bytes as JSON.

``python -m benchmarks.commands.filing HOME`` judges all that landed there, and files it into a
database of its own. Dossiers are what goes with an alert, filing is the transaction that writes it
with its hits, terms and seals.
"""

import json
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, text

from surveillance import aftermath
from surveillance.config import load_settings
from surveillance.governance import calibration, lifecycle, publishing
from surveillance.installation import Installation, open_installation
from surveillance.model import Window
from surveillance.proof import runs
from surveillance.records.database import engine, migrate

_FILED = ("alerts", "alert_hits", "cases", "case_terms", "journal")
_PAGES = """select (select sum(pgsize) from dbstat s where s.name = m.name)
    from sqlite_master m where tbl_name = :name"""
_EVIDENCE = "select coalesce(sum(length(body)), 0) from artefacts where kind = 'evidence'"


def main() -> None:
    """Judge all that landed in a home, and measure its filing."""
    place = open_installation(load_settings(Path(sys.argv[1])))
    landed = place.lake.span()
    if landed is None:
        raise SystemExit("expected an installation with activity, was one without")
    with TemporaryDirectory() as folder:
        beside = engine(f"sqlite:///{folder}/filed.db")
        migrate(beside)
        sys.stdout.write(json.dumps(_filed(place, replace(place, engine=beside), landed)))


def _filed(place: Installation, beside: Installation, landed: Window) -> dict[str, float]:
    now, began = datetime.now(UTC), dict[str, float]()
    publishing.adopt(place, now)
    with place.session() as session:
        book = lifecycle.in_force(session, landed.end)
    reach = landed.back_to(book.reach)
    with place.lake.view(reach, now, None, place.settings.threads, keeps=True) as view:
        models, _ = calibration.models(place, view, book, landed, now)
        judged = aftermath.Judged(runs.judge(view, landed, book, models), view, book, models)
        filed, _, _ = aftermath.keep(
            beside,
            judged,
            now,
            lambda text: began.update({text: time.process_time()}),
            moves_watermark=False,
            is_again=False,
        )
        ended = time.process_time()
    with beside.engine.connect() as connection:
        evidence = connection.execute(text(_EVIDENCE)).scalar_one()
        hits = connection.execute(text("select count(*) from alert_hits")).scalar_one()
        pages = sum(_pages(connection, name) for name in _FILED)
    return {
        "alerts": filed.alerts_new,
        "hits": hits,
        "dossiers": began["filing"] - began["dossiers"],
        "filing": ended - began["filing"],
        "bytes": pages,
        "evidence": evidence,
    }


def _pages(connection: Connection, table: str) -> int:
    """Return how many bytes a table takes with its indexes, in whole pages."""
    return sum(size or 0 for (size,) in connection.execute(text(_PAGES), {"name": table}))


if __name__ == "__main__":
    main()
