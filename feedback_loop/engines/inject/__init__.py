"""Patterns put before an assistant: which of them, as what text, and how much of it (D18-D21)."""
