"""What each version of a list changed: entries that came, went, or say something else.

A version is all rows of a list with one date. The first of a list changed nothing. Read it for why
somebody is screened again; ``name_matches`` says the same of each match.
"""

from surveillance.activity.catalogue import TEXT, TIME, Column, Table

TABLE = Table(
    "list_changes",
    "One row an entry that a version of its list added, removed or changed",
    ("list", "entry_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "Date of the version", required=True),
        Column("list", TEXT, "The list", required=True),
        Column("entry_id", TEXT, "The entry", required=True),
        Column(
            "change",
            TEXT,
            "What became of it",
            required=True,
            allowed=("added", "removed", "changed"),
        ),
        Column("names", "VARCHAR[]", "Its names now, or before it was removed", required=True),
        Column("names_before", "VARCHAR[]", "Its names in the version before"),
    ),
    fact=True,
)
READS = ("watchlist",)

SQL = """
with version as (
    select list, ts, lag(ts) over o as before, lead(ts) over o as next
    from (select distinct list, ts from watchlist) window o as (partition by list order by ts)
), entry as (
    select list, ts, entry_id, list_sort(list(name)) as names,
        list_sort(list(md5(concat_ws(chr(31), name, entity, birth_date, country, programme, quality)
            ))) as content
    from watchlist group by all
), placed as (
    select e.*, v.before, v.next from entry e join version v using (list, ts)
), changed as (
    select n.ts, n.list, n.entry_id, case when o.list is null then 'added' else 'changed' end
        as change, n.names, o.names as names_before
    from placed n left join placed o on o.list = n.list and o.entry_id = n.entry_id
        and o.ts = n.before
    where n.before is not null and n.content is distinct from o.content
), removed as (
    select o.next as ts, o.list, o.entry_id, 'removed' as change, o.names, o.names as names_before
    from placed o left join placed n on n.list = o.list and n.entry_id = o.entry_id
        and n.ts = o.next
    where o.next is not null and n.list is null
)
select * from changed union all by name select * from removed order by list, ts, entry_id
"""
