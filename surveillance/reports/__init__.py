"""Reports for people who cannot log in: a case, a replay or a study, as a PDF that stands alone.

The same case prepared at the same moment gives the same bytes. Nothing here reads a clock or a
database: what to print, who files it and when are arguments.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from surveillance.canonical import canonical, digest
from surveillance.casework.queue import Backlog
from surveillance.casework.team import Team
from surveillance.config.sections import Institution
from surveillance.records.assurance import AssuranceRecord
from surveillance.records.coverage import CoverageRecord
from surveillance.records.journal import Anchor
from surveillance.reports import pages
from surveillance.reports.cases import anchor, deadlines, draft_case, is_form, render_case
from surveillance.reports.certificate import Certificate, certificate
from surveillance.reports.pages import TEMPLATES, ReportKind, find, kinds
from surveillance.reports.rendered import Rendered, evidence, rendered
from surveillance.reports.study import BacktestReport, TuningReport
from surveillance.reports.team import record_of

__all__ = [
    "TEMPLATES",
    "Certificate",
    "Institution",
    "Rendered",
    "ReportKind",
    "anchor",
    "deadlines",
    "draft_case",
    "find",
    "is_form",
    "kinds",
    "render_assurance",
    "render_case",
    "render_coverage",
    "render_replay",
    "render_study",
    "render_team",
]


def render_replay(
    replay: Mapping[str, Any],
    *,
    institution: Institution,
    at: datetime,
    journal_head: Anchor,
    templates: Path = TEMPLATES,
) -> Rendered:
    """Render the certificate of a replay; ``replay`` has the fields of ``Certificate``."""
    checked = certificate(replay)
    context = {
        "certificate": checked,
        "reference": f"{checked.run_id}/replay",
        "evidence_digest": digest(checked.evidence),
        "institution": institution,
        "at": at,
        "journal_head": journal_head,
    }
    template = pages.find("run", "replay-certificate", templates)
    files = [evidence(checked.evidence, "certificate.json")]
    return rendered(template, context, files, at, templates)


def render_coverage(
    coverage: CoverageRecord,
    *,
    institution: Institution,
    at: datetime,
    journal_head: Anchor,
    templates: Path = TEMPLATES,
) -> Rendered:
    """Render what the rules cover."""
    of = digest(canonical(coverage))[:16]
    said = {"institution": institution, "at": at, "journal_head": journal_head}
    return _of_rulebook("coverage", coverage, of, said, at, templates)


def render_assurance(
    assurance: AssuranceRecord,
    *,
    institution: Institution,
    at: datetime,
    journal_head: Anchor,
    templates: Path = TEMPLATES,
) -> Rendered:
    """Render that surveillance runs and still finds what it should."""
    said = {"institution": institution, "at": at, "journal_head": journal_head}
    return _of_rulebook("assurance", assurance, assurance.run_id, said, at, templates)


def render_team(
    team: Team,
    backlog: Backlog,
    *,
    institution: Institution,
    at: datetime,
    journal_head: Anchor,
    templates: Path = TEMPLATES,
) -> Rendered:
    """Render how the work of a team went in a period, and what waits now."""
    body = canonical(record_of(team, backlog)).encode()
    context = {
        "team": team,
        "backlog": backlog,
        "reference": f"team/{team.start:%Y-%m-%d}/{team.end:%Y-%m-%d}",
        "evidence_digest": digest(body),
        "institution": institution,
        "at": at,
        "journal_head": journal_head,
    }
    template = pages.find("team", "period", templates)
    return rendered(template, context, [evidence(body, "team.json")], at, templates)


def _of_rulebook(
    kind: str,
    record: CoverageRecord | AssuranceRecord,
    of: str,
    said: dict[str, object],
    at: datetime,
    templates: Path,
) -> Rendered:
    body = canonical(record).encode()
    context = {kind: record, "reference": f"{kind}/{of}", "evidence_digest": digest(body), **said}
    template = pages.find("rulebook", kind, templates)
    return rendered(template, context, [evidence(body, f"{kind}.json")], at, templates)


def render_study(
    study: BacktestReport | TuningReport,
    *,
    institution: Institution,
    journal_head: Anchor,
    templates: Path = TEMPLATES,
) -> Rendered:
    """Render a study as of when it was made; ``journal_head`` is the entry that says so."""
    context = {
        "study": study,
        "reference": f"{study.id[:16]}/{study.kind}",
        "institution": institution,
        "at": study.at,
        "journal_head": journal_head,
    }
    template = pages.find("study", study.kind, templates)
    files = [evidence(study.body.encode(), "study.json")]
    return rendered(template, context, files, study.at, templates)
