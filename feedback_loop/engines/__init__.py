"""Floor 2a: decisions. Pure functions of values."""
