"""Tests of `core/orchestrator`."""
