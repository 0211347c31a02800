"""How long it takes from a message to an alert, while messages keep coming."""
