"""What is known of addresses, and until when: by its source, or by the next version of a list.

A source that says at each date all that it has ends what it does not say again. Others, such as
analytics, say what is new, and their labels last until they say otherwise.
"""

from surveillance.activity.catalogue import TEXT, TIME, Column, Table

TABLE = Table(
    "labels",
    "One row a label of an address",
    ("address", "category", "source", "ts"),
    "",
    (
        Column("ts", TIME, "When it took effect", required=True),
        Column("until", TIME, "When it ended; empty while it holds"),
        Column("address", TEXT, "Address on chain, in its canonical form", required=True),
        Column("category", TEXT, "Such as sanctioned, mixer, exchange", required=True),
        Column("source", TEXT, "List that says so", required=True),
        Column("entity", TEXT, "Who holds it"),
    ),
    fact=True,
)
READS = ("address_labels", "addresses")

SQL = """
with whole as (
    select distinct source, ts from address_labels where is_whole
)
select l.ts, least(l.valid_until, w.ts) as until, l.address, l.category, l.source, l.entity
from address_labels l asof left join whole w on w.source = l.source and w.ts > l.ts
"""
