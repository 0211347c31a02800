"""The database: its tables, its journal, and the people whose names stand in it."""
