"""Small dossiers with a story in them: a spoofing scene, and money passing through."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from surveillance.canonical import digest
from surveillance.model import (
    Dossier,
    FillDot,
    Hit,
    OrderLine,
    Others,
    Risk,
    Scene,
    Severity,
    Window,
)
from surveillance.playback import Playback, Step

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))

RULE_TEXT = """\
id: spoofing
version: 3
title: Spoofing
risk: manipulation
typology: spoofing
severity: high
description: Large orders on one side, cancelled once a small order on the other side traded.
practices: ["2016/522 Annex II 5(e)", "2016/522 Annex II 6(a)"]
law: [MAR 12(1)(a), MAR 12(2)(c), MiCA 91(2)(a)]
false_positives: [Market makers who refresh both sides of a quote]
limitations: [Blind to layers spread over venues]
runbook: Compare the cancelled side with the side that traded before contacting anybody.
parameters:
  min_ratio: {value: 10, unit: cancelled to filled, source: engineering}
  max_life: {value: 5s, unit: lifetime, source: "CFTC 20-04"}
"""


def after(seconds: float) -> datetime:
    """Return a moment after noon."""
    return NOON + timedelta(seconds=seconds)


def order(
    number: int,
    side: str,
    price: str | None,
    quantity: str,
    life: tuple[float, float | None],
    *,
    reason: str = "cancel",
    is_evidence: bool = True,
) -> OrderLine:
    """Build one order of the subject, with times in seconds after noon."""
    filled = quantity if reason == "fill" else "0"
    start, end = life
    ended = None if end is None else after(end)
    return OrderLine(
        f"o-{number}",
        "T-1042",
        side,
        price,
        quantity,
        filled,
        after(start),
        ended,
        reason,
        is_evidence,
    )


def prices(count: int = 240, step: float = 0.5) -> tuple[tuple[datetime, str], ...]:
    """Walk a price up while the bait stands and back down after it is pulled."""
    shape = [min(i, 120 - i // 2) // 6 + (i * 7 % 5) for i in range(count)]
    return tuple(
        (after(i * step - 20), f"{64210 + level / 2:.2f}") for i, level in enumerate(shape)
    )


def scene(layers: int = 5) -> Scene:
    """Build a spoofing scene: layers of bids, a small offer that trades, the bids pulled."""
    bids = [
        order(i, "buy", f"{64208 - i}.00", f"{40 + 5 * i}", (2 + i, 38 + i)) for i in range(layers)
    ]
    offer = order(90, "sell", "64219.50", "4", (10, 34), reason="fill")
    ends = (("sell", "cancel"), ("buy", "expire"), ("sell", "fill"), ("buy", "cancel"))
    quiet = [
        order(
            100 + i,
            side,
            f"{64200 + 4 * i}.50",
            "2",
            (5 * i, 5 * i + 20),
            reason=reason,
            is_evidence=False,
        )
        for i, (side, reason) in enumerate(ends)
    ]
    fills = (
        FillDot("t-7", "T-1042", "sell", "64219.50", "1.5", after(28), True),
        FillDot("t-8", "T-1042", "sell", "64219.50", "2.5", after(34), True),
        FillDot("t-9", "T-1042", "buy", "64212.00", "1", after(55), False),
    )
    return Scene(DAY, "BTC-PERP", prices(), (*bids, offer, *quiet), fills)


def playback() -> Playback:
    """Build the order book of that scene: before, the layers, the sale, and after the pull."""
    ours = tuple(("buy", f"{64208 - i}", f"{42 + 5 * i}", f"{40 + 5 * i}", 2) for i in range(3))
    before = (
        *(("buy", f"{64208 - i}", "2", "0", 1) for i in range(3)),
        *(("sell", f"{64219 + i}.5", "1.25", "0", 1) for i in range(4)),
    )
    pulled = tuple(("buy", f"{64208 - i}", "2", "0", 1) for i in range(3))
    layered = tuple(
        ("new", "buy", f"{64208 - i}", f"{40 + 5 * i}", "own", f"o-{i}") for i in (0, 1)
    )
    sold = (
        ("fill", "sell", "64219.5", "1.5", "own", "o-90"),
        ("fill", "buy", "64219.5", "1.5", "", ""),
    )
    steps = (
        Step(after(-2), before),
        Step(after(0), (("sell", "64222.5", "0", "0", 0),), (), passed=3),
        Step(after(2), ours, layered, more=1, is_evidence=True),
        Step(after(28), (("sell", "64219.5", "0", "0", 0),), sold, is_evidence=True),
        Step(
            after(42), pulled, (("cancel", "buy", "64208", "40", "own", "o-0"),), is_evidence=True
        ),
    )
    marks = ((1, "before"), (2, "first order"), (3, "first fill"), (4, "after the pull"))
    return Playback(steps, marks, 12, ("4 of 9 moments are steps; the levels count all of them",))


def hit(rule_id: str = "spoofing", trader: str = "T-1042", **more: object) -> Hit:
    """Build a hit of the spoofing rule."""
    values: dict[str, object] = {
        "rule_id": rule_id,
        "version": 3,
        "risk": Risk.MANIPULATION,
        "typology": "spoofing",
        "severity": Severity.HIGH,
        "score": 87.25,
        "at": after(42),
        "started_at": after(2),
        "trader_id": trader,
        "owner_id": f"OWN-{trader[2:]}",
        "instrument": "BTC-PERP",
        "segment": "fast directional",
        "measures": {"cancelled_to_filled": "62.50", "median_life": "36.0", "layers": 5},
        "thresholds": {"cancelled_to_filled": "10", "median_life": "60", "layers": 3},
        "evidence": {"orders": tuple(f"o-{i}" for i in (0, 1, 2, 3, 4, 90)), "trades": ("t-7",)},
        "reasons": (
            "250 contracts of bids were cancelled within 9 seconds of selling 4 contracts.",
            "The bids were 62.5 times the quantity that traded; the rule asks for 10 times.",
        ),
    }
    return Hit(**{**values, **more})  # type: ignore[arg-type]


def order_rows(count: int = 12) -> tuple[Mapping[str, str | None], ...]:
    """Build evidence rows of the orders table as exact text."""
    return tuple(
        {
            "ts": f"2026-03-02T12:00:{2 + i:02d}.{i * 7919 % 1000000:06d}Z",
            "seq": str(88120 + i),
            "instrument": "BTC-PERP",
            "trader_id": "T-1042",
            "order_id": f"o-{i // 2}",
            "event": "new" if i % 2 == 0 else "cancel",
            "side": "buy",
            "type": "limit",
            "price": f"{64208 - i // 2}.00000000",
            "quantity": f"{40 + 5 * (i // 2)}.00000000",
            "remaining": None,
            "trade_id": None,
        }
        for i in range(count)
    )


def trade_rows(count: int = 2) -> tuple[Mapping[str, str | None], ...]:
    """Build evidence rows of the trades table as exact text."""
    return tuple(
        {
            "ts": f"2026-03-02T12:00:{28 + i % 30:02d}.250000Z",
            "trade_id": f"t-{7 + i}",
            "instrument": "BTC-PERP",
            "price": "64219.50000000",
            "quantity": "2.00000000",
            "notional": "128439.000000",
            "buyer_id": "T-2210",
            "seller_id": "T-1042",
            "taker_side": "buy",
        }
        for i in range(count)
    )


def transfer_rows() -> tuple[Mapping[str, str | None], ...]:
    """Build deposits just under a limit and one withdrawal of nearly all of it."""
    deposits = [
        {
            "ts": f"2026-03-02T{8 + i:02d}:15:00.000000Z",
            "transfer_id": f"x-{i}",
            "trader_id": "T-3307",
            "direction": "in",
            "asset": "USDC",
            "amount": f"{9700 - 110 * i}.00000000",
            "usd": f"{9700 - 110 * i}.000000",
            "kind": "chain",
            "address": f"0x{digest(str(i))[:40]}",
            "counterparty_id": None,
        }
        for i in range(7)
    ]
    out = {**deposits[0], "ts": "2026-03-02T16:02:11.500000Z", "transfer_id": "x-9"}
    out.update(direction="out", amount="64800.00000000", usd="64800.000000")
    return (*deposits, out)


def dossier(**more: object) -> Dossier:
    """Build the dossier of a spoofing hit on a perpetual."""
    values: dict[str, object] = {
        "hit": hit(),
        "run_id": "run-2026-03-02",
        "run_digest": digest("run"),
        "window": DAY,
        "as_of": datetime(2026, 3, 3, 0, 5, tzinfo=UTC),
        "rule": {
            "id": "spoofing",
            "version": 3,
            "title": "Spoofing",
            "risk": "manipulation",
            "typology": "spoofing",
            "description": "Detects large orders pulled once the other side has traded.",
            "practices": ["2016/522 Annex II 5(e)", "2016/522 Annex II 6(a)"],
            "law": ["MAR 12(1)(a)", "MAR 12(2)(c)", "MiCA 91(2)(a)"],
            "false_positives": ["Market makers who refresh both sides of a quote"],
            "limitations": ["Blind to layers spread over venues"],
            "runbook": "Compare the cancelled side with the side that traded.",
            "parameters": {
                "min_ratio": {"value": 10, "unit": "cancelled to filled", "source": "engineering"},
                "max_life": {"value": "5s", "unit": "lifetime", "source": "CFTC 20-04"},
            },
            "detect": {
                "require": {
                    "cancelled_to_filled": ">= $cancelled_to_filled",
                    "median_life": "<= $median_life",
                    "layers": ">= $layers",
                }
            },
        },
        "rule_text": RULE_TEXT,
        "rule_digest": digest(RULE_TEXT),
        "scene": scene(),
        "rows": {"orders": order_rows(), "trades": trade_rows()},
        "row_counts": {"orders": 12, "trades": 2},
        "subject": {
            "trader_id": "T-1042",
            "owner_id": "OWN-1042",
            "kind": "client",
            "name": "Account Holder 1042",
            "entity": "natural",
            "birth_date": "1988-07-14",
            "national_id": None,
            "residence": "LT",
            "country": "LT",
            "address": "1 Harbour Street, Klaipeda",
            "occupation": "software",
            "opened_at": "2025-01-10T00:00:00.000000Z",
        },
        "accounts": ("T-1042", "T-1043"),
        "instrument": {
            "instrument": "BTC-PERP",
            "kind": "perpetual",
            "underlying": "BTC",
            "quote": "USD",
            "isin": None,
            "multiplier": "1.00000000",
        },
        "peers": {"cancelled_to_filled p50": "1.10", "cancelled_to_filled p95": "4.80"},
        "others": {"cancelled_to_filled": Others(212, 3, median=1.1, high=4.8, furthest=80.25)},
        "playback": playback(),
    }
    return Dossier(**{**values, **more})  # type: ignore[arg-type]
