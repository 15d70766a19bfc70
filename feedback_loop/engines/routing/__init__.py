"""The router: which framework fits a task, and what ratings teach about that (B26-B30)."""
