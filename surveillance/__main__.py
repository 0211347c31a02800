"""Run the command line as ``python -m surveillance``."""

from surveillance.cli import main

main()
