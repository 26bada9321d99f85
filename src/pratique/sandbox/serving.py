"""A page's process in a rehearsal: it serves one application on this machine alone, and ends with whoever began it."""

import asyncio
import socket
import sys
import threading

import uvicorn
from litestar import Litestar

HOST = "127.0.0.1"


def serve(app: Litestar, port: int) -> None:
    """Serve until standard input ends, which it does when the process at its other end does."""
    server = uvicorn.Server(_config(app))

    def end_with_input() -> None:
        while sys.stdin.buffer.read(1):
            pass
        server.should_exit = True

    threading.Thread(target=end_with_input, daemon=True).start()
    with bound(port) as listening:
        asyncio.run(server.serve(sockets=[listening]))


def serve_here(app: Litestar, listening: socket.socket) -> None:
    """Serve until somebody presses Ctrl-C, which ends it without a fault."""
    try:
        asyncio.run(uvicorn.Server(_config(app)).serve(sockets=[listening]))
    except KeyboardInterrupt:
        return


def _config(app: Litestar) -> uvicorn.Config:
    # the loop of the standard library: what it does with sockets can be watched (see `gate`); and no word of a proxy is
    # taken, which uvicorn would of anybody on this machine
    return uvicorn.Config(
        app, loop="asyncio", log_level="warning", access_log=False, server_header=False, proxy_headers=False
    )


def bound(port: int) -> socket.socket:
    """A socket that listens on this machine's own address; port 0 takes any that is free. Raises `OSError`."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening
