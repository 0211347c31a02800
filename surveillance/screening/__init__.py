"""Who and what stands on a list: addresses and names, compared as values and nothing else.

Nothing here reads a table, a clock or chance; facts and list readers give it texts.
"""
