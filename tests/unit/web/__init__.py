"""Unit tests of the web port."""
