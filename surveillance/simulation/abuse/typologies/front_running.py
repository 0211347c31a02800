"""Front-running: staff or the house trades minutes before a client's large order, out after it."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.collusion import Colluder
from surveillance.simulation.abuse.disguise import POSITION, Disguise
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "front_running"
TAKES = (
    *POSITION, Disguise.LATE, Disguise.OTHER_PRODUCT, Disguise.LINKED, Disguise.AT_A_LOSS,
    Disguise.MIDNIGHT, Disguise.THIN,
)  # fmt: skip


def plan(stage: Stage) -> None:
    """Plan the dealing of an employee and of a house account, on every other day each."""
    runners = stage.cast("staff", 1) + stage.cast("house", 1)
    clients = stage.pick("institution")[:3]
    for rank, runner in enumerate(runners):
        stage.employ(runner, "client_orders positions")
        stage.blame.account(TYPOLOGY, runner)
        for day in range(rank, stage.days, 2):
            act = stage.act()
            colluder, who = Colluder(act), masking.helper(act, runner)
            which = masking.place(act, rank)
            best, side = colluder.best_hour(which, day, 30 if rank else 50)
            client = clients[(day + rank) % len(clients)]
            moment = masking.moment(act, best)
            stage.exchange.at(moment, colluder.run_ahead, who, client, which, side, rank == 0)
