"""What one text says: words, language, phrases, mood, names, near-copies."""
