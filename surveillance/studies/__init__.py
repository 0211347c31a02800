"""Questions asked of past activity, which file nothing."""
