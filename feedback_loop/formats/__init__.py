"""Floor 1: text to values and back, no I/O."""
