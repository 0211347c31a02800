"""The page of malformed inputs: each is put through the product, which says what it gets.

Written by: python -m tests.given.outcomes > docs/malformed.md
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from surveillance.activity import sources
from surveillance.activity.lake import Lake
from surveillance.activity.preparing import prepare
from surveillance.errors import SurveillanceError
from surveillance.model import Window
from surveillance.reference.markdown import page, table
from surveillance.times import parse_time
from tests.given.drop import PULLED
from tests.given.malformed_files import FILES, LINES, LISTS, STANDARD, Whole
from tests.given.malformed_rows import INSTRUMENTS, SEVERAL, TERMS
from tests.given.malformed_values import VALUES, Values

ALWAYS = Window(parse_time("1900-01-01"), parse_time("2100-01-01"))
_WORTH = """
select instrument, case
    when value is null then 'worth nothing that is known, and not judged by worth'
    when usd is null then 'worth ' || rtrim(rtrim(value::varchar, '0'), '.') || ' ' || currency
        || '; without a rate, and not judged in USD'
    else 'worth ' || rtrim(rtrim(usd::varchar, '0'), '.') || ' USD' end
from trades left join (select trade_key, value, currency, usd from valued_trades) using (trade_key)
"""
_LONGEST = 150
"""How many characters of an input or a reason are shown."""


def whole(one_in: int = 1) -> str:
    """Return the page, with one in so many of the inputs that have files of their own."""
    return page(
        1,
        "Malformed inputs",
        "What becomes of inputs that are not as they should be, of a file in the folder of a venue "
        "to rows in the lake. Nothing is written here by hand: each input is pulled when this page "
        "is made, and a test compares. *Lands* means that it is judged; a value that makes no "
        "sense and that its row can do without is *left empty, with a remark*; a row that cannot "
        "be judged without it goes *to quarantine*, with its reason; a line that is none is *set "
        "aside* there too; of a file that cannot be read nothing lands, and it is *refused*. See "
        "[what to watch](operations.md#what-to-watch).",
        *(_of_values(group) for group in VALUES),
        _of_wholes("Lines and letters", LINES[::one_in]),
        _of_wholes("Files", FILES[::one_in]),
        _of_wholes("Sanctions lists", LISTS[::one_in]),
        _of_wholes("Rows that contradict each other, and rows taken back", SEVERAL[::one_in]),
        _of_terms(),
    )


def _of_terms() -> str:
    """Say what a contract is worth by what is told of its instrument."""
    with TemporaryDirectory() as folder:
        for name, body in TERMS.files.items():
            (Path(folder) / name).write_bytes(body or b"")
        lake, _ = _pulled(Path(folder), TERMS.venue)
        with lake.view(ALWAYS, PULLED) as view:
            prepare(view.connection, ["valued_trades"])
            worth = dict(view.connection.execute(_WORTH).fetchall())
    cells = [
        (
            each.what,
            f"{each.terms or 'nothing is told of it'}; price {each.price}",
            worth[each.name],
        )
        for each in INSTRUMENTS
    ]
    return page(2, "What a contract is worth", _table(cells))


def _of_values(group: Values) -> str:
    rows = [
        {key: value.format(n=number) for key, value in group.row.items()} | {column: odd}
        for number, (_, column, odd) in enumerate(group.odd)
    ]
    lines = [",".join(group.row), *(",".join(map(_quoted, row.values())) for row in rows)]
    with TemporaryDirectory() as folder:
        (Path(folder) / "t.csv").write_text("".join(f"{line}\n" for line in lines))
        lake, fate = _pulled(Path(folder), group.venue)
        fate.rows = _in_force(lake, fate.landed)
    cells = [
        (what, f"{column}: {_shown(odd)}" if odd else f"{column}:", fate.of(number, column))
        for number, (what, column, odd) in enumerate(group.odd, start=2)
    ]
    return page(2, group.title, _table(cells))


def _quoted(value: str) -> str:
    return f'"{value}"' if "," in value else value


@dataclass
class _Fate:
    """What became of files: rows landed and in force by table, and what was said of others."""

    landed: Counter[str] = field(default_factory=Counter)
    revised: Counter[str] = field(default_factory=Counter)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refused: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[dict[str, Any]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def of(self, line: int, column: str) -> str:
        """Say what became of the row of a line, and of its value in a column."""
        origin = f"t.csv:{line}"
        for row in self.refused:
            if row["source_line"] == origin:
                return f"to quarantine: {_shown(row['reason'])}"
        there = [row for rows in self.rows.values() for row in rows]
        [value] = [row[column] for row in there if row["source_line"] == origin]
        if value is not None:
            return f"lands as {_code(_shown(_plain(value)))}" if value != "" else "lands as nothing"
        [*reasons] = {row["reason"] for row in self.remarks if row["reason"].startswith(column)}
        if len(reasons) > 1:
            raise AssertionError(f"expected one reason a column, to know whose, was {reasons}")
        return f"left empty, with a remark: {reasons[0]}" if reasons else "lands empty"

    def sentences(self) -> Iterator[str]:
        """Say what became of all rows, lines and values."""
        for name, landed in self.landed.items():
            again = self.revised[name]
            more = f", {again} in place of another" if again else ""
            force = f"; {len(self.rows[name])} in force" if self.rows else ""
            yield f"{landed} {'row' if landed == 1 else 'rows'} of {name} land{more}{force}"
        for row in self.refused:
            kind = "to quarantine" if row["table_name"] in self.landed else "set aside"
            yield f"{kind}: {row['source_line']}: {_shown(row['reason'])}"
        for row in self.remarks:
            yield f"left empty, with a remark: {row['source_line']}: {row['example']}"
        yield from (f"said: {text}" for text in self.heard)


def _of_wholes(title: str, group: tuple[Whole, ...]) -> str:
    cells = []
    for each in group:
        with TemporaryDirectory() as folder:
            outcome = _of_whole(Path(folder), each) or "no row, and nothing is said"
            cells.append((each.what, each.written or _odd_lines(each), outcome))
    return page(2, title, _table(cells))


def _odd_lines(each: Whole) -> str:
    """Return the lines of files that are no header and not as those of a good file."""
    [body] = each.files.values()
    first, *lines = (body or b"").decode().splitlines()
    odd = [_shown(line) for line in lines if line not in STANDARD]
    return " ⏎ ".join(odd if lines else [_shown(first)])


def _of_whole(folder: Path, each: Whole) -> str:
    """Say what became of files, or why they are refused."""
    for name, body in each.files.items():
        (folder / name).mkdir() if body is None else (folder / name).write_bytes(body)
    try:
        lake, fate = _pulled(folder, each.venue)
    except SurveillanceError as wrong:
        return f"refused: {_masked(str(wrong), folder)}"
    if each in SEVERAL:
        fate.rows = _in_force(lake, fate.landed)
    return "; ".join(fate.sentences())


def _pulled(folder: Path, venue: str) -> tuple[Lake, _Fate]:
    """Land what a venue has; return the lake, and what became of it."""
    lake, fate = Lake(folder / "lake"), _Fate()
    for batch in sources.pull(sources.parse(venue, folder, "venue.yml")):
        fate.heard += batch.remarks
        for name, count in lake.land(batch, PULLED).counts.items():
            if name in batch.tables:
                fate.landed[name] += count.landed
                fate.revised[name] += count.revised
            fate.counts.update(quarantined=count.quarantined, remarked=count.remarked)
    if fate.counts["quarantined"]:
        fate.refused = lake.quarantined().to_pylist()
    if fate.counts["remarked"]:
        fate.remarks = lake.remarks().to_pylist()
    return lake, fate


def _in_force(lake: Lake, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    with lake.view(ALWAYS, PULLED) as view:
        return {name: view.arrow(f'select * from "{name}"').to_pylist() for name in names}


def _plain(value: Any) -> str:
    text = str(value)
    return text.rstrip("0").rstrip(".") if re.fullmatch(r"-?\d+\.\d+", text) else text


def _shown(text: str) -> str:
    """Return a text with what nobody would see written out, cut if it is long."""
    seen = "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )
    return seen if len(seen) <= _LONGEST else f"{seen[:_LONGEST]} …"


def _masked(message: str, folder: Path) -> str:
    """Return a message without places of this machine."""
    scratch = re.sub(r"[^\s']*/(pull|list)-[^/\s']*/", "", message)
    return _shown(scratch.replace(f"{folder.resolve()}/", "").replace(str(folder.resolve()), "."))


def _table(cells: list[tuple[str, str, str]]) -> str:
    return table(
        ["what", "as written", "what becomes of it"],
        [(what, _code(written), outcome) for what, written, outcome in cells],
    )


def _code(text: str) -> str:
    ticks = "``" if "`" in text else "`"
    return f"{ticks}{text}{ticks}" if text else ""


if __name__ == "__main__":
    sys.stdout.write(whole() + "\n")
