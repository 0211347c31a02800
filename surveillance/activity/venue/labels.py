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
from surveillance.activity.venue.mapping import Names, mapped
from surveillance.activity.venue.raw import opened
from surveillance.language import LanguageError


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
        for name, files in raw.files.items():
            for file in files:
                raw.load(file)
            raw.expose(name, files)
            rows = raw.connection.sql(f"select * from {quoted(name)}").to_arrow_table()
            view.connection.register(name, rows)
        relations = {**{name: table.schema for name, table in TABLES.items()}, **raw.columns}
        try:
            return _truths(venue, view, relations, raw.names)
        finally:
            for name in labels.files:
                view.connection.unregister(name)


def _truths(
    venue: Venue,
    view: View,
    relations: Mapping[str, Mapping[str, str]],
    names: Mapping[str, Names],
) -> GroundTruth:
    labels = venue.labels
    truths = []
    for number, entry in enumerate(labels.typologies if labels else ()):
        loc = ("labels", "typologies", number)
        universe = _ids(venue, view, relations, names, (*loc, "universe"), entry.universe)
        positives = _ids(venue, view, relations, names, (*loc, "positives"), entry.positives)
        rules = tuple(entry.rules) or (entry.typology,)
        truths.append(
            TypologyTruth(entry.typology, rules, entry.table, universe, positives & universe)
        )
    clean = labels.clean if labels else None
    place = ("labels", "clean")
    ids = _ids(venue, view, relations, names, place, clean) if clean else frozenset()
    return GroundTruth(tuple(truths), ids)


def _ids(
    venue: Venue,
    view: View,
    relations: Mapping[str, Mapping[str, str]],
    names: Mapping[str, Names],
    loc: tuple[str | int, ...],
    text: str,
) -> frozenset[str]:
    try:
        select = mapped(text, relations, names).query
    except LanguageError as wrong:
        raise venue.misread(loc, wrong) from None
    if len(select.columns) != 1:
        raise venue.wrong(loc, f"expected one column of ids, was {len(select.columns)}")
    (column,) = view.arrow(select.sql()).columns
    return frozenset(str(value) for value in column.to_pylist() if value is not None)
