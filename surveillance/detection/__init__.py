"""What is found: traders described, grouped and judged. Values in, values out; no database."""
