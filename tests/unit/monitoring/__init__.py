"""Unit tests of metrics, logs and health."""
