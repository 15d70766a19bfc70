"""Which prompt framework fits a task, learnt from ratings (B26-B30)."""
