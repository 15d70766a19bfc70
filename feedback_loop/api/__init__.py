"""Floor 3: the only place that joins a store to an engine; one module per capability."""
