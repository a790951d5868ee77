"""Tests of `core/stories`."""
