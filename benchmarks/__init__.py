"""What is measured, against whom, in one run; see ``README.md``, which this package writes."""
