"""Texts that a change must not touch unnoticed, one file each."""
