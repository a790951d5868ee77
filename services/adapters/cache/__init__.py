"""Short-lived shared state."""
