"""Floor 2b: side effects. They decide nothing."""
