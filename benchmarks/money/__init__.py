"""What facts of money, and the rules over them, cost on a million transfers."""
