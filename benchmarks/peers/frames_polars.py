"""The rules in polars: lazy scans of the same files, joins and filters."""

from collections.abc import Callable
from typing import Any

from benchmarks.hits import HOUR, summary
from benchmarks.peers import files


def ready(job: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """Import the library, and return the work."""
    import polars as pl

    find = {
        "pulled_bait": _pulled_bait,
        "self_match": _self_match,
        "small_deposits": _small_deposits,
    }[job["rule"]]

    def work() -> dict[str, Any]:
        return summary([find(pl, job, each).collect().rows() for each in job["parameters"]])

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
