"""A name on a list is found; who cannot be screened, and against what, is said."""

import pytest

from tests.given.drop import Drop

KYC = """
    ts, trader_id, name, entity, birth_date
    2026-01-01T00:00:00Z, t1, Farid Abdulrahman, natural, 1977-03-25
    2026-01-01T00:00:00Z, t2, , natural,
"""
MOVED = """
    ts, transfer_id, trader_id, direction, asset, amount, usd, kind
    2026-03-02T11:00:00Z, a1, t1, out, USD, 5, 5, bank
"""
LISTED = """
    ts, list, entry_id, name_id, name, entity, birth_date
    {date}T00:00:00Z, L, 7, main, ABDUL RAHMAN Farid, natural, 25 Mar 1977
"""


@pytest.mark.parametrize(("date", "is_old"), [("2026-02-20", False), ("2025-12-01", True)])
def test_a_customer_of_a_listed_name_is_found_and_what_was_not_screened_is_said(
    shop: Drop, date: str, is_old: bool
) -> None:
    shop.land(kyc=KYC, transfers=MOVED, watchlist=LISTED.format(date=date))
    verdict = shop.verdict("listed_name")
    assert [hit.subject for hit in verdict.hits] == ["t1"]
    said = [(each.table, each.reason) for each in verdict.not_judged]
    assert ("kyc", "they have no name to screen") in said
    assert (("watchlist", "their list is more than 30 days old") in said) is is_old
