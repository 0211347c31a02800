"""How well names are screened: against labelled pairs, OpenSanctions' matcher, typos, and time."""
