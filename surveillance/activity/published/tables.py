"""Lists that are one plain table: addresses, countries, and the US consolidated screening list."""

from pathlib import Path

from surveillance.activity.batch import ORIGIN
from surveillance.activity.published.entries import Entry, Listed, Rows, label_row, since
from surveillance.activity.published.texts import Texts, lines, values
from surveillance.activity.venue.records import Record, flaw
from surveillance.errors import SourceError

_COUNTRIES = ("country", "iso2", "list", "as_of")
_SCREENING = ("source", "name", "alt_names", "type", "programs", "dates_of_birth", "nationalities",
              "citizenships", "entity_number", "remarks")  # fmt: skip
_KINDS = {"individual": "natural", "entity": "legal", "vessel": "vessel", "aircraft": "aircraft"}


def addresses(folder: Path, listed: Listed, glob: str, texts: Texts) -> Rows:
    """Yield one address a line, with the asset at the end of the file's name."""
    for path, text in texts.of(folder, glob):
        date, asset = since(listed, None, path), path.name.split(".")[0].split("_")[-1]
        for number, address in lines(text):
            if reason := flaw(address):
                texts.set_aside(path, Record(number, address, None), reason)
            elif address.strip():
                label = label_row(listed, date, address.strip(), asset, None)
                yield "address_labels", {**label, ORIGIN: f"{path.name}:{number}"}


def countries(folder: Path, listed: Listed, glob: str, texts: Texts) -> Rows:
    """Yield countries under their code, each with its own date."""
    for path, _ in texts.of(folder, glob):
        records = texts.records(path, len(_COUNTRIES))
        header = next(records, None)
        names = header.values if header else None
        if names != _COUNTRIES:
            raise SourceError(f"expected the columns {list(_COUNTRIES)} in {path}, was {names}")
        for record in records:
            name, code, programme, dated = values(record)
            try:
                date = since(listed, dated, path)
            except SourceError as wrong:
                texts.set_aside(path, record, str(wrong))
                continue
            row = {"ts": date, "list": listed.name, "entry_id": code, "name_id": "", "name": name}
            more = {"country": code, "programme": programme, ORIGIN: f"{path.name}:{record.line}"}
            yield "watchlist", {**row, **more}


def screening(folder: Path, listed: Listed, glob: str, texts: Texts) -> Rows:
    """Yield the entries of the US consolidated screening list, by the names of its columns."""
    for path, text in texts.of(folder, glob):
        date, columns = since(listed, None, path), next(lines(text))[1].split(",")
        missing = [name for name in _SCREENING if name not in columns]
        if missing:
            raise SourceError(f"expected the column {missing[0]!r} in {path}, was none")
        for record in list(texts.records(path, len(columns)))[1:]:
            of = dict(zip(columns, values(record), strict=True))
            if not of["name"]:
                texts.set_aside(path, record, "expected a name, was empty")
                continue
            entry = Entry(
                of["entity_number"] or f"{of['source']}: {of['name']}",
                _KINDS.get((of["type"] or "").casefold()),
                names=[of["name"], *_several(of["alt_names"])],
                births=_several(of["dates_of_birth"]),
                countries=[*_several(of["nationalities"]), *_several(of["citizenships"])],
                programmes=[of["programs"] or "", of["source"] or ""],
                remarks=of["remarks"],
            )
            yield from entry.rows(listed, date, f"{path.name}:{record.line}")


def _several(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(";") if part.strip()]
