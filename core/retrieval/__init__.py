"""Which documents to cite."""
