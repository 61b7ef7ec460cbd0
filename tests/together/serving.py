"""An HQ of this process on a free loopback port, for tests that want real HTTP and no process more."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from hq_sync_server.app import Hq, create_web_app

PATIENCE_SECONDS = 60.0


def wait_until(holds: Callable[[], bool]) -> None:
    """Until it holds; other threads and processes do the work."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came about"
        threading.Event().wait(0.005)


@contextmanager
def served(hq: Hq) -> Iterator[str]:
    """The address HQ is served at, until the end of the block."""
    server = uvicorn.Server(uvicorn.Config(create_web_app(hq), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
