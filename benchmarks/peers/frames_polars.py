"""The rules in polars: lazy scans of the same files, joins and filters."""

from collections.abc import Callable
from typing import Any

from benchmarks.hits import HOUR, summary
from benchmarks.peers import files


def ready(job: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """Import the library, and return the work."""
    import polars as pl

    def work() -> dict[str, Any]:
        return summary([_FIND[rule](pl, job, each).collect().rows() for rule, each in job["asks"]])

    return work


def _scan(pl: Any, job: dict[str, Any], table: str) -> Any:
    return pl.scan_parquet(files(job, table))


def _fills(pl: Any, job: dict[str, Any]) -> Any:
    price, quantity = (pl.col(name).cast(pl.Float64) for name in ("price", "quantity"))
    trades = _scan(pl, job, "trades").with_columns((price * quantity).alias("notional"))
    sides = [
        trades.select(
            "ts",
            "instrument",
            "trade_id",
            "notional",
            pl.col(me).alias("trader_id"),
            pl.col(other).alias("other_id"),
            pl.lit(side).alias("side"),
        )
        for me, other, side in (("buyer_id", "seller_id", "buy"), ("seller_id", "buyer_id", "sell"))
    ]
    return pl.concat(sides)


def _hour(pl: Any, moment: Any) -> Any:
    return (moment.dt.epoch("us") // HOUR).alias("hour")


def _pulled_bait(pl: Any, job: dict[str, Any], limits: dict[str, float]) -> Any:
    orders, age = _scan(pl, job, "orders"), pl.duration(microseconds=int(limits["age"]))
    new = orders.filter((pl.col("event") == "new") & (pl.col("quantity") >= limits["large"]))
    gone = orders.filter(pl.col("event") == "cancel")
    return (
        new.select("ts", "order_id", "trader_id", "instrument", "side")
        .join(gone.select("order_id", pl.col("ts").alias("gone")), on="order_id")
        .filter(pl.col("gone") <= pl.col("ts") + age)
        .join(_fills(pl, job), on=["trader_id", "instrument"], suffix="_fill")
        .filter(
            (pl.col("side_fill") != pl.col("side"))
            & pl.col("ts_fill").is_between(pl.col("ts"), pl.col("gone"))
        )
        .with_columns(_hour(pl, pl.col("ts") + pl.duration(seconds=2)))
        .group_by("trader_id", "instrument", "hour")
        .agg(pl.col("order_id").unique())
    )


def _self_match(pl: Any, job: dict[str, Any], limits: dict[str, float]) -> Any:
    owners = _scan(pl, job, "accounts").select("trader_id", "owner_id")
    others = owners.rename({"trader_id": "other_id", "owner_id": "other_owner_id"})
    same = pl.col("owner_id") == pl.col("other_owner_id")
    owned = (
        _fills(pl, job)
        .join(owners, on="trader_id")
        .join(others, on="other_id")
        .select(
            "owner_id",
            "instrument",
            "trade_id",
            "notional",
            _hour(pl, pl.col("ts")),
            same.alias("same"),
            (same & (pl.col("side") == "buy")).alias("self"),
        )
    )
    fresh = owned.filter("same").select("owner_id", "instrument", pl.col("hour").alias("now"))
    mine = pl.col("notional").filter(pl.col("same"))
    return (
        fresh.unique()
        .join(owned, on=["owner_id", "instrument"])
        .filter(pl.col("hour").is_between(pl.col("now") - 23, pl.col("now")))
        .group_by("owner_id", "instrument", "now")
        .agg(
            pl.col("trade_id").filter(pl.col("same")).unique().alias("ids"),
            pl.col("self").sum().alias("trades"),
            (mine.sum() / pl.col("notional").sum()).alias("share"),
        )
        .filter((pl.col("trades") >= limits["trades"]) & (pl.col("share") >= limits["share"]))
        .select("owner_id", "instrument", "now", "ids")
    )


def _small_deposits(pl: Any, job: dict[str, Any], limits: dict[str, float]) -> Any:
    owners = _scan(pl, job, "accounts").select("trader_id", "owner_id")
    usd = pl.col("usd")
    deposits = (
        _scan(pl, job, "transfers")
        .filter(pl.col("direction") == "in")
        .join(owners, on="trader_id")
        .select(
            "owner_id",
            "transfer_id",
            "usd",
            _hour(pl, pl.col("ts")),
            ((usd >= 2000) & (usd < 2500)).alias("below"),
            ((usd >= 2500) & (usd < 3125)).alias("above"),
        )
    )
    fresh = deposits.filter("below").select("owner_id", pl.col("hour").alias("now")).unique()
    return (
        fresh.join(deposits, on="owner_id")
        .filter(pl.col("hour").is_between(pl.col("now") - 23, pl.col("now")))
        .group_by("owner_id", "now")
        .agg(
            pl.col("transfer_id").filter(pl.col("below")).alias("ids"),
            pl.col("below").sum(),
            pl.col("above").sum(),
            usd.filter(pl.col("below")).sum().alias("total"),
        )
        .filter(
            (pl.col("below") >= limits["deposits"])
            & (pl.col("total") >= 2500)
            & (pl.col("below") >= limits["bunching"] * pl.col("above"))
        )
        .select("owner_id", pl.lit(""), "now", "ids")
    )


def _loud_seconds(pl: Any, job: dict[str, Any], limits: dict[str, float]) -> Any:
    owners = _scan(pl, job, "accounts").select("trader_id", "owner_id")
    by, second = ["owner_id", "instrument"], pl.col("second")
    loud = (
        _scan(pl, job, "orders")
        .join(owners, on="trader_id")
        .group_by(*by, (pl.col("ts").dt.epoch("us") // 1_000_000).alias("second"))
        .agg(pl.len().alias("messages"), pl.col("order_id"))
        .filter(pl.col("messages") >= 15)
        .sort(*by, "second")
        .with_columns(second.shift(-1).over(by).alias("next"))
    )
    later = pl.col("next")
    pauses = ((later - second > 5) | (later // 60 > second // 60)).fill_null(value=True)
    minutes = loud.rolling("second", period="60i", group_by=by).agg(
        pl.len().alias("seconds"),
        pl.col("messages").sum(),
        pl.col("order_id").explode().unique().alias("ids"),
    )
    return (
        minutes.join(loud.filter(pauses).select(*by, "second"), on=[*by, "second"])
        .filter(
            (pl.col("seconds") >= limits["seconds"]) & (pl.col("messages") >= limits["messages"])
        )
        .select(*by, (second + 6) // 3600, "ids")
    )


def _twin_orders(pl: Any, job: dict[str, Any], limits: dict[str, float]) -> Any:
    owners = _scan(pl, job, "accounts").select("trader_id", "owner_id")
    quantity = pl.col("quantity").cast(pl.Float64)
    dealt = (
        _scan(pl, job, "trades")
        .join(owners.rename({"owner_id": "buyer"}), left_on="buyer_id", right_on="trader_id")
        .join(owners.rename({"owner_id": "seller"}), left_on="seller_id", right_on="trader_id")
        .with_columns(quantity, _hour(pl, pl.col("ts")))
        .with_columns((pl.col("quantity").log() * 1_000_000).round().alias("size"))
    )
    usual = (
        dealt.group_by("instrument", "hour")
        .agg(pl.col("size").sum(), pl.len().cast(pl.Int64).alias("trades"))
        .sort("instrument", "hour")
        .rolling("hour", period="48i", group_by="instrument")
        .agg((pl.col("size").sum() / pl.col("trades").sum()).alias("usual"))
    )
    entry = _scan(pl, job, "orders").filter(pl.col("event") == "new")
    entry = entry.select("order_id", pl.col("ts").alias("at"), quantity.alias("whole"))
    sides = [entry.rename({"at": f"{s}_at", "whole": f"{s}_whole"}) for s in ("buy", "sell")]
    larger = pl.max_horizontal("buy_whole", "sell_whole")
    early = pl.col("ts") - pl.duration(hours=1)
    twins = (
        dealt.join(usual, on=["instrument", "hour"])
        .filter(
            (pl.col("buyer") != pl.col("seller"))
            & ((pl.col("quantity") / 4).log() * 1_000_000 >= pl.col("usual"))
        )
        .join(sides[0], left_on="buy_order_id", right_on="order_id")
        .join(sides[1], left_on="sell_order_id", right_on="order_id")
        .filter(
            (pl.col("buy_at") >= early)
            & (pl.col("sell_at") >= early)
            & ((pl.col("buy_whole") - pl.col("sell_whole")).abs() / larger <= 0.2)
            & (pl.col("quantity") / larger >= max(limits["part"], 0.7))
            & (_apart(pl) <= pl.duration(microseconds=int(limits["gap"])))
        )
    )
    each = [twins.select(pl.col(who).alias("owner_id"), "instrument", "ts", "hour", "trade_id")
            for who in ("buyer", "seller")]  # fmt: skip
    return (
        pl.concat(each)
        .group_by("owner_id", "instrument", "ts", "hour")
        .agg("trade_id")
        .select("owner_id", "instrument", pl.col("hour") + 1, "trade_id")
    )


def _apart(pl: Any) -> Any:
    return (pl.col("buy_at") - pl.col("sell_at")).abs()


_FIND = {
    "loud_seconds": _loud_seconds,
    "pulled_bait": _pulled_bait,
    "self_match": _self_match,
    "small_deposits": _small_deposits,
    "twin_orders": _twin_orders,
}
