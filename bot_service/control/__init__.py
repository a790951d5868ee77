"""The desk's own API on a local socket."""
