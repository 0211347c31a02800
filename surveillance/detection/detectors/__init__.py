"""Strangeness: who behaves unlike their peers, with what probability, and in which feature."""

from surveillance.detection.detectors.anomalies import (
    Fitted,
    Scored,
    Spec,
    TooFewTraders,
    check,
    fit,
    load,
    score,
)
from surveillance.detection.detectors.contract import Detector, offered
from surveillance.detection.detectors.reasons import Reason

__all__ = [
    "Detector",
    "Fitted",
    "Reason",
    "Scored",
    "Spec",
    "TooFewTraders",
    "check",
    "fit",
    "load",
    "offered",
    "score",
]
