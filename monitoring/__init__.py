"""What the desk tells its operators: metrics, logs, health."""
