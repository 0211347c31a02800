"""That what was judged can be judged again: runs, replays, canaries, bundles."""
