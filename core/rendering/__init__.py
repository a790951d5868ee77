"""From an answer to text, entities and buttons; pure."""
