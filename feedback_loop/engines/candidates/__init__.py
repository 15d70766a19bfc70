"""Diffs of fixes -> pairs -> shapes -> groups -> a detector: pure, deterministic, nothing is learned."""
