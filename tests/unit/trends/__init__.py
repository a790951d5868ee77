"""Tests of core.trends."""
