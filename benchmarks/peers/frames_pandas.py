"""The rules in pandas: the columns needed of the same files, merges and masks."""

from collections.abc import Callable
from typing import Any

from benchmarks.hits import HOUR, HitRow, summary
from benchmarks.peers import files


def ready(job: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """Import the library, and return the work."""
    import pandas as pd

    def work() -> dict[str, Any]:
        return summary([_FIND[rule](pd, job, each) for rule, each in job["asks"]])

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


def _loud_seconds(pd: Any, job: dict[str, Any], limits: dict[str, float]) -> list[HitRow]:
    owners = _read(pd, job, "accounts", "trader_id owner_id")
    sent = _read(pd, job, "orders", "ts order_id instrument trader_id").merge(owners)
    sent["second"] = sent["ts"].astype("datetime64[us]").astype("int64") // 1_000_000
    by = ["owner_id", "instrument"]
    loud = sent.groupby([*by, "second"]).size().rename("messages").reset_index()
    loud = loud[loud["messages"] >= 15].sort_values([*by, "second"])
    later = loud.groupby(by)["second"].shift(-1)
    pause = (later - loud["second"] > 5) | (later // 60 > loud["second"] // 60) | later.isna()
    minute = loud[pause].merge(loud, on=by, suffixes=("_end", ""))
    minute = minute[minute["second"].between(minute["second_end"] - 59, minute["second_end"])]
    floods = minute.groupby([*by, "second_end"])["messages"].agg(["size", "sum"])
    floods = floods[
        (floods["size"] >= limits["seconds"]) & (floods["sum"] >= limits["messages"])
    ].reset_index()
    named = floods.merge(minute[[*by, "second_end", "second"]]).merge(sent)
    ids = named.groupby([*by, "second_end"])["order_id"].unique()
    return [(who, what, (end + 6) // 3600, list(of)) for (who, what, end), of in ids.items()]


def _twin_orders(pd: Any, job: dict[str, Any], limits: dict[str, float]) -> list[HitRow]:
    import numpy as np

    twins = _large(pd, job, np)
    entry = _read(pd, job, "orders", "ts event order_id quantity")
    entry = entry.loc[entry["event"] == "new", ["order_id", "ts", "quantity"]]
    entry["quantity"] = entry["quantity"].astype("float64")
    for side in ("buy", "sell"):
        of = {"order_id": f"{side}_order_id", "ts": f"{side}_at", "quantity": f"{side}_whole"}
        twins = twins.merge(entry.rename(columns=of), on=f"{side}_order_id")
    larger, early = twins[["buy_whole", "sell_whole"]].max(axis=1), twins["ts"] - pd.Timedelta("1h")
    twins = twins[
        (twins["buy_at"] >= early)
        & (twins["sell_at"] >= early)
        & ((twins["buy_whole"] - twins["sell_whole"]).abs() / larger <= 0.2)
        & (twins["quantity"] / larger >= max(limits["part"], 0.7))
        & ((twins["buy_at"] - twins["sell_at"]).abs() <= pd.Timedelta(int(limits["gap"]), "us"))
    ]
    sides = [twins.rename(columns={who: "owner_id"}) for who in ("buyer", "seller")]
    by = ["owner_id", "instrument", "ts", "hour"]
    ids = pd.concat(sides).groupby(by)["trade_id"].unique()
    return [(who, what, hour + 1, list(of)) for (who, what, _, hour), of in ids.items()]


def _large(pd: Any, job: dict[str, Any], np: Any) -> Any:
    """Return trades of two owners that are four times the geometric mean of two days."""
    names = "ts instrument trade_id quantity buyer_id seller_id buy_order_id sell_order_id"
    trades = _read(pd, job, "trades", names)
    owners = _read(pd, job, "accounts", "trader_id owner_id")
    for who in ("buyer", "seller"):
        trades = trades.merge(owners.rename(columns={"trader_id": f"{who}_id", "owner_id": who}))
    trades["quantity"], trades["hour"] = trades["quantity"].astype("float64"), _hours(trades["ts"])
    trades["size"] = (np.log(trades["quantity"]) * 1_000_000).round()
    hourly = trades.groupby(["instrument", "hour"])["size"].agg(["sum", "size"]).reset_index()
    wide = hourly[["instrument", "hour"]].merge(hourly, on="instrument", suffixes=("", "_before"))
    wide = wide[wide["hour_before"].between(wide["hour"] - 47, wide["hour"])]
    usual = wide.groupby(["instrument", "hour"])[["sum", "size"]].sum()
    usual = (usual["sum"] / usual["size"]).rename("usual").reset_index()
    trades = trades.merge(usual, on=["instrument", "hour"])
    is_large = np.log(trades["quantity"] / 4) * 1_000_000 >= trades["usual"]
    return trades[is_large & (trades["buyer"] != trades["seller"])]


_FIND = {
    "loud_seconds": _loud_seconds,
    "pulled_bait": _pulled_bait,
    "self_match": _self_match,
    "small_deposits": _small_deposits,
    "twin_orders": _twin_orders,
}
