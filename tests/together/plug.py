"""A network cable that can be pulled: a loopback proxy between one till and HQ.

Pulled means what it means in a shop: connections break in the middle, new ones are refused. With
`drip_bytes_per_second` the line is up but hopelessly slow.
"""

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self

_CHUNK_BYTES = 65_536
_POLL_SECONDS = 0.05


class Plug:
    """Listens on a free loopback port and forwards to `target_port`; use it as a context manager."""

    def __init__(self, target_port: int, *, drip_bytes_per_second: int = 0) -> None:
        self._target_port = target_port
        self._drip_bytes_per_second = drip_bytes_per_second
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._stopped = threading.Event()
        self._plugged_in = True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_POLL_SECONDS)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="plug", daemon=True)

    @property
    def url(self) -> str:
        """What the till is told to call HQ."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def plugged_in(self) -> bool:
        return self._plugged_in

    def pull(self) -> None:
        """Cut the line, also in the middle of an answer."""
        with self._lock:
            self._plugged_in = False
            for connection in self._open:
                _hang_up(connection)
            self._open.clear()

    def plug_in(self) -> None:
        """The line is back."""
        self._plugged_in = True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self.pull()
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                caller, _ = self._listener.accept()
            except TimeoutError:
                continue
            if not self._plugged_in:
                _hang_up(caller)
                continue
            try:
                callee = socket.create_connection(("127.0.0.1", self._target_port), timeout=5)
            except OSError:
                _hang_up(caller)
                continue
            callee.settimeout(None)
            if not self._admit(caller, callee):  # pulled while this connection was being made
                _hang_up(caller)
                _hang_up(callee)
                continue
            for source, sink in ((caller, callee), (callee, caller)):
                threading.Thread(target=self._forward, args=(source, sink), daemon=True).start()

    def _admit(self, *ends: socket.socket) -> bool:
        """Whether the line is still whole; then this connection is one of those that pulling the plug cuts."""
        with self._lock:
            if self._plugged_in:
                self._open.update(ends)
            return self._plugged_in

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(_CHUNK_BYTES):
                self._send(sink, chunk)
        _hang_up(source)
        _hang_up(sink)
        with self._lock:
            self._open -= {source, sink}

    def _send(self, sink: socket.socket, chunk: bytes) -> None:
        if not self._drip_bytes_per_second:
            sink.sendall(chunk)
            return
        for byte in chunk:
            if self._stopped.is_set():
                return
            sink.sendall(bytes([byte]))
            time.sleep(1 / self._drip_bytes_per_second)


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
