"""What keeps an installation well over years: what is wrong with it, copies of it, and what goes.

Lake, database and reports are one: each proves the others, so they are checked, copied, put back
and brought up to date together.
"""
