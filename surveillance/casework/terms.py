"""The words that find a case: whatever people type, in lower case, whole and by its parts.

They are written when something is filed, so that a search reads one index and no dossier. Words
that name somebody are marked: by them a case is kept from who is named in it (``parties``).
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from sqlmodel import Session, col, func, select

from surveillance.model import Dossier, Hit, Sighting
from surveillance.records import sealing
from surveillance.records.database import portions
from surveillance.records.tables import CaseTerm

_PARTIES = frozenset(
    {"trader_id", "owner_id", "buyer_id", "seller_id", "employee_id", "counterparty_id",
     "winner_id", "name", "national_id"}
)  # fmt: skip
"""Columns of evidence and of KYC records that name somebody."""
_PLACES = frozenset({"address", "instrument", "order_id", "trade_id", "transfer_id", "tx_hash"})
_CHOICES = 200
_BETWEEN = re.compile(r"[,;()\s]+")
_NUMBER = re.compile(r"[\W\d]*")
_BREAK = re.compile(r"[^\w]+|_")


def of_sighting(sighting: Sighting) -> dict[str, bool]:
    """Return the words of a hit, and whether each names somebody."""
    hit = sighting.hit
    parties = (hit.subject, hit.trader_id, hit.owner_id, sighting.owner_id, *sighting.accounts)
    kinds = {
        "risk": hit.risk, "typology": hit.typology, "instrument": hit.instrument,
        "segment": hit.segment,
    }  # fmt: skip
    named = {plain(f"{kind}:{name}"): False for kind, name in kinds.items() if name}
    words = (hit.rule_id, *kinds.values(), *_ids(" ".join(hit.words)))
    return named | _terms((*parties, *_others(hit)), words)


def of_dossier(dossier: Dossier) -> dict[str, bool]:
    """Return the words of what was gathered of a hit, and whether each names somebody."""
    rows = [row for of_table in dossier.rows.values() for row in of_table]
    records: list[Mapping[str, str | None]] = [dossier.subject, *rows]
    words = [str(dossier.rule.get("title") or ""), *_values(records, _PLACES)]
    return _terms((*dossier.accounts, *_values(records, _PARTIES)), words)


def keep(session: Session, words: Mapping[str, Mapping[str, bool]]) -> None:
    """Add words to cases, by case, with whether each names somebody."""
    known: dict[tuple[str, str], bool] = {}
    for some in portions(words):
        theirs = select(CaseTerm.case_id, CaseTerm.term, CaseTerm.is_party)
        rows = session.exec(theirs.where(col(CaseTerm.case_id).in_(some)))
        known.update({(case_id, term): is_party for case_id, term, is_party in rows})
    new = []
    for case_id, terms in words.items():
        for term, is_party in terms.items():
            was = known.get((case_id, term))
            if was is None:
                new.append({"term": term, "case_id": case_id, "is_party": is_party})
            elif is_party and not was:
                session.get_one(CaseTerm, (term, case_id)).is_party = True
    sealing.insert(session, CaseTerm, new)


def known(session: Session, kind: str) -> list[str]:
    """Return what of a kind, such as ``typology``, the cases have, in order.

    Each is looked up after the one before it: there are few of them on very many cases.
    """
    found: list[str] = []
    term = f"{kind}:"
    while True:
        after = select(func.min(CaseTerm.term)).where(
            col(CaseTerm.term) > term, col(CaseTerm.term) < f"{kind};"
        )
        following = session.exec(after).one()
        if following is None or len(found) >= _CHOICES:
            return found
        term = following
        found.append(term.partition(":")[2])


def plain(text: str) -> str:
    """Return a word as it is compared: in lower case, without space around it."""
    return text.strip().casefold()


def _others(hit: Hit) -> Iterator[str]:
    """Yield whom a hit may name by what it measured: a leader, a partner, the same person."""
    for value in hit.measures.values():
        if isinstance(value, str):
            yield from (value, *_BETWEEN.split(value))


def _ids(text: str) -> Iterator[str]:
    """Yield what in a sentence has letters and digits, as ids, devices and addresses have."""
    words = (word.strip(".:") for word in _BETWEEN.split(text))
    return (word for word in words if not word.isalpha() and not _NUMBER.fullmatch(word))


def _values(rows: Iterable[Mapping[str, str | None]], columns: frozenset[str]) -> Iterator[str]:
    return (value for row in rows for name, value in row.items() if name in columns and value)


def _terms(parties: Iterable[str | None], words: Iterable[str | None]) -> dict[str, bool]:
    named = {plain(party) for party in parties if party}
    written = named | {plain(word) for word in words if word}
    broken = {part for term in written for part in _BREAK.split(term)}
    return {term: term in named for term in sorted(written | broken) if term}
