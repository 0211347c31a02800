"""Facts that many rules need, one module each; see ``facts.py`` for what a module offers."""
