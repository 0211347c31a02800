"""Rules that mean harm or make no sense: each with the place of its fault («) and what is said.

A case is one line; the test beside it reads them all.
"""

from tests.given.texts import AGGREGATE, QUERY, SEQUENCE

BLOCK = "total: sum(quantity)\n"
Cases = dict[str, tuple[str, str]]
"""Name to the text, with « where the fault stands, and words of the message."""


def changed(base: str, old: str, new: str) -> str:
    assert old in base
    return base.replace(old, new, 1)


def measured(text: str) -> str:
    return changed(AGGREGATE, BLOCK, f"total: |-\n      {text}\n")


def where(text: str) -> str:
    return changed(AGGREGATE, "where: not is_block\n", f"where: |-\n    {text}\n")


def gate(text: str) -> str:
    """Put a text in place of the line of the gate."""
    return changed(AGGREGATE, 'n: ">= $line"\n', f"n: |-\n      {text}\n")


def asked(text: str) -> str:
    head, rest = QUERY.split("    select", 1)
    return f"{head}    {text}\n  require{rest.split('  require', 1)[1]}"


def from_(text: str) -> str:
    """Put what stands after FROM, as far as the table ``trades t`` goes on."""
    return changed(QUERY, "from trades where", f"from {text} where")


TAKEN = "every hit has"
LENGTH = "expected a length of time such as"
TABLE = "expected a table of"
UNSEEN = "was the character U+"

FILES_AND_NETWORK: Cases = {
    "a file of comma-separated values": (from_("«read_csv('/etc/passwd')"), "read_csv() is not"),
    "a file guessed": (from_("«read_csv_auto('/etc/passwd')"), "read_csv_auto() is not"),
    "a file named as a table": (from_("«'/etc/passwd'"), TABLE),
    "a file named in double quotes": (from_('«"/etc/passwd"'), TABLE),
    "a file over the network": (from_("«'https://example.org/a.parquet'"), TABLE),
    "a bucket": (from_("«'s3://bucket/a.parquet'"), TABLE),
    "a text file": (measured("max(«read_text('/etc/passwd'))"), "read_text() is not allowed"),
    "a binary file": (from_("«read_blob('/etc/passwd')"), "read_blob() is not allowed"),
    "a file of JSON": (from_("«read_json('/etc/passwd')"), "read_json() is not allowed"),
    "another database": (from_("«read_duckdb('x.db')"), "read_duckdb() is not allowed"),
    "what a Parquet file says": (from_("«parquet_metadata('x')"), "parquet_metadata() is not"),
    "a list of files": (from_("«glob('/*')"), "glob() is not allowed"),
    "the shape of a file": (from_("«sniff_csv('x')"), "sniff_csv() is not allowed"),
    "the environment": (where("trader_id = «getenv('HOME')"), "getenv() is not allowed"),
    "a log": (measured("max(«write_log('x'))"), "write_log() is not allowed"),
    "a secret": (from_("«which_secret('x', 's3')"), "which_secret() is not allowed"),
    "FROM before anything else": (asked("from «'a.parquet'"), TABLE),
    "memory of the process": (from_("«arrow_scan(1, 2, 3)"), "arrow_scan() is not allowed"),
}
THE_ENGINE: Cases = {
    "its settings": (from_("«duckdb_settings()"), "duckdb_settings() is not allowed"),
    "its secrets": (from_("«duckdb_secrets()"), "duckdb_secrets() is not allowed"),
    "its tables": (from_("«duckdb_tables"), TABLE),
    "its schema": (from_("«information_schema.tables"), TABLE),
    "the catalogue of PostgreSQL": (from_("«pg_catalog.pg_class"), TABLE),
    "the catalogue of SQLite": (from_("«sqlite_master"), TABLE),
    "a pragma": (from_("«pragma_table_info('trades')"), "pragma_table_info() is not allowed"),
    "its version": (measured("max(«version())"), "version() is not allowed"),
    "a setting": (measured("max(«current_setting('threads'))"), "current_setting() is not"),
    "who asks": (measured("max(«current_user)"), "current_user() is not allowed"),
    "who asks, as a column": (measured('max(«"current_user")'), "current_user is not allowed"),
    "who asks, in short": (measured("max(«user)"), "the column user is not allowed"),
    "the present schema": (measured("max(«current_schema)"), "current_schema is not allowed"),
    "a query in a text": (from_("«query('select 1')"), "query() is not allowed"),
    "a table in a text": (from_("«query_table('trades')"), "query_table() is not allowed"),
    "a table of another schema": (from_("«main.trades"), TABLE),
    "a column of another schema": (where("«main.fills.price > 1"), "or a table and its column"),
    "a table that is not there": (from_("«nope"), TABLE),
    "a raw table of a run": (from_("«placed"), TABLE),
    "accounts beyond the window": (from_("«known_accounts"), TABLE),
    "when a row arrived": (where("«arrived_at > ts"), '"arrived_at" not found'),
    "from where a row came": (where("«source_line = 'x'"), '"source_line" not found'),
    "a table by a text": (from_("«table('trades')"), "not allowed"),
    "a whole row": (
        changed(QUERY, "quantity as size", "count(distinct «t) as size").replace(
            "from trades", "from trades t"
        ),
        "expected a column, was 't'",
    ),
}
STATEMENTS: Cases = {
    "a table made": (asked("«create table x as select 1"), "one SELECT, was CREATE"),
    "a row put in": (asked("«insert into trades values (1)"), "one SELECT, was INSERT"),
    "a row changed": (asked("«update trades set price = 1"), "one SELECT, was UPDATE"),
    "rows deleted": (asked("«delete from trades"), "one SELECT, was DELETE"),
    "rows deleted in a WITH": (
        asked("with x as («delete from trades returning *) select * from x"),
        "delete is not allowed",
    ),
    "a table dropped": (asked("«drop table trades"), "one SELECT, was DROP"),
    "a database attached": (asked("«attach 'x.db'"), "one SELECT, was ATTACH"),
    "a file written": (asked("«copy trades to 'x.csv'"), "one SELECT, was COPY"),
    "an extension": (asked("«install httpfs"), "one SELECT, was INSTALL"),
    "an extension loaded": (asked("«load httpfs"), "one SELECT, was LOAD"),
    "a setting set": (asked("«set threads = 4"), "one SELECT, was SET"),
    "a call": (asked("«call duckdb_settings()"), "one SELECT, was CALL"),
    "a prepared statement": (asked("«prepare x as select 1"), "one SELECT, was PREPARE"),
    "an explanation that runs": (asked("«explain analyze select 1"), "one SELECT, was EXPLAIN"),
    "a macro": (asked("«create macro f(x) as x"), "one SELECT, was CREATE"),
    "a summary": (asked("«summarize trades"), "one SELECT, was SUMMARIZE"),
    "two statements": (asked("«select 1; drop table trades"), "one statement, was 2"),
    "two in an expression": (gate("«> 1; drop table trades"), "one statement, was 2"),
    "a way out of the brackets": (gate("> 1«) union (select 1"), "Invalid expression"),
    "a comment that swallows the rest": (gate("> («1 --"), "Expecting )"),
    "a pivot": (asked("«pivot trades on is_block using sum(price)"), "one SELECT, was PIVOT"),
    "a place to put it": (asked("select * «into x from trades"), "into is not allowed"),
    "a lock": (asked("«select * from trades for update"), "lock is not allowed"),
}
THE_CLOCK: Cases = {
    "now": (measured("max(«now())"), "now() is not allowed"),
    "today": (where("ts > «today()"), "today() is not allowed"),
    "the time by its keyword": (where("ts > «current_timestamp"), "current_timestamp() is not"),
    "the date by its keyword": (where("ts > «current_date"), "current_date() is not allowed"),
    "the time as a column": (measured('max(«"current_timestamp")'), "current_timestamp is not"),
    "the date as a column": (where('ts > «"current_date"'), "current_date is not allowed"),
    "the local time as a column": (measured('max(«"localtimestamp")'), "localtimestamp is not"),
    "the time of the transaction": (where("ts > «transaction_timestamp()"), "is not allowed"),
    "the number of the transaction": (measured("max(«txid_current())"), "is not allowed"),
    "another name of now": (where("ts > «get_current_timestamp()"), "is not allowed"),
    "how long ago": (measured("max(«age(ts))"), "age() is not allowed"),
    "now as a text": (where("«ts > 'now'"), "expected a value of type TIMESTAMP, was 'now'"),
    "today as a text": (where("ts > cast('today' as «timestamp)"), "of type TIMESTAMP, was"),
    "the end of time": (where("«ts < 'infinity'"), "TIMESTAMP, was 'infinity'"),
    "when the run starts": (measured("max('«$run_start')"), "mark of the product's own"),
    "when the run ends": (where("epoch_us(ts) < «$run_end"), "mark of the product's own"),
}
CHANCE: Cases = {
    "a random number": (where("«random() > 0.5"), "random() is not allowed"),
    "a random id": (measured("max(«uuid())"), "uuid() is not allowed"),
    "another random id": (measured("max(«gen_random_uuid())"), "is not allowed"),
    "a seed": (measured("max(«setseed(0.5))"), "setseed() is not allowed"),
    "a sequence": (measured("max(«nextval('s'))"), "nextval() is not allowed"),
    "a hash of the place of a row": (measured("max(«hash(rowid))"), "hash() is not allowed"),
    "the place of a row": (measured("max(«rowid)"), "rowid is not allowed"),
    "the first that comes": (measured("«first(price)"), "first() is not allowed"),
    "any that comes": (measured("«any_value(price)"), "ignore nulls is not allowed"),
    "the most frequent": (measured("«mode(price)"), "mode() is not allowed"),
    "the value at the greatest": (measured("«arg_max(price, ts)"), "is not allowed"),
    "an approximate count": (measured("«approx_count_distinct(price)"), "is not allowed"),
    "an approximate quantile": (measured("«approx_quantile(price, 0.5)"), "is not allowed"),
    "a sample": (asked("select * from trades «tablesample 10%"), "table sample is not allowed"),
    "the first three": (asked("select * from trades «limit 3"), "limit is not allowed"),
    "all but three": (asked("select * from trades «offset 3"), "offset is not allowed"),
    "one of each": (asked("select «distinct on (side) * from fills"), "distinct on is not"),
    "rows as they lie": (
        asked("select * from trades positional «join orders"),
        "a positional join is not allowed",
    ),
    "the nearest before, of those at one time": (
        asked("select * from trades t asof «join orders o on t.ts >= o.ts"),
        "an asof join is not allowed",
    ),
    "whatever columns are there": (
        asked("select * from trades natural «join orders"),
        "a natural join is not allowed",
    ),
    "a place without an order": (
        asked("select «row_number() over () from trades"),
        "expected an order by",
    ),
    "the one before, without an order": (
        asked("select «lag(price) over (partition by instrument) from trades"),
        "expected an order by",
    ),
    "an order that means a column": (
        asked("select *, lag(side) over (order by ts) as x from «fills price"),
        "expected another name than a column's",
    ),
    "a list with a function in a text": (
        measured("«list_aggregate(list(price), 'first')"),
        "list_aggregate() is not allowed",
    ),
}
WITHOUT_END: Cases = {
    "a recursion": (
        asked("«with recursive r as (select 1 as n union all select n + 1 from r) select * from r"),
        "a recursive WITH is not allowed",
    ),
    "a WITH that reads itself": (
        asked("with r as (select 1 as n union all select n + 1 from «r) select * from r"),
        TABLE,
    ),
    "a series": (from_("«generate_series(1, 1000000000000)"), "generate_series() is not"),
    "a range": (from_("«range(1000000000000)"), "range() is not allowed"),
    "a range unnested": (asked("select unnest(«range(1000000000000))"), "range() is not allowed"),
    "a text that doubles and doubles": (
        measured("max(length(«replace(replace(trader_id, 'a', 'aaaaaaaa'), 'a', 'aaaaaaaa')))"),
        "a replacement within a replacement is not allowed",
    ),
    "a long text": (measured("max(«repeat('x', 10000000000))"), "repeat() is not allowed"),
    "a padded text": (measured("max(«lpad('x', 2000000000, 'y'))"), "lpad() is not allowed"),
    "a printed text": (measured("max(«printf('%2000000000d', 1))"), "printf() is not allowed"),
    "all texts in one": (
        measured("string_agg(«trader_id, ',')"),
        "group_concat() is not allowed",
    ),
    "a reduction": (
        measured("«list_reduce(list(price), lambda x, y: x * y)"),
        "list_reduce() is not allowed",
    ),
    "a transformation": (measured("«list_transform(list(price), x -> x)"), "is not allowed"),
    "a comprehension": (where("1 in [«x for x in [1, 2]]"), "comprehension is not allowed"),
    "columns by a pattern": (measured("max(«columns('p.*'))"), "columns() is not allowed"),
    "a subquery of an expression": (
        where("price in («select price from fills)"),
        "without a subquery",
    ),
    "a list unnested in a condition": (where("«unnest([true, true])"), "a list unnested"),
    "a hop of a microsecond": (
        changed("«" + AGGREGATE, "every: 1h", "every: 1us"),
        "expected at most 10000 hops in a lookback",
    ),
    "ten thousand years": (
        changed(AGGREGATE, "lookback: 3h", "«lookback: 10000y"),
        LENGTH,
    ),
    "a million days": (
        changed(AGGREGATE, "lookback: 3h", "«lookback: 1000000d"),
        "expected a length of at most 3660d",
    ),
    "more days than can be counted": (
        changed(AGGREGATE, "lookback: 3h", "«lookback: 99999999999d"),
        "expected a length of time that can be counted",
    ),
    "a step a million days ago": (
        changed(SEQUENCE, "within: 30s", "between: [«-1000000d, 5s]"),
        "expected a length of at most 3660d",
    ),
    "a text of 20,001 characters": (
        where("«true or trader_id in (" + ", ".join(["'a'"] * 4200) + ")"),
        "expected at most 20000 characters",
    ),
    "brackets within brackets": (where("(" * 24 + "«(true" + ")" * 25), "at most 24 brackets"),
    "a thousand nots": (where("«" + "not " * 1000 + "true"), "nest"),
    "a chain of two hundred sums": (where("«" + "+".join(["1"] * 200) + " > 1"), "80 levels"),
}
NAMES: Cases = {
    "an unknown column": (where("«nope > 1"), '"nope" not found'),
    "an unknown column of a step": (
        changed(SEQUENCE, "sum(first.quantity)", "sum(«first.nope)"),
        'does not have a column named "nope"',
    ),
    "a step that comes later": (
        changed(SEQUENCE, "first.side = 'buy'}", "«second.side = 'buy'}"),
        '"second" not found',
    ),
    "an unknown parameter": (gate(">= «$nope"), "expected a parameter of $line; was $nope"),
    "an unknown measure": (
        changed(AGGREGATE, 'n: ">= $line"', '«nope: ">= $line"'),
        "expected a measure of n, total; was 'nope'",
    ),
    "an unknown function": (measured("«nope(price)"), "nope() is not allowed"),
    "an unknown relation": (changed(AGGREGATE, "  from: fills", "  from: «nope"), TABLE),
    "an unknown need": (
        changed(AGGREGATE, "needs: [trades]", "needs: [«nope]"),
        "expected a table or table.column",
    ),
    "an unknown subject": (
        changed(AGGREGATE, "by: [trader_id, instrument]", "by: [«nope]"),
        "expected a column of fills",
    ),
    "a subject twice": (
        changed(AGGREGATE, "by: [trader_id, instrument]", "by: «[trader_id, trader_id]"),
        "expected each column once",
    ),
    "evidence that is no activity": (
        changed(AGGREGATE, "evidence: {trades:", "evidence: {«fills:"),
        "expected a table of activity, was 'fills'",
    ),
    "a measure named as the score": (changed(AGGREGATE, "total:", "«score:"), TAKEN),
    "a measure named as what fired": (changed(AGGREGATE, "total:", "«fired:"), TAKEN),
    "a measure named as a subject": (changed(AGGREGATE, "total:", "«owner_id:"), TAKEN),
    "a measure named as evidence": (changed(AGGREGATE, "total:", "«evidence_trades:"), TAKEN),
    "a measure named as a keyword": (
        changed(changed(AGGREGATE, "total:", "select:"), "  measure", "  «measure"),
        "syntax error",
    ),
    "letters that look like others": (
        asked("with «trаdes as (select 1 as x) select * from trаdes"),
        "expected a name of plain letters",
    ),
    "a table of activity hidden": (
        asked("with «trades as (select 1) select * from trades"),
        "expected another name than a table's",
    ),
}
NOT_SEEN: Cases = {
    "a line that turns round": (changed(AGGREGATE, "Looks.", "Looks «\u202e.skool"), UNSEEN),
    "an isolate": (changed(AGGREGATE, "runbook: Look.", "runbook: Look «\u2066x."), UNSEEN),
    "a space without width": (where("trader_id = 'a«\u200bb'"), UNSEEN),
    "a joiner in the logic": (where("trader_id = 'a«\u200db'"), UNSEEN),
    "a tag": (changed(AGGREGATE, "Looks.", "Looks.«\U000e0041"), UNSEEN),
    "a zero byte": (changed(AGGREGATE, "Looks.", "Looks.«\0"), UNSEEN),
    "a zero byte written out": (
        changed(AGGREGATE, "description: Looks.", 'description: «"Looks\\0"'),
        UNSEEN,
    ),
    "half a character": (
        changed(AGGREGATE, "description: Looks.", 'description: «"\\ud800"'),
        UNSEEN,
    ),
    "a bell": (changed(AGGREGATE, "Looks.", "Looks.«\x07"), UNSEEN),
    "a mark of the product": (where("trader_id = '««gate»'"), "mark of the product's own"),
    "a mark in a parameter": (
        changed(AGGREGATE, "line: {value: 2,", "«line: {value: '«gate»',"),
        "mark of the product's own",
    ),
}
NUMBERS: Cases = {
    "a number too great for anything": (where("price < «1e400"), "at most 38 digits"),
    "a number too small for anything": (where("price > «1e-400"), "at most 38 digits"),
    "a number of fifty digits": (where("price > «" + "9" * 50), "at most 38 digits"),
    "a hexadecimal number": (where("price > «0xff"), "expected a number, was '0xff'"),
    "a number that runs on": (where("price > «12abc"), "expected a number, was '12abc'"),
    "a quantile beyond all": (measured("«quantile_cont(price, 2)"), "range [-1, 1]"),
    "a quantile of nothing": (measured("quantile_cont(«nope, 0.5)"), '"nope" not found'),
    "a quantile of a quantile": (
        measured("«quantile_cont(quantile_cont(price, 0.5), 0.5)"),
        "cannot be nested",
    ),
    "a deviation of distinct values": (
        measured("«stddev(distinct price)"),
        "a deviation of distinct values is not allowed",
    ),
    "a value that is not a number": (
        changed(AGGREGATE, "value: 2", "value: «.nan"),
        "expected a number that comes back as written",
    ),
    "an infinite value": (
        changed(AGGREGATE, "value: 2", "value: «.inf"),
        "expected a number that comes back as written",
    ),
    "a value that is no double": (
        changed(AGGREGATE, "value: 2", "value: «1e400"),
        "expected a number that comes back as written",
    ),
    "a value whose digits are lost": (
        changed(AGGREGATE, "value: 2", "value: «0.1234567890123456789"),
        "expected a number that comes back as written",
    ),
    "an exponent beyond decimals": (
        changed(AGGREGATE, "value: 2", "value: «1e-9999999999999999999"),
        "expected a number that comes back as written",
    ),
    "an octal value": (changed(AGGREGATE, "value: 2", "value: «0o17"), "comes back as written"),
    "a weight of nothing": (changed(AGGREGATE, "to: 10}", "to: 10, «weight: 0}"), "was 0"),
    "a negative weight": (changed(AGGREGATE, "to: 10}", "to: 10, «weight: -1}"), "was -1"),
    "a quantile of one": (
        changed(AGGREGATE, "{value: 2,", "{«peer_quantile: 1.0, of: x, floor: 1,"),
        "less than 1",
    ),
}
TYPES: Cases = {
    "a text as a number": (where("«price = 'abc'"), "of type DECIMAL(38,18), was 'abc'"),
    "a text as a truth": (where("«is_block = 'perhaps'"), "of type BOOLEAN, was 'perhaps'"),
    "a text among numbers": (where("«price in (1, 'two')"), "of type DECIMAL(38,18), was 'two'"),
    "a parameter as a number": (
        changed(AGGREGATE, "value: 2", "value: two").replace('n: ">= $line"', 'n: "«>= $line"'),
        "expected a value of type BIGINT, was 'two'",
    ),
    "a sum of texts": (measured("«sum(trader_id)"), "sum(VARCHAR)"),
    "a product of three prices": (
        measured("«sum(price * price * price)"),
        "could not perform an accurate multiplication",
    ),
    "a text and a number added": (where("«price + trader_id > 1"), "DECIMAL(38,18), VARCHAR"),
    "a time and a number added": (where("«ts + price > ts"), "TIMESTAMP, DECIMAL(38,18)"),
    "a condition that is a number": (
        changed(AGGREGATE, "where: not is_block", "where: «price"),
        "expected a condition",
    ),
    "a gate that is a number": (
        changed(AGGREGATE, "  require:", "  «require:").replace('">= $line"', '"+ 1"'),
        "expected a condition of n such as",
    ),
    "a measure that is a list": (
        changed(AGGREGATE, BLOCK, "«total: list(quantity)\n"),
        "expected a number, a text, a truth or a time",
    ),
    "a measure that is a length of time": (
        changed(AGGREGATE, BLOCK, "«total: max(ts) - min(ts)\n"),
        "was INTERVAL",
    ),
    "a measure of each row": (
        changed(AGGREGATE, BLOCK, "total: quantity\n").replace("  measure", "  «measure"),
        '"quantity" not found',
    ),
    "an aggregate of an aggregate": (measured("«sum(sum(quantity))"), "cannot be nested"),
    "an aggregate in a condition": (where("«sum(price) > 1"), "no aggregate or window function"),
    "a window in a measure": (measured("«sum(sum(quantity)) over ()"), "no window function"),
    "two values": (measured("«price, quantity"), "expected one expression"),
    "a type nobody has": (where("cast(price as «nope) > 1"), "the type nope is not allowed"),
    "a type of the engine": (where("cast(price as «uuid) = 'x'"), "the type UUID is not allowed"),
    "a decimal of forty digits": (
        where("«cast(price as decimal(40, 2)) > 1"),
        "DECIMAL type width",
    ),
    "a query without a subject": (
        changed(QUERY, "select buyer_id as trader_id, instrument,", "«select buyer_id as who,"),
        "expected a column of trader_id, owner_id, instrument",
    ),
    "a query without a time": (
        changed(QUERY, "select buyer_id", "«select buyer_id").replace("ts as started_at, ", ""),
        "expected a column started_at of type TIMESTAMP",
    ),
    "evidence that is no list": (
        changed(QUERY, "list(trade_id) as ids", "max(trade_id) as ids").replace(
            "evidence: {trades: ids", "evidence: {trades: «ids"
        ),
        "expected a table and a result column that lists its ids",
    ),
}
UNITS: Cases = {
    "a price beside a quantity": (where("«price > quantity"), "price compared with quantity"),
    "money beside a quantity": (where("«notional > quantity"), "money compared with quantity"),
    "money and a quantity added": (
        measured("«sum(notional) + sum(quantity)"),
        "money added to quantity",
    ),
    "a count beside money": (
        changed(AGGREGATE, "unit: trades", "unit: USD").replace('n: ">=', 'n: "«>='),
        "count compared with money",
    ),
    "a sum beside a share": (
        changed(AGGREGATE, "unit: trades", "unit: share of all").replace(
            'n: ">= $line"', 'total: "«>= $line"'
        ),
        "quantity compared with share",
    ),
    "microseconds beside seconds": (
        changed(AGGREGATE, BLOCK, "total: max(epoch_us(ts)) - min(epoch_us(ts))\n")
        .replace("unit: trades", "unit: s")
        .replace('n: ">= $line"', 'total: "«>= $line"'),
        "us compared with s",
    ),
    "minutes beside seconds": (
        changed(AGGREGATE, BLOCK, "total: max(date_diff('minute', ts, ts))\n")
        .replace("unit: trades", "unit: seconds")
        .replace('n: ">= $line"', 'total: "«>= $line"'),
        "m compared with s",
    ),
    "a score in another unit": (
        changed(AGGREGATE, "unit: trades", "unit: USD")
        .replace("n >= $line", "n >= 1")
        .replace("from: $line", "«from: $line"),
        "expected a value in count, was in money",
    ),
    "a price beside a quantity in a query": (
        changed(QUERY, "buyer_id is not null", "«price > quantity"),
        "price compared with quantity",
    ),
    "money beside a quantity further up": (
        asked("select * from (select sum(notional) as x, max(price) as y from fills) where «x > y"),
        "money compared with price",
    ),
    "steps in two units": (
        changed(SEQUENCE, "second.side = 'sell'", "«second.price > first.quantity"),
        "price compared with quantity",
    ),
    "a length without a unit": (changed(AGGREGATE, "lookback: 3h", "«lookback: 3"), "was 3"),
    "a length of nothing": (changed(AGGREGATE, "lookback: 3h", "«lookback: 0h"), "positive"),
    "a negative length": (changed(AGGREGATE, "every: 1h", "«every: -1h"), "positive"),
    "a hop that does not divide": (
        changed("«" + AGGREGATE, "every: 1h", "every: 2h"),
        "expected lookback to be a multiple of every",
    ),
    "a unit of time nobody has": (where("ts > ts - «interval 5 parsecs"), LENGTH),
    "a part of time nobody has": (where("«date_diff('bogus', ts, ts) = 1"), LENGTH),
    "a part of time from a column": (where("«date_part(trader_id, ts) = 1"), LENGTH),
    "steps between later and earlier": (
        changed(SEQUENCE, "within: 30s", "between: [5s, -5s]").replace(
            "  sequence:", "  «sequence:"
        ),
        "expected between to end after it begins",
    ),
}
YAML: Cases = {
    "an anchor": (changed(AGGREGATE, "law: [MAR 12]", "law: «&a [MAR 12]"), "no anchor or alias"),
    "a bomb of aliases": (
        "a: «&a [x, x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c, *c]\n",
        "no anchor or alias",
    ),
    "an alias of itself": ("a: «&a\n  b: *a\n", "no anchor or alias"),
    "a merge key": (changed(AGGREGATE, "law: [MAR 12]", "«<<: {law: [MAR 12]}"), "a merge key"),
    "a Python object": ("a: «!!python/object/apply:os.system [id]\n", "expected a plain value"),
    "a Python name": ("a: «!!python/name:os.system x\n", "expected a plain value"),
    "binary": ("a: «!!binary aGk=\n", "expected a plain value, was tagged binary"),
    "a key twice": (
        changed(AGGREGATE, "version: 1\n", "version: 1\n«version: 2\n"),
        "expected each key once, was also on line 2",
    ),
    "a measure twice": (
        changed(AGGREGATE, BLOCK, "«n: sum(quantity)\n"),
        "expected each key once",
    ),
    "a list as a key": ("? «[a]\n: 1\n", "expected text as a key"),
    "two documents": ("a: 1\n«---\nb: 2\n", "another document"),
    "tabs": ("a:\n«\tb: 1\n", "cannot start any token"),
    "brackets without end": ("«" + "[" * 1500, "unreadable"),
    "mappings without end": ("«" + "{a: " * 2000 + "1" + "}" * 2000, "recursion"),
    "a character beyond all": ('«a: "\\UFFFFFFFF"\n', "unreadable"),
    "an older version of YAML": ("%YAML 1.1\n---\na: «yes\n", "expected a plain value"),
    "nothing": ("«", "expected a YAML mapping, was an empty file"),
    "a list": ("«[1, 2]\n", "expected keys with values"),
    "a word": ("«rule\n", "expected keys with values"),
    "a file of a megabyte": ("«# " + "x" * 1_000_000, "expected at most 256000 characters"),
    "an unknown key": (changed(AGGREGATE, "severity: low", "severity: low\n«excuse: x"), "known"),
    "a number as text": (changed(AGGREGATE, "version: 1", "«version: '1'"), "was '1'"),
    "a truth as a number": (changed(AGGREGATE, "version: 1", "«version: true"), "was True"),
}
FAMILIES: dict[str, Cases] = {
    "files and network": FILES_AND_NETWORK,
    "the engine": THE_ENGINE,
    "statements": STATEMENTS,
    "the clock": THE_CLOCK,
    "chance": CHANCE,
    "without end": WITHOUT_END,
    "names": NAMES,
    "not seen": NOT_SEEN,
    "numbers": NUMBERS,
    "types": TYPES,
    "units": UNITS,
    "yaml": YAML,
}

FEATURES: Cases = {
    "the clock": ("max(«now())", "now() is not allowed"),
    "the clock as a column": ('count(*) filter (ts > «"current_date")', "current_date is not"),
    "a file": ("max(«read_text('/etc/passwd'))", "read_text() is not allowed"),
    "chance": ("sum(«random())", "random() is not allowed"),
    "a subquery": ("sum(notional) / («select 1)", "without a subquery"),
    "a window": ("«sum(sum(notional)) over ()", "no window function"),
    "a unit that does not fit": ("count(*) filter («price > quantity)", "price compared with"),
    "a value of each row": ("notional", "expected one number a trader"),
    "a text": ("max(trader_id)", "expected a number, was VARCHAR"),
    "an unknown column": ("sum(«nope)", '"nope" not found'),
    "a text as a number": ("count(*) filter («price = 'x')", "DECIMAL(38,18), was 'x'"),
    "an unknown parameter": ("count(*) / «$years", "expected a parameter of $days"),
    "a mark of the product": ("count(*) filter (ts > «$run_start)", "mark of the product's own"),
}
VENUES: Cases = {
    "a file beside its own": ("select * from «read_csv('/etc/passwd')", "read_csv() is not"),
    "a file as a table": ("select * from «'/etc/passwd'", TABLE),
    "the clock": ("select «now() as ts from raw", "now() is not allowed"),
    "the clock as a column": ('select «"localtimestamp" as ts from raw', "localtimestamp is not"),
    "chance": ("select «uuid() as trade_id from raw", "uuid() is not allowed"),
    "rows as they lie": ("select «row_number() over () as seq from raw", "expected an order by"),
    "the place of a row": ("select «rowid as seq from raw", "rowid is not allowed"),
    "the engine": ("select * from «duckdb_settings()", "duckdb_settings() is not allowed"),
    "a statement": ("«copy raw to 'x'", "one SELECT, was COPY"),
    "a recursion": (
        "«with recursive r as (select 1 as seq union select * from r) select * from r",
        "a recursive WITH is not allowed",
    ),
    "an unknown relation": ("select * from «other", TABLE),
    "a text that turns round": ("select 'a«\u202eb' as trade_id from raw", UNSEEN),
    "a padded text": ("select «lpad('x', 2000000000, 'y') as trade_id from raw", "not allowed"),
}
SEGMENTS: Cases = {
    "an anchor": ("features: «&a [x]\n", "no anchor or alias"),
    "a seed of chance": ("«seed: now()\n", "valid integer"),
    "an unknown key": ("«depth: 3\n", "known"),
    "a stability of more than all": ("evidence: {«stability: 1.5}\n", "less than or equal to 1"),
}
