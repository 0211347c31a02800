"""What the detectors find that no rule describes, and how honest their p-values are."""
