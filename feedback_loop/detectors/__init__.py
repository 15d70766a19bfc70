"""Floor 1: text or syntax tree in, spans out. No I/O, no settings, no paths."""
