"""What is watched from day to day: health of feeds, silences, gaps, risk per trader."""
