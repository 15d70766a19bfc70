"""Pattern-aware generation: match, compose or ask, verify, and say honestly what came of it (D23-D33)."""
