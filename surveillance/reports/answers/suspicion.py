"""What a form asks of the suspicion: its nature, its reasons, how it came to attention."""

from collections.abc import Sequence
from decimal import Decimal

from surveillance.model import Risk
from surveillance.reports import known, narrative
from surveillance.reports.beyond import beyond
from surveillance.reports.filing import Filing
from surveillance.reports.findings import Finding
from surveillance.reports.known import Lines
from surveillance.reports.pages import plain, utc, words

_NATURE = {
    Risk.MANIPULATION: "Market manipulation, or attempted market manipulation",
    Risk.FRONT_RUNNING: "Insider dealing, including front-running of client orders",
    Risk.KYC_AML: "Suspected money laundering, or due diligence that failed",
}


def nature(filing: Filing) -> Lines:
    """Name the suspected breach."""
    for dossier in filing.dossiers:
        yield f"{_NATURE[dossier.hit.risk]}: {words(dossier.hit.typology)}"
    yield known.named("Provisions concerned", known.distinct(filing, "law"))
    yield known.named("Practices", known.distinct(filing, "practices"))


def reasons(filing: Filing) -> Lines:
    """Give the narrative: who, what, when, how much, and why it is suspicious."""
    return narrative.drafted(filing)


def attention(filing: Filing) -> Lines:
    """Say how it came to attention, and what the officer who escalated it wrote."""
    for strongest, more in filing.strongest:
        hit, filed = strongest[0].dossier.hit, utc(strongest[0].file.filed_at)
        count = len(strongest) + more
        yield (
            f"{count} automated alert{'s' * (count > 1)} of rule {hit.rule_id}, version "
            f"{hit.version}, the strongest filed {filed} with score "
            f"{max(page.dossier.hit.score for page in strongest):g} of 100"
        )
    for entry, details in filing.chronology:
        if entry.verb == "escalate":
            yield f"Analysed by {entry.actor}, {utc(entry.at)}: {dict(details).get('reason', '')}"


def delay(filing: Filing) -> Lines:
    """Say how long after the suspicion the report was prepared."""
    formed = filing.file.case.suspicion_formed_at
    if formed is not None:
        hours = Decimal((filing.at - formed).total_seconds()) / 3600
        yield (
            f"Suspicion formed {utc(formed)}; this report prepared {utc(filing.at)}, "
            f"{hours:.1f} hours later; when it was sent stands in the filing and its receipt"
        )


def patterns(filing: Filing) -> Lines:
    """Say of what is beyond its line how others stand in it, and what peers do."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in filing.findings[: narrative.MOST_FINDINGS]:
        dossier = finding.strongest.dossier
        alike.setdefault((dossier.hit.rule_id, dossier.run_id), []).append(finding)
    for findings in alike.values():
        yield _ranks(findings)
    for finding in filing.findings[: narrative.MOST_FINDINGS]:
        peers = sorted(finding.strongest.dossier.peers.items())
        yield known.named("Peers:", "; ".join(f"{words(name)} {plain(v)}" for name, v in peers))


def _ranks(findings: Sequence[Finding]) -> str:
    """Say where findings of one rule and run stand among all whom it weighed, each figure once."""
    ranks: dict[str, list[str]] = {}
    for finding in findings:
        dossier = finding.strongest.dossier
        for each in beyond(dossier):
            if (others := dossier.others.get(each.measure)) and others.count:
                usual = (
                    f" of {others.count + 1} (median of the others {each.as_said(others.median)})"
                )
                ranks.setdefault(f"{each.name}, rank {{}}{usual}", []).append(str(others.rank))
    numbers = ", ".join(str(finding.number) for finding in findings)
    which = f"Finding{'s' * (len(findings) > 1)} {numbers}, among all whom the rule weighed:"
    said = (text.replace("{}", ", ".join(dict.fromkeys(of))) for text, of in ranks.items())
    return known.named(which, "; ".join(said))


def attachments(filing: Filing) -> Lines:
    """List what is attached."""
    yield f"evidence.json: orders, transactions and analysis; SHA-256 {filing.evidence_digest}"
    yield "fields.json: the fields of this report, machine-readable"
    if filing.institution.fincen is not None:
        yield "sar.xml, where this is a SAR: the report as a FinCEN SARX batch"
    for table, rows in filing.tables.items():
        yield f"{table}.csv: {len(rows)} rows of the evidence, the times in UTC"
    yield "Annexes A to C of this document"
