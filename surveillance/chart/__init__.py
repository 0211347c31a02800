"""Pictures: of a scene, what happened in it; of a study, counts; of a measure, shares."""

from surveillance.chart.days import Day, days_svg
from surveillance.chart.delays import Delay, delays_svg
from surveillance.chart.flows import Flow, flows_of
from surveillance.chart.picture import book_svg, dossier_svg, pattern_svg, scene_svg
from surveillance.chart.rates import Rate, rates_svg
from surveillance.chart.severity import Curve, Share, severity_svg
from surveillance.chart.thresholds import thresholds_svg

__all__ = [
    "Curve",
    "Day",
    "Delay",
    "Flow",
    "Rate",
    "Share",
    "book_svg",
    "days_svg",
    "delays_svg",
    "dossier_svg",
    "flows_of",
    "pattern_svg",
    "rates_svg",
    "scene_svg",
    "severity_svg",
    "thresholds_svg",
]
