"""Trades by which one account of a hand hands to another through somebody who ends flat at once.

A broker or a market maker buys from one account and within seconds sells as much to another of the
same hand: the hand traded with itself, and the middle has no part in it, whatever else it does and
with whom. What went to the middle in parts counts together. Where both have one account, or both
have more, it is not known who is the middle, so that is none.
"""

from datetime import timedelta

from surveillance.activity.catalogue import KEY, TEXT, TIME, WHOLE, Column, Table

TABLE = Table(
    "detours",
    "One row a trade of a hand with somebody through whom its accounts trade with each other",
    ("trade_key",),
    "ts",
    (
        Column("ts", TIME, "When it traded", required=True),
        Column("seq", WHOLE, "Breaks ties of ts", required=True),
        Column("trade_key", KEY, "The trade", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("hand", TEXT, "The hand", required=True),
        Column("via", TEXT, "Hand that stands in the middle", required=True),
        Column("one_id", TEXT, "First of its accounts by name", required=True),
        Column("other_id", TEXT, "Last of its accounts by name", required=True),
    ),
    fact=True,
)
READS = ("fills", "groups")
TAKES = {
    "fills": ("counterparty_id", "counterparty_owner_id", "side", "price", "quantity",
              "signed_quantity", "is_block", "is_liquidation"),
    "groups": ("group_id", "accounts"),
}  # fmt: skip

PAUSE = 30_000_000
"""Microseconds between trades of one detour; a row is settled when a whole spell may be over."""
SPELL = 600_000_000
"""Microseconds that a spell of such trades may last."""
REACH = timedelta(microseconds=SPELL + 2 * PAUSE)

_LIKE = 10
"""One over the part of a spell that may stay with the middle."""
_NEAR = 200
"""One over the difference of prices that are near."""

SQL = f"""
with many as (
    select trader_id, group_id from groups where accounts > 1
), trade as (
    select f.ts, f.seq, f.trade_key, f.instrument, f.trader_id, f.counterparty_id, f.side, f.price,
        f.quantity, f.signed_quantity, epoch_us(f.ts) as us, m.group_id as hand,
        coalesce(t.group_id, f.counterparty_owner_id) as via
    from fills f join many m on m.trader_id = f.trader_id
        left join many t on t.trader_id = f.counterparty_id
    where f.counterparty_owner_id is not null and not f.is_block and not f.is_liquidation
), asked as (
    select hand, via, instrument from trade where hand <> via group by all
    having min(trader_id) < max(trader_id) and min(side) < max(side)
), apart as (
    select *, us - lag(us) over (partition by hand, via, instrument
        order by ts, seq, trade_key) > {PAUSE} as begins
    from trade semi join asked using (hand, via, instrument)
), spelled as (
    select *, count(*) filter (begins) over (partition by hand, via, instrument
        order by ts, seq, trade_key) as spell
    from apart
), whole as (
    select hand, via, instrument, spell, min(trader_id) as one_id, max(trader_id) as other_id
    from spelled group by all
    having min(trader_id) < max(trader_id) and min(counterparty_id) = max(counterparty_id)
        and min(side) < max(side)
        and max(us) - min(us) <= {SPELL}
        and abs(sum(signed_quantity)) * {_LIKE} <= sum(quantity) / 2
        and (max(price) - min(price)) * {_NEAR} <= max(abs(price))
)
select s.ts, s.seq, s.trade_key, s.instrument, s.hand, s.via, w.one_id, w.other_id
from spelled s join whole w using (hand, via, instrument, spell)
"""
