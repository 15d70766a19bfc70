"""What an assistant is told before it writes: patterns that worked, and failures that are known."""
