"""One file per command or kind of update."""
