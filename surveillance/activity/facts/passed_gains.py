"""Money that one hand lost to another one in trades away from the market, in the week before.

A hand is an owner, or owners tied to one, so that what is passed in crumbs among accounts, or by
several instruments, adds up; what goes between owners of one hand goes between those. A pass is a
trade that was off the middle before and after it. What the gainer gained from everybody, and the
loser lost to everybody, counts in the instruments in which they passed.
"""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import HOUR, MINUTE

TABLE = Table(
    "passed_gains",
    "One row an owner who gained or lost, the other hand, and an hour with a pass",
    ("owner_id", "partner", "ts"),
    "ts",
    (
        Column("ts", TIME, "End of the hour in which it is known", required=True),
        Column("began_at", TIME, "First pass of the week", required=True),
        Column("instrument", TEXT, "Instrument in which most was passed", required=True),
        Column("owner_id", TEXT, "Who gained, or lost", required=True),
        Column("act", TEXT, "Which of both", required=True, allowed=("gained", "lost")),
        Column("partner", TEXT, "Owners on the other side, joined by a space", required=True),
        Column("passes", WHOLE, "Trades by which the gainer was better off", required=True),
        Column("gain", MONEY, "What it gained by them", required=True),
        Column("one_way", "DOUBLE", "Part of what was passed either way", required=True),
        Column("off_share", "DOUBLE", "Passes over all trades of both with each other",
               required=True),
        Column("of_gains", "DOUBLE", "Part of what the gainer gained from everybody",
               required=True),
        Column("of_losses", "DOUBLE", "Part of what the loser lost to everybody", required=True),
        Column("trade_ids", "VARCHAR[]", "The passes", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("markouts", "groups")
TAKES = {
    "markouts": ("trade_id", "buyer_owner_id", "seller_owner_id", "off", "gain"),
    "groups": ("group_id",),
}
REACH = timedelta(days=7)
SETTLES = (HOUR, -1)

OFF = 2_500_000
"""Billionths of the price from which a trade is a pass: 25 basis points, catalogue M13."""
LEAST = 2
"""Passes below which nobody is looked at: for cost, below any rule's line."""
_LATER = 5 * MINUTE
"""After which the price of a trade is known to have been off."""
_WEEK = 166

_SIDE = """
select {gainer}_owner_id as gained, {loser}_owner_id as lost, instrument, ts, trade_id,
    {sign}gain as gain, {sign}off as off from markouts
"""
_BY = f"hour between p.hour - {_WEEK} and p.hour"

SQL = f"""
with member as (
    select owner_id, min(group_id) as hand from groups group by all
), side as (
    select s.*, (epoch_us(s.ts) + {_LATER}) // {HOUR} as hour, if(a.hand = b.hand, s.gained,
        coalesce(a.hand, s.gained)) as gainer,
        if(a.hand = b.hand, s.lost, coalesce(b.hand, s.lost)) as loser
    from ({_SIDE.format(gainer="buyer", loser="seller", sign="")} union all
        {_SIDE.format(gainer="seller", loser="buyer", sign="-")}) s
        left join member a on a.owner_id = s.gained left join member b on b.owner_id = s.lost
), met as (
    select gainer, loser from side where off >= {OFF} group by all having count(*) >= {LEAST}
), hourly as (
    select s.gainer, s.loser, s.hour, count(*) as trades,
        count(*) filter (s.off >= {OFF}) as fresh, min(s.ts) filter (s.off >= {OFF}) as began,
        coalesce(sum(s.gain) filter (s.off >= {OFF}), 0) as gain,
        coalesce(sum(-s.gain) filter (s.off <= -{OFF}), 0) as back
    from side s join met using (gainer, loser) group by all
), pair as (
    select gainer, loser, hour, fresh, sum(trades) over w as trades, sum(fresh) over w as passes,
        sum(gain) over w as gain, sum(back) over w as back, min(began) over w as began_at
    from hourly window w as (partition by gainer, loser order by hour
        range between {_WEEK} preceding and current row)
    qualify fresh > 0 and passes >= {LEAST}
), pass as (
    select s.* from side s join met using (gainer, loser) where s.off >= {OFF}
), named as (
    select p.gainer, p.loser, p.hour, list(distinct s.trade_id order by s.trade_id) as trade_ids,
        list(distinct s.gained order by s.gained) as gained,
        list(distinct s.lost order by s.lost) as lost
    from pair p join pass s on s.gainer = p.gainer and s.loser = p.loser and s.{_BY} group by all
), place as (
    select p.gainer, p.loser, p.hour, s.instrument, sum(s.gain) as gain
    from pair p join pass s on s.gainer = p.gainer and s.loser = p.loser and s.{_BY} group by all
), most as (
    select gainer, loser, hour, arg_max(instrument, (gain, instrument)) as instrument
    from place group by all
), won as (
    select gainer, instrument, hour, sum(gain) as gain from side
    where gain > 0 and gainer in (select gainer from met) group by all
), paid as (
    select loser, instrument, hour, sum(gain) as gain from side
    where gain > 0 and loser in (select loser from met) group by all
), winning as (
    select p.gainer, p.loser, p.hour, sum(w.gain) as gain
    from place p join won w on w.gainer = p.gainer and w.instrument = p.instrument and w.{_BY}
    group by all
), losing as (
    select p.gainer, p.loser, p.hour, sum(w.gain) as gain
    from place p join paid w on w.loser = p.loser and w.instrument = p.instrument and w.{_BY}
    group by all
), judged as (
    select p.*, p.gain / (p.gain + p.back) as one_way, p.passes / p.trades as off_share,
        p.gain / w.gain as of_gains, p.gain / l.gain as of_losses, m.instrument,
        n.* exclude (gainer, loser, hour)
    from pair p join winning w using (gainer, loser, hour) join losing l using (gainer, loser, hour)
        join named n using (gainer, loser, hour) join most m using (gainer, loser, hour)
)
select make_timestamp((hour + 1) * {HOUR} - 1) as ts, began_at, instrument, owner_id, act,
    array_to_string(others, ' ') as partner, passes::bigint as passes, gain, one_way, off_share,
    of_gains, of_losses, trade_ids
from (select *, unnest(gained) as owner_id, lost as others, 'gained' as act from judged
    union all select *, unnest(lost), gained, 'lost' from judged)
"""
