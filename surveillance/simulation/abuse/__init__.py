"""Abuse that is planted among honest traders, and the answer sheet about it."""
