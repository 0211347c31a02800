"""What a request of the officer's day costs with 100,000 alerts in 20,000 cases.

``python -m benchmarks.desk [FOLDER]`` makes such a database, asks the queue, a search and a case of
500 alerts as a browser would, and prints the processor time of each, the middle of five.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, insert
from sqlmodel import Session

from surveillance.canonical import canonical
from surveillance.casework.stored import keep_dossiers
from surveillance.config import Settings
from surveillance.model import Dossier, Hit, Risk, Scene, Severity, Window
from surveillance.records import database, officers
from surveillance.records.tables import Alert, AlertHit, Case, CaseTerm, Role
from surveillance.web import create_app

CASES, ALERTS, LARGE = 20_000, 100_000, 500
"""One case has as many alerts as ``LARGE``."""
PASSWORD = "correct horse battery"  # noqa: S105 - of a database that is thrown away
_NOW = datetime.now(UTC)
_TYPOLOGIES = ("spoofing", "layering", "wash_trading", "structuring", "pass_through")
_INSTRUMENTS = ("BTC-PERP", "ETH-PERP", "BTC-SPOT", "DRIFT-PERP")


def main() -> None:
    """Make the database, ask, and print."""
    if len(sys.argv) > 1:
        return _ask(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        _ask(Path(folder))
    return None


def made(home: Path) -> FastAPI:
    """Return the application on such a database, made where there is none."""
    app = create_app(Settings(home=home))
    if not (home / "made").exists():
        database.migrate(app.state.engine)
        _fill(app.state.engine)
        (home / "made").touch()
    return app


def _ask(home: Path) -> None:
    app = made(home)
    client = TestClient(app, follow_redirects=True)
    page = client.get("/sign-in").text
    token = page.partition('name="token" value="')[2].partition('"')[0]
    client.post("/sign-in", data={"token": token, "officer_id": "officer-1", "password": PASSWORD})
    for name, path in _PAGES.items():
        spent = median(_cost(client, path) for _ in range(5))
        sys.stdout.write(f"{name:32} {spent * 1000:7.1f} ms\n")


_PAGES = {
    "queue": "/queue",
    "queue, page 100": "/queue?page=100",
    "queue by due and severity": "/queue?severity=high&sort=due",
    "queue of a typology": "/queue?typology=spoofing&instrument=btc-perp",
    "search of a word": "/queue?state=all&about=spoofing",
    "search of an owner": "/queue?state=all&about=own-10002",
    "search of three words": "/queue?state=all&about=critical+btc+unassigned",
    "case of 5 alerts": "/cases/c00002",
    "case of 500 alerts": "/cases/c00000",
}


def _cost(client: TestClient, path: str) -> float:
    begun = time.process_time()
    answer = client.get(path)
    answer.raise_for_status()
    return time.process_time() - begun


def _fill(engine: Engine) -> None:
    with Session(engine) as session:
        admin = officers.enrol(session, None, "admin-1", PASSWORD, Role.ADMIN, at=_NOW)
        officers.enrol(session, admin, "officer-1", PASSWORD, Role.OFFICER, at=_NOW)
        [stored] = keep_dossiers(session, [_dossier(_hit(0, 0))], _NOW)
        session.commit()
    with engine.begin() as connection:
        _insert(connection, Case, (_case(n) for n in range(CASES)))
        _insert(connection, CaseTerm, _terms())
        _insert(connection, Alert, (_alert(n, stored.text, stored.digest) for n in range(ALERTS)))
        _insert(connection, AlertHit, (_alert_hit(n) for n in range(ALERTS)))


def _insert(connection: Connection, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == 5_000:
            connection.execute(insert(table), some)
            some.clear()
    if some:
        connection.execute(insert(table), some)


def _case_of(alert: int) -> int:
    return 0 if alert < LARGE else alert % CASES


def _severity(case: int) -> Severity:
    return list(Severity)[case % 4]


def _hit(alert: int, case: int) -> Hit:
    at = _NOW - timedelta(minutes=10 + alert % 100_000)
    return Hit(
        rule_id=f"{_TYPOLOGIES[alert % 5]}_rule", version=1, risk=Risk.MANIPULATION,
        typology=_TYPOLOGIES[alert % 5], severity=_severity(case), score=50.0 + alert % 50,
        at=at, started_at=at - timedelta(seconds=30), owner_id=f"OWN-{case}",
        trader_id=None, instrument=_INSTRUMENTS[alert % 4], segment="retail",
        measures={"ratio": "12", "occasions": 3}, thresholds={"ratio": 5},
        evidence={"orders": tuple(f"o-{alert}-{n}" for n in range(6))},
        reasons=("ratio was 12; the line is 5",), sentence="showed 12 times what it traded",
    )  # fmt: skip


def _dossier(hit: Hit) -> Dossier:
    window = Window(hit.started_at - timedelta(hours=1), hit.at + timedelta(hours=1))
    return Dossier(
        hit=hit, run_id="run-1", run_digest="d", window=window, as_of=_NOW,
        rule={"id": hit.rule_id, "title": "Spoofing", "runbook": "Look. Look twice."},
        rule_text="id: spoofing", rule_digest="d", scene=Scene(window), rows={}, row_counts={},
        subject={"name": "Somebody"}, accounts=(), instrument={},
    )  # fmt: skip


def _case(n: int) -> dict[str, Any]:
    at = _NOW - timedelta(minutes=n)
    return {
        "id": f"c{n:05}", "subject": f"OWN-{n}", "owner_id": f"OWN-{n}", "state": "open",
        "priority": float(n % 100), "opened_at": at, "gravity": n % 4, "first_act": at,
        "last_act": at, "due_at": at + timedelta(days=2), "reason": "",
    }  # fmt: skip


def _terms() -> Iterator[dict[str, Any]]:
    for n in range(CASES):
        typologies = {_TYPOLOGIES[alert % 5] for alert in range(n, n + 3)}
        instrument = _INSTRUMENTS[n % 4].lower()
        words = {f"own-{n}", f"c{n:05}", instrument, *instrument.split("-"), *typologies,
                 f"instrument:{instrument}", "segment:retail", "retail", "risk:manipulation",
                 "manipulation", *(f"typology:{name}" for name in typologies)}  # fmt: skip
        for word in sorted(words):
            yield {"term": word, "case_id": f"c{n:05}", "is_party": word.startswith("own-")}


def _alert(n: int, dossier: str, name: str) -> dict[str, Any]:
    case = _case_of(n)
    hit = _hit(n, case)
    return {
        "id": f"a{n}", "case_id": f"c{case:05}", "run_id": "run-1", "rule_id": hit.rule_id,
        "version": 1, "risk": hit.risk, "typology": hit.typology, "severity": hit.severity,
        "score": hit.score, "at": hit.at, "started_at": hit.started_at, "subject_kind": "owner",
        "subject": hit.subject, "trader_id": None, "owner_id": hit.owner_id,
        "instrument": hit.instrument, "segment": "retail", "filed_at": hit.at, "hit_id": f"a{n}",
        "hit_at": hit.at, "hits": 1, "first_act": hit.started_at, "last_act": hit.at,
        "money": "1000", "dossier": dossier, "dossier_digest": name,
    }  # fmt: skip


def _alert_hit(n: int) -> dict[str, Any]:
    hit = _hit(n, _case_of(n))
    return {
        "hit_id": f"a{n}", "alert_id": f"a{n}", "run_id": "run-1", "at": hit.at,
        "added_at": hit.at, "body": canonical(hit), "amounts": "{}",
    }  # fmt: skip


if __name__ == "__main__":
    main()
