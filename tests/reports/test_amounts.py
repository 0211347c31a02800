"""What the evidence adds up to: each in its own instrument, and nothing of others as one's own."""

from collections.abc import Iterator

from surveillance.reports import amounts
from surveillance.reports.amounts import Row, Tables

OWN = frozenset({"HOUSE"})


def order(trader: str, instrument: str, quantity: str, event: str = "new") -> Row:
    return {
        "trader_id": trader, "instrument": instrument, "quantity": quantity, "event": event,
    }  # fmt: skip


def trade(buyer: str, seller: str, instrument: str, notional: str | None) -> Row:
    return {
        "buyer_id": buyer, "seller_id": seller, "instrument": instrument,
        "quantity": "2", "notional": notional,
    }  # fmt: skip


def said(tables: Tables) -> Iterator[str]:
    return (amount.words for amount in amounts.of(tables, OWN))


def test_what_a_client_ordered_and_withdrew_is_not_the_subjects() -> None:
    rows = [
        order("CLIENT", "ETH", "39.14"),
        order("HOUSE", "ETH", "0.206"),
        order("CLIENT", "ETH", "39.14", "cancel"),
    ]
    assert list(said({"orders": rows})) == [
        "1 order entered in ETH, for 0.206 in all",
        "by CLIENT: 1 order entered in ETH, for 39.14 in all",
        "by CLIENT: 1 order cancelled in ETH, for 39.14 in all",
    ]


def test_quantities_of_two_instruments_are_not_added_up() -> None:
    rows = [order("HOUSE", "BTC", "1"), order("HOUSE", "ETH", "20"), order("HOUSE", "BTC", "2.5")]
    assert list(said({"orders": rows})) == [
        "2 orders entered in BTC, for 3.5 in all",
        "1 order entered in ETH, for 20 in all",
    ]


def test_a_trade_is_the_subjects_where_it_stands_on_either_side() -> None:
    rows = [
        trade("HOUSE", "X", "BTC", "100"),
        trade("X", "HOUSE", "BTC", "150.5"),
        trade("CLIENT", "Y", "BTC", None),
    ]
    assert list(said({"trades": rows})) == [
        "2 transactions in BTC, for 4 in all, worth 250.5 USD",
        "by CLIENT and Y: 1 transaction in BTC, for 2 in all",
    ]


def test_transfers_are_added_up_by_direction_and_a_row_without_a_name_is_the_subjects() -> None:
    moved = [{"direction": "out", "usd": "10"}, {"direction": "out", "usd": "5"}]
    orders = [{"event": "new", "instrument": "BTC", "quantity": None}]
    assert list(said({"transfers": moved, "orders": orders})) == [
        "1 order entered in BTC",
        "2 transfers out, worth 15 USD",
    ]
