"""Floor 4: translation only."""
