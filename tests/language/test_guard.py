"""Texts that reach for what is not theirs: each is refused, in words, at its place."""

import pytest

from surveillance.language import LanguageError, expression, query
from tests.given.relations import RELATIONS, TRADES

KNOWN = "expected a table of orders, trades; was"

FILES_AND_NETWORK = {
    "select «make_timestamp_ns(n) from trades": (
        "the function make_timestamp_ns() is not allowed; "
        "say epoch_ms(n) of milliseconds, make_timestamp(n) of microseconds"
    ),
    "select * from «read_csv('/etc/passwd')": "the function read_csv() is not allowed",
    "select * from «'/etc/passwd'": KNOWN,
    'select * from «"/etc/passwd"': KNOWN,
    "from «'a.parquet'": KNOWN,
    "select * from «read_parquet(['a', 'b'])": "the function read_parquet() is not allowed",
    "select * from «glob('/*')": "the function glob() is not allowed",
    "select «read_text('/etc/passwd')": "the function read_text() is not allowed",
    "select * from «'https://example.org/x.csv'": KNOWN,
    "select * from «sniff_csv('x')": "the function sniff_csv() is not allowed",
    "select n from trades\n  where trade_id = «getenv('HOME')": "the function getenv() is not",
    "select «write_log('x')": "the function write_log() is not allowed",
}
THE_ENGINE = {
    "select * from «duckdb_settings()": "the function duckdb_settings() is not allowed",
    "select * from «information_schema.tables": KNOWN,
    "select * from «pg_catalog.pg_class": KNOWN,
    "select * from «main.trades": KNOWN,
    "select * from «other.main.trades": KNOWN,
    "select * from «sqlite_master": KNOWN,
    "select * from «duckdb_tables": KNOWN,
    "select * from «pragma_table_info('trades')": "the function pragma_table_info() is not",
    "select «current_setting('threads')": "the function current_setting() is not allowed",
    "select «version()": "the function version() is not allowed",
    "select «getvariable('x')": "the function getvariable() is not allowed",
    "select «current_user": "the function current_user() is not allowed",
    "select «query('select 1')": "the function query() is not allowed",
    "select * from «query_table('trades')": "the function query_table() is not allowed",
    "select «rowid from trades": "the column rowid is not allowed",
    "select «trades.rowid from trades": "the column rowid is not allowed",
    "select * from «duckdb_tables, (with duckdb_tables as (select 1) select 1) x": KNOWN,
    "with a as (select * from «b), b as (select 1) select * from a": KNOWN,
    "select * from (with z as (select 1) select * from z), «z": KNOWN,
    "with «trades as (select 1) select * from trades": "expected another name than a table's",
}
STATEMENTS = {
    "«create table x as select 1": "expected one SELECT, was CREATE",
    "«insert into trades values (1)": "expected one SELECT, was INSERT",
    "«update trades set price = 1": "expected one SELECT, was UPDATE",
    "«delete from trades": "expected one SELECT, was DELETE",
    "«drop table trades": "expected one SELECT, was DROP",
    "«alter table trades add column x int": "expected one SELECT, was ALTER",
    "«truncate trades": "expected one SELECT, was TRUNCATE",
    "«merge into trades using orders on true when matched then delete": "was MERGE",
    "«attach 'x.db'": "expected one SELECT, was ATTACH",
    "«detach x": "expected one SELECT, was DETACH",
    "«copy trades to 'x.csv'": "expected one SELECT, was COPY",
    "«copy (select 1) to 'x'": "expected one SELECT, was COPY",
    "«install httpfs": "expected one SELECT, was INSTALL",
    "«load httpfs": "expected one SELECT, was LOAD",
    "«call pragma_version()": "expected one SELECT, was CALL",
    "«pragma version": "expected one SELECT, was PRAGMA",
    "«set threads = 4": "expected one SELECT, was SET",
    "«begin": "expected one SELECT, was BEGIN",
    "«explain select 1": "expected one SELECT, was EXPLAIN",
    "«describe trades": "expected one SELECT, was DESCRIBE",
    "«prepare x as select 1": "expected one SELECT, was PREPARE",
    "«values (1)": "expected one SELECT, was VALUES",
    "«pivot trades on ok using sum(n)": "expected one SELECT, was PIVOT",
    "«select 1; select 2": "expected one statement, was 2",
    "«select 1 from trades;;; drop table trades": "expected one statement, was 2",
    "«": "expected one statement, was 0",
    "«;": "expected one statement, was 0",
    "select * «into x from trades": "into is not allowed",
    "«select * from trades for update": "lock is not allowed",
}
CLOCK_AND_CHANCE = {
    "select «now()": "the function now() is not allowed",
    "select «current_timestamp": "the function current_timestamp() is not allowed",
    "select «current_date": "the function current_date() is not allowed",
    "select «today()": "the function today() is not allowed",
    "select «localtimestamp": "the function localtimestamp() is not allowed",
    "select «transaction_timestamp()": "the function transaction_timestamp() is not allowed",
    "select n,\n\n   «random() from trades": "the function random() is not allowed",
    "select «uuid()": "the function uuid() is not allowed",
    "select «gen_random_uuid()": "the function gen_random_uuid() is not allowed",
    "select «setseed(0.1)": "the function setseed() is not allowed",
    "select «nextval('s')": "the function nextval() is not allowed",
    "select * from trades «limit 3": "limit is not allowed",
    "select * from trades «offset 3": "offset is not allowed",
    "select * from trades «fetch first 3 rows only": "fetch is not allowed",
    "select * from trades «tablesample 10%": "table sample is not allowed",
    "select * from trades using sample «5": "table sample is not allowed",
    "select «first(price) from trades": "the function first() is not allowed",
    "select string_agg(«trade_id, ',') from trades": "the function group_concat() is not allowed",
    "select «mode(price) from trades": "the function mode() is not allowed",
    "select «hash(price) from trades": "the function hash() is not allowed",
    "select «row_number() over () from trades": "expected an order by in the window",
    "select «lag(price) over (partition by n) from trades": "expected an order by in the window",
    "select rank() over w from trades «window w as (partition by n)": "expected an order by",
    "select «sum(n) over (rows 1 preceding) from trades": "expected an order by in the window",
    "select «distinct on (n) price from trades": "distinct on is not allowed",
    "select * from trades positional «join orders": "a positional join is not allowed",
}
WHAT_CANNOT_BE_READ_TWICE_ALIKE = {
    "«with recursive r as (select 1) select * from r": "a recursive WITH is not allowed",
    "select «list_transform(tags, x -> upper(x)) from trades": "list_transform() is not allowed",
    "select «list_filter(tags, lambda x: x = 'a') from trades": "list_filter() is not allowed",
    "select [«x for x in tags] from trades": "comprehension is not allowed",
    "select «columns('p.*') from trades": "the function columns() is not allowed",
    "«select #1 from trades": "positional column is not allowed",
    "select * from («values (1)) v(a)": "values is not allowed",
    "select * from trades «pivot (sum(n) for ok in (true, false))": "pivot is not allowed",
    "select «row(price, n) from trades": "the function row() is not allowed",
    "select map {«'a': 1} from trades": "is not allowed",
    "select sum(n) from trades group by «cube (n)": "cube is not allowed",
    "select tags[«1:2] from trades": "slice is not allowed",
    "select * from «range(1000000000)": "the function range() is not allowed",
    "select unnest(«range(10))": "the function range() is not allowed",
    "select «repeat('x', 1000000000)": "the function repeat() is not allowed",
    "select «error('x')": "the function error() is not allowed",
}
REFUSED = (
    FILES_AND_NETWORK | THE_ENGINE | STATEMENTS | CLOCK_AND_CHANCE | WHAT_CANNOT_BE_READ_TWICE_ALIKE
)


@pytest.mark.parametrize("marked", REFUSED)
def test_what_is_not_in_the_language_is_refused_at_its_place(marked: str) -> None:
    before, _, after = marked.partition("«")
    with pytest.raises(LanguageError) as caught:
        query(before + after, RELATIONS)
    lines = before.split("\n")
    assert REFUSED[marked] in caught.value.message
    assert (caught.value.line, caught.value.column) == (len(lines), len(lines[-1]) + 1)


@pytest.mark.parametrize(
    "text",
    [
        "select trade_id from trades t where exists (select 1 from orders o where o.ts = t.ts)",
        "with a as (select n from trades), b as (select * from a) select * from a join b using (n)",
        "select n from (with a as (select n from trades) select n from a) union select 1",
        "select row_number() over w from trades window w as (partition by ok order by ts)",
        "from trades",
        "select unnest(tags) as tag, body ->> '$.a' as a from trades",
    ],
)
def test_plain_questions_pass(text: str) -> None:
    assert query(text, RELATIONS).columns


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("price, n", "expected one expression", 1),
        ("price from trades", "expected one expression", 1),
        ("price where ok", "expected one expression", 1),
        ("1 union select 2", "expected one expression", 1),
        ("n + (select 1)", "expected an expression without a subquery", 6),
        ("ok and sum(n) > 1", "expected no aggregate or window function", 8),
        ("rank() over (order by ts)", "expected no aggregate or window function", 1),
        ("n + random()", "the function random() is not allowed", 5),
        ("n in (select n from trades)", "expected an expression without a subquery", 7),
    ],
)
def test_an_expression_is_one_value_of_one_row(text: str, message: str, column: int) -> None:
    with pytest.raises(LanguageError) as caught:
        expression(text, TRADES)
    assert message in caught.value.message
    assert (caught.value.line, caught.value.column) == (1, column)


def test_a_query_names_the_tables_it_reads_and_not_its_own() -> None:
    read = query("with a as (select ts from trades) select a.ts from a, orders", RELATIONS)
    assert read.tables == {"trades", "orders"}


def test_an_expression_names_the_columns_it_reads() -> None:
    qualified = expression("trades.n > 1 and orders.price > trades.price", RELATIONS)
    assert qualified.columns == {"trades.n", "orders.price", "trades.price"}
    assert expression("n > 1 or ok", TRADES).columns == {"n", "ok"}
