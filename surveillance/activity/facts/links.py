"""What ties two accounts: an owner, an identity, a device, an address, a bank account, a contract.

How strong a tie is falls with the number of owners who share what ties: a device of two is one
person's, one of forty is an office's. A network address alone never suffices. A device that one
account left before the other came to it was handed on, and says little.

A tie holds whatever the run's window, like an owner: see ``identifiers``. Rhythm is no tie here,
because it takes days of trades to see: see ``hands``. API keys are in no table.
"""

from surveillance.activity.catalogue import TEXT, TIME, WHOLE, Column, Table

KINDS = ("owner", "declared", "kyc", "device", "address_in", "address_out", "bank", "ip",
         "contract")  # fmt: skip
TABLE = Table(
    "links",
    "One row a pair of accounts and kind of tie; of several of a kind the strongest",
    ("trader_id", "other_id", "kind"),
    "",
    (
        Column("trader_id", TEXT, "The account whose name comes first", required=True),
        Column("other_id", TEXT, "The other account", required=True),
        Column(
            "kind",
            TEXT,
            "What ties them; accounts of one owner are tied to the first of them only",
            required=True,
            allowed=KINDS,
        ),
        Column("strength", "DOUBLE", "0 to 1: how surely one hand has both", required=True),
        Column("since", TIME, "From when on both were tied", required=True),
        Column("until", TIME, "When either was last seen there; empty where it still holds"),
        Column("shared_by", WHOLE, "Accounts that share what ties them", required=True),
        Column("reason", TEXT, "What ties them, in words", required=True),
    ),
    fact=True,
)
READS = ("accounts", "identifiers")

_MOST = 40
"""Owners who share what ties; with more it ties nobody, and pairs would be too many."""
_HANDED_ON = 0.3
"""What is left of a device's strength if one account left it before the other came."""
_FEW_DAYS = 3
"""Days of use of each after which it is no chance that neither came between the other's."""

_TIES = """(values
    ('device', 'device', 0.95, 16, 'signed in from device '),
    ('cookie', 'device', 0.95, 16, 'signed in with browser cookie '),
    ('ip', 'ip', 0.3, 2, 'signed in from network address '),
    ('address_in', 'address_in', 0.85, 4, 'were paid from address '),
    ('address_out', 'address_out', 0.9, 6, 'paid out to address '),
    ('bank_in', 'bank', 0.4, 4, 'were paid from bank account '),
    ('bank_out', 'bank', 0.85, 4, 'paid out to bank account '),
    ('contract', 'contract', 0.6, 2, 'swapped through contract '),
    ('number', 'kyc', 0.98, 4, 'were verified with one identity number'),
    ('credential', 'kyc', 0.98, 4, 'were verified with one credential'),
    ('name', 'kyc', 0.9, 2, 'have one name and date of birth')
) as tie(identifies, kind, strength, half, words)"""
"""Strength of each tie of two owners, how many more halve it, and its words.

Engineering defaults: an employer's bank account pays many, keepers share a contract, people of one
name meet by chance, and one hand may have several accounts on a device."""

SQL = f"""
with shared as (
    select kind as identifies, identifier, count(*) as accounts,
        count(distinct owner_id) as owners
    from identifiers group by all having count(distinct owner_id) between 2 and {_MOST}
), met as (
    select a.trader_id, b.trader_id as other_id, s.*, a.days, b.days as other_days,
        greatest(a.since, b.since) as since, greatest(a.until, b.until) as until,
        greatest(a.since, b.since) - least(a.until, b.until) as pause
    from shared s
        join identifiers a on a.kind = s.identifies and a.identifier = s.identifier
        join identifiers b on b.kind = s.identifies and b.identifier = s.identifier
    where a.trader_id < b.trader_id and a.owner_id <> b.owner_id
), tied as (
    select m.* exclude (identifies), tie.*, tie.kind = 'device' and (pause > interval 2 day
        or pause > interval 0 day and least(days, other_days) >= {_FEW_DAYS}) as handed_on
    from met m join {_TIES} using (identifies)
), weighed as (
    select * replace (round(strength / (1 + power((owners - 2) / half, 2))
        * case when handed_on then {_HANDED_ON} else 1 end, 3) as strength)
    from tied
), inferred as (
    select trader_id, other_id, kind, strength, since, case when kind <> 'kyc' then until end
        as until, accounts as shared_by, 'both ' || words || case when kind = 'kyc' then ''
            else identifier || ', on ' || days || ' and ' || other_days || ' days' end
        || case when accounts = 2 then ', as nobody else did'
            when accounts = 3 then ', as did one other'
            else ', as did ' || accounts - 2 || ' others' end
        || case when handed_on then '; one had left it before the other came' else '' end as reason
    from weighed where strength > 0
    qualify row_number() over (partition by trader_id, other_id, kind
        order by strength desc, days + other_days desc, identifies, identifier) = 1
), latest as (
    select ts, trader_id, owner_id, linked_to from known_accounts
    qualify row_number() over (partition by trader_id order by ts desc) = 1
), owned as (
    select first_value(trader_id) over w as trader_id, trader_id as other_id, 'owner' as kind,
        greatest(ts, first_value(ts) over w) as since,
        count(*) over (partition by owner_id) as shared_by,
        'the venue knows ' || owner_id || ' as owner of both' as reason
    from latest where owner_id is not null window w as (partition by owner_id order by trader_id)
), declared as (
    select least(a.trader_id, b.trader_id) as trader_id,
        greatest(a.trader_id, b.trader_id) as other_id, 'declared' as kind,
        greatest(a.ts, b.ts) as since, 2 as shared_by,
        'the venue knows both to be linked' as reason
    from latest a join latest b on b.trader_id = a.linked_to
)
select * from inferred
union all by name select distinct *, 1.0 as strength
from (select * from owned union all select * from declared) where trader_id <> other_id
order by trader_id, other_id, kind
"""
