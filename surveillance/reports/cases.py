"""Reports on a case: a case file, or a form of a law, its fields filled and checked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from surveillance.canonical import canonical
from surveillance.casework.files import CaseFile
from surveillance.config.sections import Institution
from surveillance.errors import SurveillanceError
from surveillance.records.journal import Anchor
from surveillance.records.tables import Officer
from surveillance.reports import csvfile, figures, fincen, forms, pages
from surveillance.reports.answers import answer
from surveillance.reports.filing import Filing
from surveillance.reports.finished import Rendered, evidence, rendered
from surveillance.reports.pages import TEMPLATES, ReportKind
from surveillance.reports.pdf import Attached

_PRIOR = "prior"
"""The field of a form that names the report which this one corrects."""


def anchor(file: CaseFile) -> Anchor:
    """Return the last link of the journal that changed a case; that a report was made did not."""
    entries = [entry for entry in file.journal if entry.verb != "report"]
    last = max(entries, key=lambda entry: entry.seq)
    return Anchor(last.seq, last.digest)


def is_form(kind: ReportKind, templates: Path = TEMPLATES) -> bool:
    """Say whether a kind of report has fields that a law prescribes, and so is filed."""
    return (templates / kind.about / f"{kind.name}.yml").exists()


def has_prior(kind: str, templates: Path = TEMPLATES) -> bool:
    """Say whether the form of a kind of report asks for the number of one that it corrects."""
    path = templates / "case" / f"{kind}.yml"
    return path.exists() and any(
        field.number == _PRIOR for section in forms.load(path).sections for field in section.fields
    )


def deadlines(templates: Path = TEMPLATES) -> dict[str, forms.Deadline]:
    """Return until when a law wants each kind of report on a case, by its name."""
    return {
        path.stem: forms.load(path).deadline for path in sorted((templates / "case").glob("*.yml"))
    }


def render_case(
    case_file: CaseFile,
    kind: str,
    *,
    institution: Institution,
    officer: Officer,
    at: datetime,
    journal_head: Anchor,
    answered: Mapping[str, str] = MappingProxyType({}),
    templates: Path = TEMPLATES,
) -> Rendered:
    """Render a case as one kind of report, prepared by ``officer`` at ``at``.

    ``answered`` maps numbers of form fields to what only the officer knows; it goes before what the
    activity says. Raises a SurveillanceError for an unknown kind, an unknown field or a PDF that
    cannot be written.
    """
    filing = Filing(_as_of(case_file, at), institution, officer, at, journal_head)
    template = pages.find("case", kind, templates)
    if answered.get(_PRIOR, "").strip():
        answered = {"kind": "Corrects or amends a prior report", **answered}
    form, sections = _filled(filing, templates / "case" / f"{kind}.yml", answered)
    context = {
        "filing": filing,
        "form": form,
        "sections": sections,
        "reference": f"{case_file.case.id}/{kind}",
        "evidence_digest": filing.evidence_digest,
        "institution": institution,
        "at": at,
        "journal_head": journal_head,
    }
    files = [evidence(filing.evidence, "evidence.json")]
    if form is not None:
        _expect_held(filing, form, answered)
        files.append(_fields(form, sections))
        files += _fincen(filing, kind, answered)
    files += [_table(name, rows) for name, rows in filing.tables.items() if rows]
    return rendered(template, context, files, at, templates)


def _as_of(file: CaseFile, at: datetime) -> CaseFile:
    """Leave out who read the case and what was rendered of it later: this report among them."""
    return replace(
        file,
        reads=tuple(read for read in file.reads if read.at <= at),
        reports=tuple(report for report in file.reports if report.created_at <= at),
    )


def draft_case(
    case_file: CaseFile,
    kind: str,
    *,
    institution: Institution,
    officer: Officer,
    at: datetime,
    journal_head: Anchor,
    templates: Path = TEMPLATES,
) -> Sequence[forms.FilledSection]:
    """Return the fields of a report as they would be filled now; none where it is not a form."""
    pages.find("case", kind, templates)
    filing = Filing(case_file, institution, officer, at, journal_head)
    return _filled(filing, templates / "case" / f"{kind}.yml", {})[1]


def _filled(
    filing: Filing, path: Path, answered: Mapping[str, str]
) -> tuple[forms.Form | None, Sequence[forms.FilledSection]]:
    """Fill the form that lies beside the template, if the report is one."""
    if not path.exists():
        if answered:
            raise SurveillanceError(
                f"expected no answers for a report without fields, was {answered}"
            )
        return None, ()
    form, has_batch = forms.load(path), filing.institution.fincen is not None
    return form, forms.fill(form, lambda name: answer(filing, name), answered, has_batch=has_batch)


def _expect_held(filing: Filing, form: forms.Form, answered: Mapping[str, str]) -> None:
    """Refuse a narrative that holds a number which the evidence does not, whoever wrote it."""
    fields = (field for section in form.sections for field in section.fields)
    for field in fields:
        if field.source == "reasons":
            own = answered.get(field.number, "").strip()
            figures.expect_held(filing, own or "\n".join(answer(filing, field.source)))


def _fincen(filing: Filing, kind: str, answered: Mapping[str, str]) -> list[Attached]:
    """Return the XML of a SAR, where the institution has what FinCEN knows it by."""
    if kind != "sar" or filing.institution.fincen is None:
        return []
    narrative = answered.get("V", "").strip() or "\n".join(answer(filing, "reasons"))
    body = fincen.written(filing, narrative, answered.get(_PRIOR, "").strip())
    return [Attached("sar.xml", "The report as a FinCEN SARX batch", body, "Data")]


def _table(name: str, rows: Sequence[Mapping[str, str | None]]) -> Attached:
    body = csvfile.written(name, rows)
    return Attached(f"{name}.csv", f"Rows of {name} in evidence, times in UTC", body, "Data")


def _fields(form: forms.Form, sections: Sequence[forms.FilledSection]) -> Attached:
    fields = [
        {"number": a.number, "label": a.label, "value": a.value, "reason": a.reason}
        for section in sections
        for a in section.answers
    ]
    body = canonical({"variant": form.variant, "law": form.law, "fields": fields}).encode()
    return Attached("fields.json", "The fields of this report, canonical JSON", body, "Data")
