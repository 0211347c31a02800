"""The functions of the rule language: how each is written, and what it gives.

Which functions there are is decided in ``language.guard``; here they are explained, each by a
signature that the language reads as it stands: ``x`` and ``y`` are numbers, ``flag`` is true or
false, ``name`` a text, ``ts`` a time, ``n`` a whole number and ``items`` a list.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its kind in the grammar, how it is written, and what it gives."""

    kind: str
    signature: str
    meaning: str


GROUPS = {
    "Over many rows": (
        Function("Count", "count(x)", "Rows in which x is known; count(*) counts all"),
        Function("CountIf", "count_if(flag)", "Rows in which it is true"),
        Function("Sum", "sum(x)", "Exact sum"),
        Function("Min", "min(x)", "Smallest value"),
        Function("Max", "max(x)", "Largest value"),
        Function("Avg", "avg(x)", "Mean"),
        Function("Median", "median(x)", "Median, between the two middle values if need be"),
        Function("PercentileCont", "quantile_cont(x, 0.9)", "Quantile, between two values"),
        Function("PercentileDisc", "quantile_disc(x, 0.9)", "Quantile, one of the values"),
        Function("Stddev", "stddev(x)", "Standard deviation of a sample"),
        Function("StddevSamp", "stddev_samp(x)", "The same, by its longer name"),
        Function("LogicalOr", "bool_or(flag)", "Whether it is true in any row"),
        Function("LogicalAnd", "bool_and(flag)", "Whether it is true in every row"),
        Function("ArrayAgg", "list(name order by ts)", "The values as a list, in a stated order"),
    ),
    "Over the rows of a window": (
        Function("RowNumber", "row_number() over (order by ts, n)", "Place of the row, from 1"),
        Function("Rank", "rank() over (order by ts, n)", "Place, with gaps after equals"),
        Function("DenseRank", "dense_rank() over (order by ts, n)", "Place, without gaps"),
        Function("Lag", "lag(x) over (order by ts, n)", "Value in the row before"),
        Function("Lead", "lead(x) over (order by ts, n)", "Value in the row after"),
        Function("FirstValue", "first_value(x) over (order by ts, n)", "Value in the first row"),
        Function(
            "LastValue", "last_value(x) over (order by ts, n)", "Value in the last row so far"
        ),
    ),
    "Numbers": (
        Function("Abs", "abs(x)", "Without its sign"),
        Function("Sign", "sign(x)", "-1, 0 or 1"),
        Function("Round", "round(x, 2)", "Rounded half away from zero, to so many places"),
        Function("Floor", "floor(x)", "Next whole number below"),
        Function("Ceil", "ceil(x)", "Next whole number above"),
        Function("Trunc", "trunc(x)", "Without its fraction"),
        Function("Sqrt", "sqrt(x)", "Square root"),
        Function("Ln", "ln(x)", "Natural logarithm"),
        Function("Log", "log(x)", "Logarithm to base 10"),
        Function("Exp", "exp(x)", "e to the power of x"),
        Function("Pow", "pow(x, y)", "x to the power of y"),
        Function("Least", "least(x, y)", "Smallest of its arguments that are known"),
        Function("Greatest", "greatest(x, y)", "Largest of its arguments that are known"),
    ),
    "What is not known": (
        Function("Coalesce", "coalesce(x, y)", "First of its arguments that is known"),
        Function(
            "Nullif", "nullif(x, 0)", "x, or nothing where it equals the second; for quotients"
        ),
    ),
    "Text": (
        Function("Lower", "lower(name)", "In small letters"),
        Function("Upper", "upper(name)", "In capital letters"),
        Function("Trim", "trim(name)", "Without spaces around it"),
        Function("Length", "length(name)", "Number of characters"),
        Function("Substring", "substring(name, 1, 3)", "Part from a place on, so many characters"),
        Function("Replace", "replace(name, '-', '')", "One text put for another"),
        Function("SplitPart", "split_part(name, '-', 1)", "Part of a text cut at a mark"),
        Function("Concat", "concat(name, '-', n)", "Texts one after the other"),
        Function("ConcatWs", "concat_ws('|', name, n)", "The same with a mark between those known"),
        Function("StartsWith", "starts_with(name, 'BTC')", "Whether it begins so"),
        Function("EndsWith", "ends_with(name, '-C')", "Whether it ends so"),
        Function("Contains", "contains(name, 'BTC')", "Whether it has this in it"),
        Function(
            "StrPosition", "strpos(name, '-')", "Place of a text in another, from 1; 0 if none"
        ),
        Function("RegexpLike", "regexp_matches(name, '^BTC-')", "Whether a pattern is in it"),
        Function("RegexpExtract", "regexp_extract(name, '[0-9]+')", "What of it fits a pattern"),
        Function("RegexpReplace", "regexp_replace(name, '[0-9]', '')", "What fits, replaced"),
        Function("MD5", "md5(name)", "A digest of the text, for ids"),
    ),
    "Time": (
        Function("epoch_us", "epoch_us(ts)", "Microseconds since 1970"),
        Function("UnixToTime", "to_timestamp(n)", "Time so many seconds after 1970"),
        Function("StrToTime", "strptime(name, '%Y-%m-%d')", "Time read from a text by its format"),
        Function("DateDiff", "date_diff('second', ts, ts)", "Limits of a unit between two times"),
        Function("TimestampTrunc", "date_trunc('day', ts)", "Start of the day, hour … of a time"),
        Function("Extract", "extract(hour from ts)", "One part of a time"),
        Function("date_part", "date_part('hour', ts)", "The same, as a function"),
        Function("Hour", "hour(ts)", "Hour of the day, UTC"),
        Function("DayOfWeek", "dayofweek(ts)", "Day of the week, 0 is Sunday"),
        Function("ToDays", "to_days(cast(n as integer))", "A length of so many days"),
        Function("to_seconds", "to_seconds(n)", "A length of so many seconds"),
        Function("to_microseconds", "to_microseconds(n)", "A length of so many microseconds"),
    ),
    "Lists": (
        Function("ArrayContains", "list_contains(items, 'a')", "Whether it is in the list"),
        Function("ArrayDistinct", "list_distinct(items)", "Each value once"),
        Function("ArraySort", "list_sort(items)", "In order"),
        Function("Flatten", "flatten([items, items])", "Lists in a list as one list"),
        Function("cardinality", "cardinality(items)", "Number of values in a list"),
    ),
}
"""Every function, by what it is for."""

FUNCTIONS = tuple(function for group in GROUPS.values() for function in group)
