"""No log while seeds are played: thousands of expected warnings, and tracebacks drawn in colour, would cost more than
the seeds."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog


def be_silent() -> None:
    """Drop every event before anybody renders it. For processes that do nothing but play seeds."""
    structlog.configure(processors=[_drop], cache_logger_on_first_use=False)


@contextmanager
def silent() -> Iterator[None]:
    """The same for a while."""
    before = structlog.get_config()
    be_silent()
    try:
        yield
    finally:
        structlog.configure(**before)


def _drop(_logger: Any, _method: str, _event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    raise structlog.DropEvent
