"""The honest: what each kind of trader does, and when."""
