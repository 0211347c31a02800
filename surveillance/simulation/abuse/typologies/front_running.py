"""Front-running: staff or the house trades minutes before a client's large order, out after it."""

from surveillance.simulation.abuse.collusion import Colluder
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "front_running"


def plan(stage: Stage) -> None:
    """Plan the dealing of an employee and of a house account, on every other day each."""
    colluder = Colluder(stage)
    runners = stage.cast("staff", 1) + stage.cast("house", 1)
    clients = stage.pick("institution")[:3]
    for rank, runner in enumerate(runners):
        stage.employ(runner, "client_orders positions")
        stage.blame.account(TYPOLOGY, runner)
        for day in range(rank, stage.days, 2):
            moment, side = colluder.best_hour(rank, day, 30 if rank else 50)
            client = clients[(day + rank) % len(clients)]
            stage.exchange.at(moment, colluder.run_ahead, runner, client, rank, side, rank == 0)
