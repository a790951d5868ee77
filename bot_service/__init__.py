"""The faces and the process: Telegram, its local twin, the command line, the web port."""
