"""A network that can be cut: forwards to a server on loopback until the test stops it."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tests.servers import PostgresqlServer

_BLOCK = 4096


class Network:
    """Listens on ``port``. After ``cut`` it takes nobody new, and swallows what anybody sends."""

    def __init__(self, server: PostgresqlServer) -> None:
        self._to = (server.host, server.port)
        self._guard = threading.Lock()
        self._left: int | None = None
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listening = socket.create_server((server.host, 0))
        self.port: int = self._listening.getsockname()[1]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join()

    def cut(self, *, after_bytes: int = 0) -> None:
        """Let the server say so much more to all together, and then nothing."""
        with self._guard:
            self._left = after_bytes
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _start(self, work: object, *values: object) -> None:
        thread = threading.Thread(target=work, args=values, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                ours, _address = self._listening.accept()
            except OSError:
                return
            theirs = socket.create_connection(self._to)
            self._sockets += [ours, theirs]
            self._start(self._forward, ours, theirs)
            self._start(self._forward, theirs, ours)

    def _forward(self, from_: socket.socket, to: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while block := from_.recv(_BLOCK):
                to.sendall(block[: self._may_pass(len(block))])
        with self._guard:
            is_cut = self._left is not None
        if not is_cut:  # an end is told as long as anything is
            with contextlib.suppress(OSError):
                to.shutdown(socket.SHUT_WR)

    def _may_pass(self, wanted: int) -> int:
        with self._guard:
            if self._left is None:
                return wanted
            passed = min(wanted, self._left)
            self._left -= passed
            return passed
