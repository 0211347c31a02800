"""Files that are not as they should be, by what is wrong with them.

What becomes of each is not written here; ``outcomes`` has the product say it.
"""

import gzip
import io
import zipfile
from dataclasses import dataclass

from tests.given.malformed_values import TRADE, TRADES


@dataclass(frozen=True)
class Whole:
    """Files that are pulled alone, by name: what is wrong with them, and their venue file.

    None is a folder. ``written`` is what the page shows of them, where it is not the text.
    """

    what: str
    files: dict[str, bytes | None]
    venue: str = TRADES
    written: str = ""


NAMES = ",".join(TRADE)
GOOD = ",".join(TRADE.values())
"""A line of the file, with the place for its number."""


def lines_of(*lines: str, names: str = NAMES) -> bytes:
    return "".join(f"{line}\n" for line in (names, *lines)).encode()


def line_of(number: int, **odd: str) -> str:
    return ",".join({**TRADE, **odd}.values()).format(n=number)


ONE, TWO, THREE = (line_of(number) for number in (1, 2, 3))
STANDARD = (ONE, TWO, THREE)
"""Lines with which nothing is wrong."""
_PLAIN = lines_of(ONE, TWO)
_FORMAT = "files:\n  t: {{glob: 't.*', format: {}}}"


def _as(form: str, select: str) -> str:
    files = TRADES.replace("files:\n  t: {glob: 't.*'}", _FORMAT.format(form))
    return f"{files[: files.index('tables:')]}tables:\n  trades: |\n    {select}\n"


_JSON = _as(
    "json",
    "select body->>'ts' as ts, _line as seq, body->>'id' as trade_id, 'BTC-EUR' as instrument, "
    "body->>'px' as price, '1' as quantity from t",
)
_JSONL = _JSON.replace("format: json", "format: jsonl")
_ENTRY = '{"ts": "2026-03-02T10:00:00Z", "id": "1", "px": "5"}'


def _zipped(*names: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), _PLAIN)
    return body.getvalue()


LINES = (
    Whole(
        "a quote that is never closed", {"t.csv": lines_of(ONE, TWO.replace("ann", '"ann'), THREE)}
    ),
    Whole(
        "a quote that is closed on the next line",
        {"t.csv": lines_of(ONE, TWO.replace("ann", '"an'), 'n"' + TWO.partition("ann")[2], THREE)},
    ),
    Whole("a column too few", {"t.csv": lines_of(ONE, TWO.rpartition(",")[0], THREE)}),
    Whole("a column too many", {"t.csv": lines_of(ONE, f"{TWO}9,8", THREE)}),
    Whole("blank lines", {"t.csv": lines_of(ONE, "", "   ", TWO)}),
    Whole("a line with a zero byte", {"t.csv": lines_of(ONE, TWO.replace("ann", "a\0n"), THREE)}),
    Whole("the header twice", {"t.csv": lines_of(ONE, NAMES, TWO)}),
    Whole("a footer", {"t.csv": lines_of(ONE, TWO, "Total: 2 trades")}),
    Whole(
        "a footer, and `footer: 1`",
        {"t.csv": lines_of(ONE, TWO, "Total: 2 trades")},
        TRADES.replace("'t.*'", "'t.*', footer: 1"),
    ),
    Whole(
        "a footer of one line, and `footer: 2`",
        {"t.csv": lines_of(ONE, TWO, "Total: 2 trades")},
        TRADES.replace("'t.*'", "'t.*', footer: 2"),
    ),
    Whole(
        "titles before the header",
        {"t.csv": b"Trades of desk 7\n\n" + _PLAIN},
        written="Trades of desk 7, and a blank line",
    ),
    Whole(
        "a line of 100,000 characters",
        {"t.csv": lines_of(ONE, line_of(2, buyer_id="y" * 100_000), THREE)},
        written="buyer_id of 100,000 letters",
    ),
    Whole(
        "lines that end in a carriage return alone",
        {"t.csv": _PLAIN.replace(b"\n", b"\r")},
        written="every line ends in CR",
    ),
    Whole(
        "lines that end in both",
        {"t.csv": _PLAIN.replace(b"\n", b"\r\n")},
        written="every line ends in CR LF",
    ),
    Whole(
        "no end of the last line",
        {"t.csv": _PLAIN.rstrip()},
        written="the last line ends with the file",
    ),
    Whole(
        "a byte-order mark",
        {"t.csv": b"\xef\xbb\xbf" + _PLAIN},
        written="EF BB BF before the header",
    ),
    Whole(
        "a byte-order mark in the middle, of files put together",
        {"t.csv": lines_of(ONE) + b"\xef\xbb\xbf" + TWO.encode() + b"\n"},
    ),
    Whole(
        "UTF-16 with its mark",
        {"t.csv": _PLAIN.decode().encode("utf-16")},
        written="FF FE before the header",
    ),
    Whole(
        "UTF-16 without a mark",
        {"t.csv": _PLAIN.decode().encode("utf-16-le")},
        written="every other byte zero",
    ),
    Whole(
        "Latin-1",
        {"t.csv": _PLAIN.decode().replace("ann", "Zoë").encode("latin-1")},
        written="Zoë in every line",
    ),
    Whole(
        "one line in Latin-1 among others in UTF-8",
        {
            "t.csv": lines_of(ONE.replace("ann", "Zoë"))
            + TWO.replace("ann", "Zoë").encode("latin-1")
        },
        written="Zoë in the second line",
    ),
)
FILES = (
    Whole("empty", {"t.csv": b""}, written="no byte"),
    Whole("a header alone", {"t.csv": lines_of()}),
    Whole("no header", {"t.csv": f"{ONE}\n{TWO}\n".encode()}, written=ONE),
    Whole(
        "a column of another name",
        {"t.csv": lines_of(ONE, names=NAMES.replace("price", "px"))},
        written="px for price",
    ),
    Whole(
        "cut short while it was packed",
        {"t.csv.gz": gzip.compress(_PLAIN, mtime=0)[:-12]},
        written="gzip without its last 12 bytes",
    ),
    Whole(
        "packed, and called as if it were not",
        {"t.csv": gzip.compress(_PLAIN, mtime=0)},
        written="gzip, called t.csv",
    ),
    Whole("called as if it were packed", {"t.csv.gz": _PLAIN}, written="plain, called t.csv.gz"),
    Whole("a zip of one file", {"t.zip": _zipped("t.csv")}, written="zip"),
    Whole("a zip of two files", {"t.zip": _zipped("a.csv", "b.csv")}, written="zip"),
    Whole(
        "packed twice",
        {"t.csv": gzip.compress(gzip.compress(_PLAIN, mtime=0), mtime=0)},
        written="gzip of gzip",
    ),
    Whole(
        "a workbook",
        {"t.xlsx": _zipped("[Content_Types].xml", "xl/workbook.xml")},
        written="a workbook",
    ),
    Whole("JSON, read as a table", {"t.json": f"[{_ENTRY}]".encode()}),
    Whole(
        "two files, of which one has a column under another name",
        {
            "t.1.csv": lines_of(ONE),
            "t.2.csv": lines_of(TWO, names=NAMES.replace("buyer_id", "buyer")),
        },
        written="buyer for buyer_id in t.2.csv",
    ),
    Whole("a folder", {"t.csv": None}, written="a folder called t.csv"),
    Whole("missing", {}, written="no file"),
    Whole("JSON, not whole", {"t.json": f"[{_ENTRY}, {{".encode()}, _JSON),
    Whole("JSON, and no list", {"t.json": _ENTRY.encode()}, _JSON),
    Whole("JSON, and a number", {"t.json": b"5"}, _JSON),
    Whole("JSON, with entries of other kinds", {"t.json": f"[{_ENTRY}, 7]".encode()}, _JSON),
    Whole(
        "JSON, and `path: data.trades` leads nowhere",
        {"t.json": f"[{_ENTRY}]".encode()},
        _JSON.replace("format: json", "format: json, path: data.trades"),
    ),
    Whole("a line of JSON lines that is none", {"t.jsonl": f"{_ENTRY}\nnone\n".encode()}, _JSONL),
    Whole(
        "Parquet, damaged",
        {"t.parquet": b"PAR1 and no more"},
        _as("parquet", "select ts, seq, trade_id, instrument, price, quantity from t"),
    ),
)
_OFAC = """
venue: lists
source: lists
lists:
  - {kind: ofac, name: SDN, glob: 't.*', as_of: 2026-01-15}
"""
_UN = _OFAC.replace("ofac", "un").replace(", as_of: 2026-01-15", "")
_NOTHING = ",-0- " * 7
_ADDRESS = "Digital Currency Address - XBT 1abc."


def _sdn(number: int, remark: str) -> str:
    return f'{number},"NAME {number}","individual","CYBER"{_NOTHING},{remark}'


def _sdns(*lines: str) -> dict[str, bytes | None]:
    return {"t.csv": "".join(f"{line}\n" for line in lines).encode()}


_FIRST = _sdn(1, f'"{_ADDRESS}"')
LISTS = (
    Whole("quotes within a remark", _sdns(_FIRST, _sdn(2, '"a.k.a. "x"."')), _OFAC),
    Whole(
        "a quote that is never closed",
        _sdns(_FIRST, _sdn(2, '"DOB 1970.'), _sdn(3, '"DOB 1980."')),
        _OFAC,
    ),
    Whole("too few columns", _sdns(_FIRST, "2,NAME 2,individual"), _OFAC),
    Whole("no line of the width of the list", _sdns("<html>busy</html>"), _OFAC),
    Whole("empty", {"t.csv": b""}, _OFAC, "no byte"),
    Whole(
        "XML that is cut short", {"t.xml": b'<LIST dateGenerated="2026-01-15"><INDIVIDUAL>'}, _UN
    ),
    Whole(
        "XML with an entity of its own",
        {"t.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><LIST dateGenerated="2026-01-15">&b;</LIST>'},
        _UN,
    ),
    Whole("XML without a date", {"t.xml": b"<LIST/>"}, _UN),
)
