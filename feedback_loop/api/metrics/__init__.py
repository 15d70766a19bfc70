"""Figures over what went wrong: collector, analyzer, and what both are made of."""
