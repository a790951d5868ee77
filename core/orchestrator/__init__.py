"""The graph of one request."""
