"""Language models of one's own: the wire formats of the providers over loopback HTTP, no key."""
