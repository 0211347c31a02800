"""Detectors of our own: one module each, named as the detector, offering ``create``."""
