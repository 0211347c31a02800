"""Files as venues write them: their marks, their headers, and columns called as they like."""

import pytest

from surveillance.errors import VenueError
from tests.given.drop import Drop

VENUE = """
venue: shop
source: files
files: {{t: {{glob: t.csv{says}}}}}
tables:
  trades: |
    select ts, _line as seq, id as trade_id, sym as instrument, px as price, qty as quantity from t
"""
NAMES = ["ts", "id", "sym", "px", "qty", "note"]
LINE = ["2026-03-02T10:00:00Z", "D", "BTC-CHF", "1234567.5", "0.25", "Zoë"]


@pytest.mark.parametrize(
    ("mark", "encoding", "before", "px", "says"),
    [
        ("|", "utf-16", "", "1234567.5", ""),
        ("\t", "latin-1", "Trades of Zürich\n\n", "1234567.5", ""),
        (";", "utf-8-sig", "", "1'234'567,5", ", decimal: ',', thousands: \"'\""),
        (",", "windows-1252", "", '"1,234,567.50"', ", thousands: ','"),
    ],
)
def test_the_same_trade_is_read_of_every_dialect(
    shop: Drop, mark: str, encoding: str, before: str, px: str, says: str
) -> None:
    qty = "0,25" if "decimal" in says else "0.25"
    line = [px if value == LINE[3] else qty if value == LINE[4] else value for value in LINE]
    text = f"{before}{mark.join(NAMES)}\n{mark.join(line)}\n"
    (shop.folder / "t.csv").write_bytes(text.encode(encoding))
    shop.pull(VENUE.format(says=says))

    assert shop.refused() == []
    [(price, quantity)] = shop.rows("select price::double, quantity::double from trades")
    assert (price, quantity) == (1234567.5, 0.25)


@pytest.mark.parametrize("px", ["1.234.567,50", "1 234 567.5"])
def test_a_number_with_marks_that_nobody_explained_is_refused_with_the_key_that_would(
    shop: Drop, px: str
) -> None:
    line = [px if value == LINE[3] else value for value in LINE]
    (shop.folder / "t.csv").write_text(f"{';'.join(NAMES)}\n{';'.join(line)}\n")
    counts = shop.pull(VENUE.format(says=""))

    assert counts["trades"].landed == 0
    [reason] = shop.refused()
    assert "price" in reason
    assert "thousands" in reason or "decimal" in reason


REPORTS = """
    ts, sym, i, I, x, side, px, qty
    2026-03-02T10:00:01Z, LTC-USD, req-1, , NEW, sell, 90, 7
    2026-03-02T10:00:09Z, LTC-USD, req-2, req-1, CXL, sell, 90, 7
"""


@pytest.mark.parametrize("columns", ["i, I", "I, i"])
def test_columns_that_differ_by_case_alone_are_each_their_own(shop: Drop, columns: str) -> None:
    select = """
        select ts, _line as seq, sym as instrument, 'm' as trader_id,
          coalesce(nullif("I", ''), "i") as order_id,
          case x when 'NEW' then 'new' else 'cancel' end as event, side, px as price,
          qty as quantity
        from orders
    """
    told = REPORTS.replace("i, I", columns)
    if columns == "I, i":
        told = told.replace("req-1, , NEW", ", req-1, NEW").replace("req-2, req-1", "req-1, req-2")
    shop.land({"orders": select}, orders=told)

    assert shop.rows("select order_id, end_reason from order_life") == [("req-1", "cancel")]


def test_a_name_that_fits_two_columns_is_refused_and_not_guessed(shop: Drop) -> None:
    select = (
        "select ts, _line as seq, Sym as instrument, i as order_id, x as event, side from orders"
    )
    with pytest.raises(VenueError, match=r'expected one column, .*SYM.* or "sym", was .Sym'):
        shop.land({"orders": select}, orders=REPORTS.replace("px", "SYM"))


@pytest.mark.parametrize("name", ["user", "order", "current_date", "select"])
def test_a_column_called_like_a_word_of_the_language_is_read(shop: Drop, name: str) -> None:
    told = f"ts, id, px, qty, {name}\n2026-03-02T10:00Z, 1, 5, 5, ann"
    for written in (f'"{name}"', f'trades."{name}"'):
        select = (
            "select ts, _line as seq, id as trade_id, 'XMR' as instrument, px as price, "
            f"qty as quantity, {written} as buyer_id from trades"
        )
        shop.land({"trades": select}, trades=told)

    assert shop.refused() == []
    assert shop.rows("select buyer_id from trades") == [("ann",)]
