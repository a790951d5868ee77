"""What models are told: one file a task, versioned with the code."""
