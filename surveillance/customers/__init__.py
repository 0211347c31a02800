"""Customers: all that is known of one owner in one place, read from the lake and from casework.

An officer who judges a case has to know whom it is about. Nothing here writes but the record of who
read what of whom, and a decision on a name that stands on a list.
"""
