"""Tests of the stand-ins for language models."""
