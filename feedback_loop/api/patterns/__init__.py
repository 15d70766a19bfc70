"""The pattern library as people use it: ask, write, move, exchange."""
