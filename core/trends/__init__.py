"""What is unusual now."""
