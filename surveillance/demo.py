"""The demonstration: the whole main job on a simulated venue week, from nothing to PDFs.

Everything it does goes through the same verbs as the real thing. Its officers get new random
passwords each time, printed once and kept nowhere.
"""

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session

from surveillance import pipeline, waiting
from surveillance.activity import sources
from surveillance.activity.sources import synthetic
from surveillance.casework import queue
from surveillance.casework.question import Question
from surveillance.config import DEFAULT_HOME
from surveillance.installation import Installation
from surveillance.pipeline import Ran
from surveillance.proof import rulebooks
from surveillance.records import identity, officers
from surveillance.records.tables import Officer, OsUser, Role
from surveillance.rendering import render
from surveillance.studies.evaluate import apart_of, evaluate, related_of
from surveillance.studies.watch import stress

VENUE = Path(__file__).with_name("demo.yml")
STEPS = 30
"""About how many steps it takes, for the progress bar."""
_PEOPLE = {
    "admin": Role.ADMIN,
    "officer": Role.OFFICER,
    "supervisor": Role.SUPERVISOR,
    "auditor": Role.AUDITOR,
}
_RENDERED = (("manipulation", "stor-mar"), ("front_running", "stor-mar"), ("kyc_aml", "case-file"))

Progress = Callable[[str], None]

_SETTINGS = """\
# Written by the demonstration: change it, or delete it.
{reports}[institution]
name = "Simulated Venue"
legal_form = "simulation, no legal person"
acting_capacity = "operating a trading platform"
trading_activity = "operator of a simulated market in spot, perpetual, future and option"
market = "Simulated Venue"
"""


def furnish(home: Path) -> None:
    """Write settings for the demonstration, unless the installation has its own.

    In the default home of a checkout, reports go into the checkout's ``reports/``.
    """
    path, beside = home / "config.toml", home.resolve().parent / "reports"
    if path.exists():
        return
    home.mkdir(parents=True, exist_ok=True)
    is_checkout = home == DEFAULT_HOME and beside.is_dir()
    reports = f"reports = {json.dumps(str(beside))}\n\n" if is_checkout else ""
    path.write_text(_SETTINGS.format(reports=reports), encoding="utf-8")


def demonstrate(place: Installation, progress: Progress) -> str:
    """Pull, judge, file and render, and say in a few lines what was found and what to do next."""
    now = datetime.now(UTC)
    home = place.settings.home
    _write_labels(home)
    pipeline.pull(place, VENUE, home, now, progress)
    window = waiting.pending(place, now)
    ran = None
    if window is not None:
        ran = pipeline.run(place, window, now, now, progress, moves_watermark=True)
        progress("stressing")
        stress.make(place, ran.run.id, now)
    password = secrets.token_urlsafe(12)
    with place.session() as session:
        _enrol(session, password, now)
    progress("rendering")
    paths = [path for risk, kind in _RENDERED if (path := _render(place, risk, kind, now))]
    return _summary(place, ran, password, paths, now)


def _write_labels(home: Path) -> None:
    import pyarrow.csv

    table = synthetic.labels(sources.load(VENUE, home))
    pyarrow.csv.write_csv(table, home / "labels.csv")


def _enrol(session: Session, password: str, at: datetime) -> None:
    for name, role in _PEOPLE.items():
        admin = session.get(Officer, "admin")
        if session.get(Officer, name) is None:
            described = {"name": f"Demonstration {role}", "position": role.value.capitalize()}
            officers.enrol(session, admin, name, password, role, at=at, **described)
        elif admin is not None:
            officers.set_password(session, admin, name, password, at)
        session.flush()
    _map(session, at)


def _map(session: Session, at: datetime) -> None:
    """Let whoever runs the demonstration play all of its officers, and have the journal say so."""
    hands: identity.Keyboard | None = session.info.get(identity.KEYBOARD)
    admin = session.get_one(Officer, "admin")
    if hands is None:
        return
    for name in _PEOPLE:
        if session.get(OsUser, (hands.os_user, name)) is None:
            identity.map_user(
                session, admin, session.get_one(Officer, name), hands.os_user, at,
                is_demonstration=True,
            )  # fmt: skip


def _render(place: Installation, risk: str, kind: str, at: datetime) -> Path | None:
    """Render the most urgent case of a risk, and return where the PDF is."""
    with place.session() as session:
        urgent = queue.queue(session, Question(risk=risk), now=at, limit=1).cases
    return render(place, urgent[0].id, kind, "supervisor", at)[0] if urgent else None


def _summary(
    place: Installation, ran: Ran | None, password: str, paths: list[Path], at: datetime
) -> str:
    with place.session() as session:
        page = queue.queue(session, now=at, limit=5)
    lines = [
        "",
        "A simulated venue week, judged. Its abuse is simulated and labelled, and the rules were",
        "tuned on this very week, so these figures show that they work, not how well:",
    ]
    lines += [] if ran is None else _run_summary(place, ran)
    lines += [f"{page.total} cases wait; the most urgent:"]
    lines += [
        f"  {case.priority:5.1f}  {case.subject:12} {', '.join(case.typologies)}"
        for case in page.cases
    ]
    lines += ["Reports:", *(f"  {path}" for path in paths)]
    lines += [
        "Next:",
        f"  surveillance --home {place.settings.home} serve",
        f"  sign in as officer, supervisor, auditor or admin; password {password}",
    ]
    return "\n".join(lines)


def _run_summary(place: Installation, ran: Ran) -> list[str]:
    with place.session() as session:
        book = rulebooks.rulebook_of(session, ran.run)
    venue = sources.load(VENUE, place.settings.home)
    measured = evaluate(place.lake, ran.run, venue, related_of(book), apart_of(book))
    outcomes = [verdict.outcome.value for verdict in ran.run.verdicts]
    counted = ", ".join(f"{outcomes.count(name)} {name}" for name in sorted(set(outcomes)))
    lines = [
        *(f"  note: {notice}" for notice in ran.notices),
        f"  run {ran.run.id}: {counted}",
        f"  {ran.filed.alerts_new} alerts in {ran.filed.cases_opened} cases",
        f"  {measured.alerts_per_1000_clean} alerts per 1,000 clean traders",
    ]
    return lines + [
        f"  {score['typology']:22} precision {_share(score['precision'])}"
        f"  recall {_share(score['recall'])}"
        for score in measured.typologies
    ]


def _share(value: float | None) -> str:
    return "   –" if value is None else f"{value:4.2f}"
