"""FILL ME."""
