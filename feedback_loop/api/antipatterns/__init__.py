"""The documented names of the generation feedback loop: store, classifier, collector (C1, C3, C21)."""
