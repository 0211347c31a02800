"""What a day of five hundred million messages asks of several machines, and of which engine."""
