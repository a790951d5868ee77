"""The desk of another process."""
