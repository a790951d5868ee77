"""Tests of `services/adapters/sources`."""
