"""Unit tests of the model manager's parts."""
