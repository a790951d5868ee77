"""Data that crosses rooms: frozen, validated, without behaviour."""
