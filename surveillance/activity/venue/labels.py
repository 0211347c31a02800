"""The truth about a venue's activity, for measuring: which ids a typology's rules should name.

Only evaluation reads this. The label files stand beside the activity, are never pulled, and
become relations of a view for as long as they are compared with what is in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from surveillance.activity.catalogue import TABLES
from surveillance.activity.contract import quoted
from surveillance.activity.lake.view import View
from surveillance.activity.venue import Venue
from surveillance.activity.venue.raw import opened
from surveillance.language import LanguageError, query


@dataclass(frozen=True, slots=True)
class TypologyTruth:
    """What is true of one typology: of the ids in ``universe``, the ``positives`` are abuse.

    Ids are those by which evidence names rows of ``table``, or trader ids for ``accounts``.
    ``rules`` are the typologies of the rules that predict it.
    """

    typology: str
    rules: tuple[str, ...]
    table: str
    universe: frozenset[str]
    positives: frozenset[str]


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """Everything labelled about a venue; ``clean`` are the traders who did nothing wrong."""

    typologies: tuple[TypologyTruth, ...]
    clean: frozenset[str]


def read(venue: Venue, view: View) -> GroundTruth:
    """Read the labels of a venue, over the tables of ``view`` and the label files.

    Positives outside of the universe, such as those after the window, are left out.

    Raises:
        VenueError: a SELECT is not in the language.
        SourceError: a label file cannot be read.
        SourceAbort: a pattern finds no label file.
    """
    if venue.labels is None:
        return GroundTruth((), frozenset())
    labels = venue.labels
    with opened(venue, labels.files) as raw:
        for name in labels.files:
            rows = raw.connection.sql(f"select * from {quoted(name)}").to_arrow_table()
            view.connection.register(name, rows)
        relations = {**{name: table.schema for name, table in TABLES.items()}, **raw.columns}
        try:
            return _truths(venue, view, relations)
        finally:
            for name in labels.files:
                view.connection.unregister(name)


def _truths(venue: Venue, view: View, relations: Mapping[str, Mapping[str, str]]) -> GroundTruth:
    labels = venue.labels
    truths = []
    for place, entry in enumerate(labels.typologies if labels else ()):
        loc = ("labels", "typologies", place)
        universe = _ids(venue, view, relations, (*loc, "universe"), entry.universe)
        positives = _ids(venue, view, relations, (*loc, "positives"), entry.positives)
        rules = tuple(entry.rules) or (entry.typology,)
        truths.append(
            TypologyTruth(entry.typology, rules, entry.table, universe, positives & universe)
        )
    clean = labels.clean if labels else None
    ids = _ids(venue, view, relations, ("labels", "clean"), clean) if clean else frozenset()
    return GroundTruth(tuple(truths), ids)


def _ids(
    venue: Venue,
    view: View,
    relations: Mapping[str, Mapping[str, str]],
    loc: tuple[str | int, ...],
    text: str,
) -> frozenset[str]:
    try:
        select = query(text, relations)
    except LanguageError as wrong:
        raise venue.misread(loc, wrong) from None
    if len(select.columns) != 1:
        raise venue.wrong(loc, f"expected one column of ids, was {len(select.columns)}")
    (column,) = view.arrow(select.sql()).columns
    return frozenset(str(value) for value in column.to_pylist() if value is not None)
