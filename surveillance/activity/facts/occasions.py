"""What few know before it moves a price: a client's large order, a request for a quote, stops.

Each has a time from which those who may see it know it, one from which everybody feels it, and one
after which it no longer matters where a position taken ahead of it went. Stops and liquidations
rest long before they go off; who sees them deals in the minute before.
"""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, QUANTITY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts.insiders import MANY
from surveillance.times import MINUTE

KINDS = ("order", "request", "stops")
TABLE = Table(
    "occasions",
    "One row a large order of a client, a request for a quote, or a burst of stops",
    ("kind", "occasion", "instrument", "ts"),
    "ts",
    (
        Column("ts", TIME, "From when on those who may see it know it", required=True),
        Column("kind", TEXT, "What it is", required=True, allowed=KINDS),
        Column("occasion", TEXT, "Order or parent, request, or instrument", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("underlying", TEXT, "Its underlying, or its own name", required=True),
        Column("side", TEXT, "Which way it moves the underlying", required=True),
        Column("since", TIME, "Dealing from then on counts as ahead of it", required=True),
        Column("public_at", TIME, "Dealing from then on is no longer ahead of it", required=True),
        Column("last_at", TIME, "When it is over", required=True),
        Column("settled_at", TIME, "Until when leaving a position counts", required=True),
        Column("client_id", TEXT, "Whose it is, if one trader's"),
        Column("client_owner_id", TEXT, "Owner behind the client"),
        Column(
            "asked", TEXT, "Dealers asked who did not win, and accounts of theirs, between spaces"
        ),
        Column("winner_id", TEXT, "Dealer who won"),
        Column("quantity", QUANTITY, "Contracts ordered or asked for"),
        Column("notional", MONEY, "Worth, USD, if it is known"),
        Column("large", "DOUBLE", "Times the usual order"),
        Column("released", WHOLE, "Stops and liquidations set off within a minute"),
        Column("order_ids", "VARCHAR[]", "Orders that it is made of"),
    ),
    fact=True,
)
READS = ("client_orders", "groups", "rfqs", "orders", "trades", "instruments", "owners")
TAKES = {"groups": ("group_id", "accounts")}
REACH = timedelta(minutes=2)
VERSION = 2

SQL = f"""
with terms as (
    select instrument, option_kind, coalesce(underlying, instrument) as underlying from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), released as (
    select instrument, side, epoch_us(ts) as us from orders where event = 'trigger'
    union all
    select instrument, taker_side, epoch_us(ts) from trades
    where is_liquidation and taker_side is not null
), burst as (
    select instrument, side, us, count(*) over w as released,
        coalesce(us - lag(us) over (partition by instrument, side order by us) > {MINUTE}, true)
            as is_first
    from released window w as (partition by instrument, side order by us
        range between current row and {MINUTE - 1} following)
), member as (
    select trader_id, min(group_id) as group_id from groups group by all
    having max(accounts) <= {MANY}
), lost as (
    select r.rfq_id, r.winner_id, unnest(string_split(trim(r.dealers), ' ')) as trader_id
    from rfqs r
), told as (
    select l.rfq_id, list(distinct coalesce(k.trader_id, l.trader_id)) as traders
    from lost l left join member m using (trader_id) left join member w on w.trader_id = l.winner_id
        left join member k on k.group_id = m.group_id
    where l.trader_id is distinct from l.winner_id and coalesce(m.group_id <> w.group_id, true)
    group by all
), every as (
    select 'order' as kind, client_order as occasion, instrument, side, ts,
        ts - interval 10 minute as since, half_at as public_at, last_fill_at as last_at,
        half_at + interval 2 hour as settled_at, trader_id as client_id,
        owner_id as client_owner_id, quantity, notional, large, order_ids
    from client_orders
    union all by name
    select 'request' as kind, rfq_id as occasion, instrument, side, r.ts, r.ts as since,
        coalesce(published_at, executed_at, ts + interval 10 minute) as public_at,
        public_at as last_at, public_at + interval 1 hour as settled_at, r.trader_id as client_id,
        coalesce(o.owner_id, r.trader_id) as client_owner_id, quantity,
        concat(' ', array_to_string(list_sort(t.traders), '  '), ' ') as asked, winner_id
    from rfqs r left join owners o using (trader_id) left join told t using (rfq_id)
    where coalesce(published_at, executed_at, ts) < ts + interval 6 hour
    union all by name
    select 'stops' as kind, concat(instrument, ' ', side) as occasion, instrument, side,
        make_timestamp(us) as ts, ts - interval 1 minute as since,
        ts + interval 1 microsecond as public_at, ts as last_at,
        ts + interval 2 minute as settled_at, released
    from burst where is_first
)
select e.* exclude (side), coalesce(t.underlying, e.instrument) as underlying,
    case when coalesce(t.option_kind, 'call') = 'call' then e.side
        when e.side = 'buy' then 'sell' else 'buy' end as side
from every e left join terms t using (instrument)
"""
