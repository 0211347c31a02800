"""How good the shipped segments are, on the simulated venue and on a market nobody here made."""
