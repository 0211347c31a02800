"""Strangeness: who behaves unlike their peers, with what probability, and in which feature."""

from surveillance.detectors.anomalies import (
    Fitted,
    Scored,
    Spec,
    TooFewTraders,
    check,
    fit,
    load,
    score,
)
from surveillance.detectors.contract import Detector, offered
from surveillance.detectors.reasons import Reason

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
