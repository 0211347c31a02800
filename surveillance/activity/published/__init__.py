"""How each published list is laid out: one module a format, rows of the catalogue out."""
