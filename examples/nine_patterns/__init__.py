"""One module per built-in pattern: every `bad_…` function fails where its `good_…` twin works."""
