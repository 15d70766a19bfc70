"""Floor 2c: values to text. Every sink has one encoder."""
