"""Runs of generated code: what failed becomes known, and what is known is held against what ran."""
