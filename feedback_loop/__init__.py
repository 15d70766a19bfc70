"""Lessons your team learned once, checked on the lines every commit adds."""

__version__ = "0.1.0"
