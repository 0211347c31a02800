"""Strangeness: who behaves unlike their peers, with what probability, and in which feature."""

from surveillance.detection.detectors.anomalies import (
    BEFORE,
    Fitted,
    Spec,
    TooFewTraders,
    check,
    fit,
    load,
)
from surveillance.detection.detectors.contract import Detector, offered
from surveillance.detection.detectors.reasons import Reason
from surveillance.detection.detectors.scoring import Scored, score

__all__ = [
    "BEFORE",
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
