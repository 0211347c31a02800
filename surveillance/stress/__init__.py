"""The risk desk: what portfolios lose when prices and volatility move, and the margin it takes.

Everything here is pure: rows of a view go in, values come out, and the same rows give the same
bytes. What it suggests is a suggestion; nothing is applied.
"""
