"""A list with a bad line screens by all others, and by what can be read of the bad one."""

import pytest

from tests.given.drop import Drop

VENUE = """
venue: lists
source: lists
lists:
  - {kind: ofac, name: SDN, glob: sdn.csv, as_of: 2026-01-15}
"""
NOTHING = ",-0- " * 7
GOOD = f'7001,"FIRST, Ann","individual","CYBER2"{NOTHING},"Digital Currency Address - {{}} {{}}."\n'


def entry(asset: str, address: str) -> str:
    return GOOD.format(asset, address)


@pytest.mark.parametrize(
    ("bad", "read"),
    [
        (f'7002,"SECOND, Ben","individual","CYBER2"{NOTHING},"a.k.a. "the "baker""; DOB 1970."\n',
         ["FIRST, Ann", "LAST, Cy", "SECOND, Ben", 'the "baker"']),
        (f'7002,"SECOND, "Big" Ben,"individual","CYBER2"{NOTHING},"DOB 1970."\n',
         ["FIRST, Ann", "LAST, Cy"]),
        ('7002,"SECOND, Ben","individual"\n', ["FIRST, Ann", "LAST, Cy"]),
        (f'7002,"SECOND, Ben","individual","CYBER2"{NOTHING},"never closed\n',
         ["FIRST, Ann", "LAST, Cy"]),
    ],
    ids=["quotes within a remark", "quotes within a name", "too few columns", "an open quote"],
)  # fmt: skip
def test_a_bad_line_of_a_list_costs_that_line_and_is_named(
    shop: Drop, bad: str, read: list[str]
) -> None:
    last = entry("USDT", "0xfeed").replace("FIRST, Ann", "LAST, Cy").replace("7001", "7003")
    (shop.folder / "sdn.csv").write_text(entry("ETH", "0xdead") + bad + last)
    shop.pull(VENUE)
    lines = shop.lake.quarantined().to_pylist()
    assert [line["source_line"] for line in lines] == ["sdn.csv:2"]
    assert shop.rows("select name from watchlist order by name") == [(name,) for name in read]
    labels = shop.rows("select address, asset, entity from address_labels order by 1")
    assert labels == [("0xdead", "ETH", "FIRST, Ann"), ("0xfeed", "USDT", "LAST, Cy")]
