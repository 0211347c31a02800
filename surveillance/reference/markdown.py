"""Headings and tables of Markdown, which a terminal and a page both show."""

from collections.abc import Iterable, Sequence


def page(level: int, title: str, *parts: str) -> str:
    """Return a heading and what stands under it, parts that are empty left out."""
    return "\n\n".join([f"{'#' * level} {title}", *(part for part in parts if part)])


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a bar within a cell is written so that it does not end the cell."""
    cells = [[" ".join(cell.split()).replace("|", r"\|") for cell in row] for row in rows]
    lines = [columns, ["---"] * len(columns), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(text: str) -> str:
    """Return a text as code, or nothing for nothing."""
    return f"`{text}`" if text else ""


def prose(text: str) -> str:
    """Return a docstring as Markdown: its double backquotes are single ones there."""
    return text.replace("``", "`").strip()
