"""The application under test: what a document and its own source tell of it."""
