"""One file per outside system; they know ports and nothing of each other."""
