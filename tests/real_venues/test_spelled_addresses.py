"""A sanctioned address is found however the venue writes it, and what is none is counted."""

import pytest

from tests.given.drop import Drop

LIST = """
    ts, address, category, source, asset
    2026-01-01T00:00:00Z, 0xAbCdEf0000000000000000000000000000000001, sanctioned, OFAC, ETH
    2026-01-01T00:00:00Z, bc1qcalmlq0000000000000000000000000000qqq, sanctioned, OFAC, XBT
    2026-01-01T00:00:00Z, bitcoincash:qpzry0000000000000000000000000000000000000, sanctioned, OFAC, BCH
    2026-01-01T00:00:00Z, rBadBadBadBadBadBadBadBadBadBad11, sanctioned, OFAC, XRP
    2026-01-01T00:00:00Z, 12QtD5BFwRsdNsAZY76UVE1xyCGNTojH9h, sanctioned, OFAC, XBT
"""  # noqa: E501 - a table
HEAD = "ts, transfer_id, trader_id, direction, asset, amount, usd, kind, address"


@pytest.mark.parametrize(
    ("asset", "address"),
    [
        ("ETH", "0xABCDEF0000000000000000000000000000000001"),
        ("ETH", "0xabcdef0000000000000000000000000000000001 "),
        ("ETH", "0XABCDEF0000000000000000000000000000000001"),
        ("ETH", "abcdef0000000000000000000000000000000001"),
        ("USDC", "eip155:42161:0xabcdef0000000000000000000000000000000001"),
        ("BTC", "BC1QCALMLQ0000000000000000000000000000QQQ"),
        ("BCH", "qpzry0000000000000000000000000000000000000"),
        ("XRP", "rBadBadBadBadBadBadBadBadBadBad11:12345"),
        ("XRP", "rBadBadBadBadBadBadBadBadBadBad11?dt=77"),
        ("BTC", "bitcoin:12QtD5BFwRsdNsAZY76UVE1xyCGNTojH9h?amount=1"),
        ("BCH", "bitcoincash:qq8hcurktwx5syzmtjde6v4dqc0qh9nhygze8xph84"),
    ],
)
def test_a_listed_address_is_found_in_another_spelling(
    shop: Drop, asset: str, address: str
) -> None:
    row = f"2026-03-02T11:00:00Z, a1, t1, out, {asset}, 1, 3000, chain, {address}"
    shop.land(transfers=f"{HEAD}\n{row}", address_labels=LIST)
    assert shop.subjects("sanctioned_address") == ["t1"]


def test_what_is_no_address_and_what_names_none_are_not_judged(shop: Drop) -> None:
    shop.land(
        transfers=f"""
        {HEAD}
        2026-03-02T11:00:00Z, a1, t1, out, TRX, 1, 600, chain, TNot
        2026-03-02T11:01:00Z, a2, t2, out, BTC, 1, 600, chain,
        2026-03-02T11:02:00Z, a3, t3, out, ETH, 1, 600, chain, 0x1000000000000000000000000000000000000001
        2026-03-02T11:03:00Z, a4, t4, out, XRP, 1, 600, chain, rBadBadBadBadBadBadBadBadBadBad11
        """,  # noqa: E501 - a table
        address_labels=LIST,
    )
    verdict = shop.verdict("sanctioned_address")
    assert [hit.subject for hit in verdict.hits] == ["t4"]
    assert [(each.reason, each.rows) for each in verdict.not_judged] == [
        ("their address is no address", 1),
        ("they name no address", 1),
    ]
