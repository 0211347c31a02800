"""Wash trading: one owner's accounts trade with one another, as the venue knows them or not."""

from surveillance.simulation.abuse.collusion import Colluder
from surveillance.simulation.abuse.disguise import MANNER, Disguise
from surveillance.simulation.abuse.laundering import Launderer
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "wash_trading"
TAKES = (
    Disguise.LATE, Disguise.ICEBERG, Disguise.UNEVEN, Disguise.OTHER_PRODUCT, Disguise.LINKED,
    Disguise.KEPT, Disguise.INTERMEDIARY, *MANNER, Disguise.MANY_SMALL,
)  # fmt: skip


def plan(stage: Stage) -> None:
    """Plan the trades of three owners: two with two accounts, one behind a shared device.

    The first of them also passes money through: a venue sees one owner, whatever the offence.
    """
    colluder, pairs = Colluder(stage), []
    for rank, (instrument, usd, pause) in enumerate(
        ((0, 9_000, 45.0), (5, 5_000, 45.0), (1, 7_000, 70.0))
    ):
        pair = stage.cast("retail", 2, orders=150)
        (stage.share_device if rank == 2 else stage.share_owner)(*pair)
        stage.allow_self_trades(*pair)
        colluder.conspire(TYPOLOGY, pair, instrument, usd, pause)
        pairs.append(pair)
    Launderer(stage).pass_through(pairs[0][0])
