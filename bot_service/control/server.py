"""Serves the control API on the Unix socket in the data folder."""

import os
import socket
from pathlib import Path

from bot_service.control.api import create_control_app
from bot_service.web.server import WebServer, serve_socket
from services.desk import Desk
from services.folder import socket_path


async def serve_control(desk: Desk, folder: Path) -> WebServer:
    """Serve until closed; the socket is for this user alone (mode 0600).

    A socket left behind by a killed process is replaced: the folder's lock is ours.
    """
    return await serve_socket(create_control_app(desk), _listen(folder))


def _listen(folder: Path) -> socket.socket:
    path = socket_path(folder)
    Path(path).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # Nobody else may connect, not even between bind and chmod.
    before = os.umask(0o177)
    try:
        listener.bind(path)
    finally:
        os.umask(before)
    listener.listen()
    listener.setblocking(False)
    return listener
