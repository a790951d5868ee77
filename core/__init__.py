"""Thinking: what is computed, retrieved, worded and checked. No input or output of its own."""
