"""Which patterns a text calls for: ranked by the words they share, or by several rankings at once (D12)."""
