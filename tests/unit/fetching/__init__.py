"""Fetching: addresses, the guard, unpacking, turns at hosts, heads of answers."""
