"""Pictures: of an episode, what the market and the subject did in it; of a study, its counts."""

from surveillance.chart.days import Day, days_svg
from surveillance.chart.flows import Flow, flows_of
from surveillance.chart.picture import book_svg, dossier_svg, episode_svg, pattern_svg
from surveillance.chart.thresholds import thresholds_svg

__all__ = [
    "Day",
    "Flow",
    "book_svg",
    "days_svg",
    "dossier_svg",
    "episode_svg",
    "flows_of",
    "pattern_svg",
    "thresholds_svg",
]
