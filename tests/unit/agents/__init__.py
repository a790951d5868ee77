"""Tests of `core/agents`."""
