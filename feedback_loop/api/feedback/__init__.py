"""Ratings of what prompts produced: recorded, read, analysed, reported (system B)."""
