"""Tests of the Telegram face, over the local Telegram where messages matter."""
