"""What traders show in the book against what they trade: the steps of which facts are made.

Each module holds queries that make a temporary table out of the one before, for one stretch of
time; facts put them in order. Names are whole numbers here, because texts are slow to sort by:
a ``place`` is an account in an instrument, a ``pot`` one hand in the products of one underlying.
"""
