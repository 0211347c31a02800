"""A match that a venue tells from both sides lands as one trade, of which the labels speak."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from surveillance.activity import sources
from surveillance.activity.lake import Lake
from surveillance.activity.venue import labels
from surveillance.model import Window

VENUE = Path(__file__).parents[2] / "venues" / "exchange-labelled.yml"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
NS = int(NOON.timestamp()) * 10**9
FILES = {
    "accounts.csv": "account_id,beneficial_owner_id,entity_type,linked_account_ids\nA,O,Client,\n",
    "instruments.csv": f"instrument_id,tick_size,avg_daily_volume,session_close_ns\nX,1,9,{NS}\n",
    "orders.csv": "order_id,account_id,instrument_id,side,price,qty,order_type,timestamp_ns,"
    "status\n"
    + "".join(
        f"{order},{who},X,{side},5,{size},Limit,{NS},New\n"
        for order, who, side, size in (
            ("b", "A", "Buy", 2),
            ("s", "B", "Sell", 2),
            ("m", "A", "Buy", 3),
            ("w", "A", "Sell", 4),
        )
    ),
    "executions.csv": "trade_id,order_id,account_id,instrument_id,price,qty,timestamp_ns,"
    "counterparty_account_id\n"
    + "".join(
        f"{trade},{order},{who},X,5,{size},{NS},{other}\n"
        for trade, order, who, size, other in (
            ("E2", "s", "B", 2, "A"),
            ("E1", "b", "A", 2, "B"),
            ("E3", "m", "A", 3, "MKT-COUNTERPARTY"),
            ("E4", "w", "A", 4, "A"),
        )
    ),
    "labels.csv": "kind,id,status,account_id,typology\n"
    "trade,E1,,A,WashTrade\ntrade,E2,,B,WashTrade\n",
}


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """A folder with one match told twice, one told once, and one of an account with itself."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_match_told_from_both_sides_is_one_trade_that_names_both_orders(drop: Path) -> None:
    venue, lake = sources.load(VENUE, drop), Lake(drop / "lake")
    landings = [lake.land(batch, NOON) for batch in sources.pull(venue)]
    assert sum(landing.quarantined for landing in landings) == 0
    columns = "trade_id, buyer_id, seller_id, buy_order_id, sell_order_id"
    with lake.view(DAY, NOON) as view:
        trades = view.arrow(f"select {columns} from trades order by trade_id").to_pylist()
        fills = view.arrow(
            "select order_id, trade_id from orders where event = 'fill' order by order_id"
        ).to_pylist()
        (wash,) = (t for t in labels.read(venue, view).typologies if t.typology == "wash_trading")
    assert [tuple(row.values()) for row in trades] == [
        ("E1", "A", "B", "b", "s"),
        ("E3", "A", None, "m", None),
        ("E4", "A", "A", None, "w"),
    ]
    assert [tuple(row.values()) for row in fills] == [
        ("b", "E1"),
        ("m", "E3"),
        ("s", "E1"),
        ("w", "E4"),
    ]
    assert (set(wash.universe), set(wash.positives)) == ({"E1", "E3", "E4"}, {"E1"})
