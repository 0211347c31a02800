"""What we look for: rule files, how they are checked, compiled and versioned."""
