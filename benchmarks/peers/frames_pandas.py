"""The rules in pandas: the columns needed of the same files, merges and masks."""

from collections.abc import Callable
from typing import Any

from benchmarks.hits import HOUR, HitRow, summary
from benchmarks.peers import files


def ready(job: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """Import the library, and return the work."""
    import pandas as pd

    find = {
        "pulled_bait": _pulled_bait,
        "self_match": _self_match,
        "small_deposits": _small_deposits,
    }[job["rule"]]

    def work() -> dict[str, Any]:
        return summary([find(pd, job, each) for each in job["parameters"]])

    return work


def _read(pd: Any, job: dict[str, Any], table: str, names: str) -> Any:
    parts = [pd.read_parquet(path, columns=names.split()) for path in files(job, table)]
    return pd.concat(parts, ignore_index=True)


def _fills(pd: Any, job: dict[str, Any]) -> Any:
    trades = _read(pd, job, "trades", "ts instrument trade_id price quantity buyer_id seller_id")
    trades["notional"] = trades["price"].astype("float64") * trades["quantity"].astype("float64")
    buys = trades.rename(columns={"buyer_id": "trader_id", "seller_id": "other_id"})
    sells = trades.rename(columns={"seller_id": "trader_id", "buyer_id": "other_id"})
    return pd.concat([buys.assign(side="buy"), sells.assign(side="sell")], ignore_index=True)


def _hours(times: Any) -> Any:
    return times.astype("datetime64[us]").astype("int64") // HOUR


def _pulled_bait(pd: Any, job: dict[str, Any], limits: dict[str, float]) -> list[HitRow]:
    orders = _read(pd, job, "orders", "ts event order_id instrument trader_id side quantity")
    quantity = orders["quantity"].astype("float64")
    new = orders[(orders["event"] == "new") & (quantity >= limits["large"])]
    gone = orders.loc[orders["event"] == "cancel", ["order_id", "ts"]]
    baits = new.merge(gone, on="order_id", suffixes=("", "_gone"))
    baits = baits[baits["ts_gone"] <= baits["ts"] + pd.Timedelta(microseconds=int(limits["age"]))]
    met = baits.merge(_fills(pd, job), on=["trader_id", "instrument"], suffixes=("", "_fill"))
    met = met[(met["side"] != met["side_fill"]) & met["ts_fill"].between(met["ts"], met["ts_gone"])]
    met = met.assign(hour=_hours(met["ts"] + pd.Timedelta(seconds=2)))
    grouped = met.groupby(["trader_id", "instrument", "hour"])["order_id"].unique()
    return [(*key, list(ids)) for key, ids in grouped.items()]


def _self_match(pd: Any, job: dict[str, Any], limits: dict[str, float]) -> list[HitRow]:
    owners = _read(pd, job, "accounts", "trader_id owner_id")
    others = owners.rename(columns={"trader_id": "other_id", "owner_id": "other_owner_id"})
    owned = _fills(pd, job).merge(owners, on="trader_id").merge(others, on="other_id")
    owned["same"] = owned["owner_id"] == owned["other_owner_id"]
    owned["self"] = owned["same"] & (owned["side"] == "buy")
    owned["hour"] = _hours(owned["ts"])
    by = ["owner_id", "instrument", "now"]
    fresh = owned.loc[owned["same"], ["owner_id", "instrument", "hour"]].drop_duplicates()
    met = fresh.rename(columns={"hour": "now"}).merge(owned, on=["owner_id", "instrument"])
    met = met[met["hour"].between(met["now"] - 23, met["now"])]
    met["mine"] = met["notional"].where(met["same"], 0.0)
    sums = met.groupby(by)[["self", "mine", "notional"]].sum()
    fired = sums[
        (sums["self"] >= limits["trades"]) & (sums["mine"] / sums["notional"] >= limits["share"])
    ]
    ids = met[met["same"]].groupby(by)["trade_id"].unique().loc[fired.index]
    return [(*key, list(trades_of)) for key, trades_of in ids.items()]


def _small_deposits(pd: Any, job: dict[str, Any], limits: dict[str, float]) -> list[HitRow]:
    owners = _read(pd, job, "accounts", "trader_id owner_id")
    moves = _read(pd, job, "transfers", "ts transfer_id trader_id direction usd")
    moves = moves[moves["direction"] == "in"].merge(owners, on="trader_id")
    usd = moves["usd"].astype("float64")
    moves = moves.assign(
        hour=_hours(moves["ts"]),
        below=(usd >= 2000) & (usd < 2500),
        above=(usd >= 2500) & (usd < 3125),
    )
    moves["usd"] = usd.where(moves["below"], 0.0)
    fresh = moves.loc[moves["below"], ["owner_id", "hour"]].drop_duplicates()
    met = fresh.rename(columns={"hour": "now"}).merge(moves, on="owner_id")
    met = met[met["hour"].between(met["now"] - 23, met["now"])]
    sums = met.groupby(["owner_id", "now"])[["below", "above", "usd"]].sum()
    fired = sums[
        (sums["below"] >= limits["deposits"])
        & (sums["usd"] >= 2500)
        & (sums["below"] >= limits["bunching"] * sums["above"])
    ]
    ids = met[met["below"]].groupby(["owner_id", "now"])["transfer_id"].unique().loc[fired.index]
    return [(owner, "", hour, list(deposits_of)) for (owner, hour), deposits_of in ids.items()]
