"""The picture of an episode: what the market did, and what the subject did in it."""

from surveillance.chart.flows import Flow, flows_of
from surveillance.chart.picture import dossier_svg, episode_svg

__all__ = ["Flow", "dossier_svg", "episode_svg", "flows_of"]
