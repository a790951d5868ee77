"""A Telegram of one's own, on loopback."""
