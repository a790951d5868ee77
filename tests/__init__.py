"""Proof of behaviour through the surfaces users rely on."""
