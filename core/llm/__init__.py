"""Which model may speak."""
