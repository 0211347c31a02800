"""Pictures: of an episode, what the market and the subject did in it; of a study, its counts."""

from surveillance.chart.days import Day, days_svg
from surveillance.chart.flows import Flow, flows_of
from surveillance.chart.ladder import frames_svg
from surveillance.chart.picture import dossier_svg, episode_svg
from surveillance.chart.thresholds import thresholds_svg

__all__ = [
    "Day",
    "Flow",
    "days_svg",
    "dossier_svg",
    "episode_svg",
    "flows_of",
    "frames_svg",
    "thresholds_svg",
]
