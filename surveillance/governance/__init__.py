"""What is in force, and who agreed to it: rules, segments and detectors have a life."""
