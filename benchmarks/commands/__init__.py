"""What everyday commands cost: with nothing computed before, and when it was; see ``README.md``."""
